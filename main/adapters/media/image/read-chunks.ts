import type { FileHandle } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { FailureSignal, cancelled } from '../../../../core/base/errors.ts';
import { refuse } from '../../../../core/media/refusal.ts';
import { fileSignal } from './file-identity.ts';
import type { HashCrew } from './hashing.ts';

/** Bytes of one read: large enough for USB disks, small enough to cancel at once. */
const chunkBytes = 3 * 1024 * 1024;
/** Buffers in turn: one is filled, one is looked at, the others are with the hash threads, of which one may be ahead. */
const buffers = 5;

/**
 * Yields the `size` bytes of a file in order while the next read is already under way and `crew` hashes the whole. A
 * yielded chunk is valid until the next one is asked for, and longer for what was given to the crew meanwhile. `onRead`
 * hears how long the disk took for each. Ends
 * with `cancelled` on abort; a file that is shorter than it was is refused (`media.file-shrunk`), one that cannot be read fails (`media.file-unreadable`).
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

/** A read or hash that fails while the chunk before it is refused must not end the process. */
function begin<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
