/** Replaces a file as a whole: after a crash, a full disk or a refusal there is the old content or the new one, never a part. */
import { randomBytes } from 'node:crypto';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Result, fail, ok } from '../../../core/errors.ts';
import { errnoOf, fileFailure } from './file-failure.ts';

/** The calls that change the disk; a test puts a failing one in between. */
export interface FileCalls {
  readonly open: (path: string, flags: string, mode?: number) => Promise<FileHandle>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
}

export interface WriteOptions {
  /** Permission bits, default 0o644. Without meaning on Windows. */
  readonly mode?: number;
  readonly calls?: FileCalls;
}

const systemCalls: FileCalls = { open, rename, unlink };

/** Virus scanners and indexers on Windows hold a fresh file open for a moment. Pauses in ms, about 4 s in all. */
const renamePauses = [10, 20, 50, 100, 200, 400, 800, 1200, 1200];
const passingErrors: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Folders cannot be synced everywhere (Windows, some network file systems); the rename is still atomic there. */
const unsyncableFolder: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'EACCES',
  'EISDIR',
  'EINVAL',
  'ENOTSUP',
  'EBADF',
]);

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Writes all of `bytes`: one call may write only a part of them. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
    if (bytesWritten === 0) throw systemError('ENOSPC', 'nothing was written');
    offset += bytesWritten;
  }
}

async function writeTemporary(path: string, bytes: Uint8Array, mode: number, calls: FileCalls): Promise<void> {
  const handle = await calls.open(path, 'wx', mode);
  try {
    await writeFully(handle, bytes);
    const { size } = await handle.stat();
    if (size !== bytes.length) throw systemError('EIO', `${size} of ${bytes.length} bytes are in the file`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function renamePatiently(from: string, to: string, calls: FileCalls): Promise<void> {
  const pauses = process.platform === 'win32' ? [...renamePauses] : [];
  for (;;) {
    try {
      return await calls.rename(from, to);
    } catch (error) {
      const next = pauses.shift();
      if (next === undefined || !passingErrors.has(errnoOf(error))) throw error;
      await pause(next);
    }
  }
}

/** Makes a rename or a new name in `folder` last through a power cut. */
async function syncFolder(folder: string, calls: FileCalls): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await calls.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!unsyncableFolder.has(errnoOf(error))) throw error;
  }
}

/**
 * Writes `data` to `path` so that the path holds the old content or the new one at every moment: temporary file in the same
 * folder, size check, fsync, rename, fsync of the folder. The folder must exist.
 *
 * Fails with the codes of {@link fileFailure} (`files.no-space` and so on). A failure of the very last step, the fsync of the
 * folder, is reported although the new content is already in place.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o644, calls = systemCalls }: WriteOptions = {},
): Promise<Result<void>> {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeTemporary(temporary, bytes, mode, calls);
    await renamePatiently(temporary, path, calls);
    await syncFolder(folder, calls);
    return ok(undefined);
  } catch (error) {
    const reason = fileFailure(path, error);
    await calls.unlink(temporary).catch(() => undefined);
    return fail(reason);
  }
}
