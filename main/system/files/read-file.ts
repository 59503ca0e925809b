/**
 * Reads a small file that a user, a site file or a medium names: up to a limit, and without blocking on a pipe or a
 * device. All checks are made on the open file, so that it cannot be replaced between check and read.
 */
import { close, constants, fstat, open as openDescriptor, type Stats } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

export interface ReadOptions {
  /** Bytes. More is `too-large`. */
  readonly most: number;
  /** For a path typed at the command line: a pipe is allowed, such as `/dev/fd/3` or `<(…)`. */
  readonly pipe?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Time limit in ms for a pipe. Default 120,000. */
  readonly timeLimit?: number;
}

/** `not-a-file`: a device, a socket, or a pipe where none may be. `system-file`: of the kernel, as in `/proc`. */
export type ReadRefusal = 'path' | 'not-a-file' | 'system-file' | 'too-large' | 'slow' | 'cancelled';

export type FileReading =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly refusal: ReadRefusal }
  /** The system's error. */
  | { readonly ok: false; readonly refusal: 'system'; readonly error: unknown };

export const pipeTimeLimit = 120_000;

const refused = (refusal: ReadRefusal): FileReading => ({ ok: false, refusal });

// Undefined on Windows, where opening does not block.
const nonBlocking = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** Virtual file systems of the kernel. Source: linux/magic.h. `/dev` needs none: its devices are no regular files. */
const kernelFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0x62656570, // configfs
  0x6165676c, // pstore
  0xcafe4a11, // bpf
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0xde5e81e4, // efivarfs
  0x6e736673, // nsfs
]);

/** Whether an open file belongs to a file system of the kernel. `path` is used only without `/proc/self/fd`. */
async function isKernelFile(descriptor: number, path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const seen = await statfs(`/proc/self/fd/${descriptor}`).catch(() => statfs(path));
  return kernelFileSystems.has(seen.type);
}

/**
 * Opens a regular file for reading. A named pipe does not block it, since it is asked what it is before anything is
 * read. Throws errors of the file system unchanged. The caller closes the handle.
 */
export async function openRegular(path: string): Promise<FileHandle | 'not-a-file' | 'system-file'> {
  const handle = await open(path, nonBlocking);
  try {
    const refusal = await refusalOf(await handle.stat(), handle.fd, path);
    if (refusal === undefined) return handle;
    await handle.close();
    return refusal;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function refusalOf(
  stats: Stats,
  descriptor: number,
  path: string,
): Promise<'not-a-file' | 'system-file' | undefined> {
  if (stats.isDirectory()) throw Object.assign(new Error('EISDIR: a folder'), { code: 'EISDIR' });
  if (!stats.isFile()) return 'not-a-file';
  return (await isKernelFile(descriptor, path)) ? 'system-file' : undefined;
}

const chunkBytes = 256 * 1024;

async function readAll(handle: FileHandle, { most, signal }: ReadOptions): Promise<FileReading> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= most) {
    if (signal?.aborted === true) return refused('cancelled');
    const chunk = Buffer.alloc(Math.min(chunkBytes, most + 1 - length));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return { ok: true, bytes: Buffer.concat(chunks) };
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
  return refused('too-large');
}

/**
 * Reads a pipe without a thread that waits: the system tells when there is something, and when its last writer is gone.
 */
function readPipe(descriptor: number, { most, signal, timeLimit = pipeTimeLimit }: ReadOptions): Promise<FileReading> {
  return new Promise((done) => {
    // The stream closes the descriptor.
    const socket = new Socket({ fd: descriptor, readable: true, writable: false });
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (reading: FileReading): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      done(reading);
    };
    const stop = (): void => finish(refused('cancelled'));
    const timer = setTimeout(() => finish(refused('slow')), timeLimit);
    signal?.addEventListener('abort', stop, { once: true });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most) finish(refused('too-large'));
    });
    socket.once('end', () => finish({ ok: true, bytes: Buffer.concat(chunks) }));
    socket.once('error', (error) => finish({ ok: false, refusal: 'system', error }));
    if (signal?.aborted === true) stop();
  });
}

/** As {@link readFileWithin}, for a path that may be a pipe. */
async function readTyped(path: string, options: ReadOptions): Promise<FileReading> {
  const descriptor = await promisify(openDescriptor)(path, nonBlocking);
  let isOwned = true;
  try {
    const stats = await promisify(fstat)(descriptor);
    if (stats.isFIFO()) {
      isOwned = false;
      return await readPipe(descriptor, options);
    }
  } finally {
    if (isOwned) await promisify(close)(descriptor);
  }
  return readRegular(path, options);
}

async function readRegular(path: string, options: ReadOptions): Promise<FileReading> {
  const handle = await openRegular(path);
  if (typeof handle === 'string') return refused(handle);
  try {
    return await readAll(handle, options);
  } finally {
    await handle.close();
  }
}

/** Reads at most `most` bytes of a regular file, or of a pipe where one is allowed. Never throws. */
export async function readFileWithin(path: string, options: ReadOptions): Promise<FileReading> {
  if (path === '' || path.includes('\0')) return refused('path');
  if (options.signal?.aborted === true) return refused('cancelled');
  try {
    return await (options.pipe === true ? readTyped(path, options) : readRegular(path, options));
  } catch (error) {
    return { ok: false, refusal: 'system', error };
  }
}
