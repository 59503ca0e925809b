import type { FileHandle } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { FailureSignal, cancelled } from '../../../../core/base/errors.ts';
import { refuse } from '../../../../core/media/refusal.ts';
import { fileSignal } from './file-identity.ts';
import type { HashCrew } from './hashing.ts';

/** Bytes of one read: large enough for USB disks, small enough to cancel at once. */
const chunkBytes = 3 * 1024 * 1024;
/** Number of buffers: one is filled, one is parsed, the others are with the hash threads, of which one may be ahead. */
const buffers = 5;

/**
 * Yields the `size` bytes of a file in order; the next read is in progress, and `crew` hashes the whole file. A yielded
 * chunk is valid until the next request, and until the crew has hashed it. `onRead` receives the read time of each
 * chunk in ms. Ends with `cancelled` on abort; a file that has shrunk is refused (`media.file-shrunk`), an unreadable
 * file fails (`media.file-unreadable`).
 */
export async function* readChunks(
  handle: FileHandle,
  size: number,
  crew: HashCrew,
  signal?: AbortSignal,
  onRead?: (ms: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const ring = Array.from({ length: Math.min(buffers, Math.ceil(size / chunkBytes)) }, () => ({
    bytes: new Uint8Array(new SharedArrayBuffer(Math.min(chunkBytes, size))),
    free: Promise.resolve(),
  }));
  const slot = (turn: number): (typeof ring)[number] => {
    const found = ring[turn % ring.length];
    // A bug: the index is within the ring.
    if (found === undefined) throw new Error('the ring has a slot for every turn');
    return found;
  };
  const read = async (turn: number): Promise<Uint8Array> => {
    const target = slot(turn);
    await target.free;
    const at = turn * chunkBytes;
    const length = Math.min(chunkBytes, size - at);
    let filled = 0;
    const began = performance.now();
    while (filled < length) {
      const { bytesRead } = await handle
        .read(target.bytes, filled, length - filled, at + filled)
        .catch((error: unknown) => Promise.reject(fileSignal('', error)));
      if (bytesRead === 0) refuse('file-shrunk', { member: '', byte: at + filled }, {}, 'trust');
      filled += bytesRead;
    }
    onRead?.(performance.now() - began);
    return target.bytes.subarray(0, length);
  };

  const turns = Math.ceil(size / chunkBytes);
  let coming = turns > 0 ? read(0) : undefined;
  try {
    for (let turn = 0; turn < turns && coming !== undefined; turn++) {
      const chunk = await coming;
      if (signal?.aborted === true) throw new FailureSignal(cancelled);
      if (turn + 1 < turns && ring.length > 1) coming = begin(read(turn + 1));
      crew.whole.update(chunk);
      yield chunk;
      slot(turn).free = begin(crew.settled());
    }
  } finally {
    await coming?.catch(() => undefined);
  }
}

/** If a chunk is refused, a failure of the next read or hash must not end the process. */
function begin<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
