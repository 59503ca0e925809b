/**
 * Replaces a file as a whole: after a crash or a full disk it holds the old content or the new content, never a part.
 */
import type { Stats } from 'node:fs';
import { open, readlink, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Result, fail, ok } from '../../../core/base/errors.ts';
import { errnoOf, fileFailure } from './file-failure.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';

/** The calls that change the disk; a test puts a failing one in between. */
export interface FileCalls {
  readonly open: (path: string, flags: string, mode?: number) => Promise<FileHandle>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
}

export interface WriteOptions {
  /** Permission bits of a new file, default 0o644; an existing file keeps its own. Without meaning on Windows. */
  readonly mode?: number;
  readonly calls?: FileCalls;
}

const systemCalls: FileCalls = { open, rename, unlink };

/** Virus scanners and indexers on Windows hold a new file open for a moment. Pauses in ms, about 4 s in all. */
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

const temporaryEnd = '.tmp';

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

/**
 * The path of the file itself where `path` is a symbolic link, or a chain of them. The link may lead to a file that
 * does not exist yet. Throws errors of the file system unchanged.
 */
export async function followLinks(path: string): Promise<string> {
  let at = path;
  // As many links as Linux follows.
  for (let links = 0; links <= 40; links += 1) {
    const folder = await realpath(dirname(at));
    const file = join(folder, basename(at));
    const link = await readlink(file).catch((error: unknown) => {
      // EINVAL: no link. Windows says UNKNOWN for some files.
      if (['EINVAL', 'ENOENT', 'UNKNOWN'].includes(errnoOf(error) ?? 'UNKNOWN')) return undefined;
      throw error;
    });
    if (link === undefined) return file;
    // Not `join`: `..` after a linked folder means the parent of the folder that the link leads to.
    at = isAbsolute(link) ? link : `${folder}/${link}`;
  }
  throw systemError('ELOOP', path);
}

/** Attributes that the new file takes from the old one. Throws if `path` is not a regular file. */
async function oldFile(path: string): Promise<Stats | undefined> {
  try {
    const old = await stat(path);
    if (old.isDirectory()) throw systemError('EISDIR', path);
    if (!old.isFile()) throw systemError('EINVAL', `${path} is no regular file`);
    return old;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives the new file owner, group and permission bits of the old one, as far as the system allows. */
async function takeOver(handle: FileHandle, now: Stats, old: Stats): Promise<void> {
  let group = now.gid === old.gid;
  if (!group || now.uid !== old.uid) {
    const given = (uid: number) =>
      handle.chown(uid, old.gid).then(
        () => true,
        () => false,
      );
    group = (await given(old.uid)) || (await given(now.uid)) || group;
  }
  // The old group's permissions must not apply to another group.
  await handle.chmod(old.mode & (group ? 0o7777 : 0o7707));
}

async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  { mode, old, calls }: { readonly mode: number; readonly old: Stats | undefined; readonly calls: FileCalls },
): Promise<void> {
  const handle = await calls.open(path, 'wx', old === undefined ? mode : 0o600);
  try {
    await writeFully(handle, bytes);
    const now = await handle.stat();
    if (now.size !== bytes.length) throw systemError('EIO', `${now.size} of ${bytes.length} bytes are in the file`);
    if (old !== undefined && process.platform !== 'win32') await takeOver(handle, now, old);
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

/** Syncs `folder`, so that a rename in it survives a power cut. */
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
 * Writes `data` to `path` so that the path holds the old content or the new one at every moment: temporary file in the
 * same folder, size check, fsync, rename, fsync of the folder. The folder must exist. A symbolic link stays one: the
 * file that it leads to is written. An existing file keeps its permission bits and, where the system allows it, its
 * owner and group.
 *
 * Fails with the codes of {@link fileFailure} (`files.no-space` and so on). A failure of the very last step, the fsync
 * of the folder, is reported although the new content is already in place.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o644, calls = systemCalls }: WriteOptions = {},
): Promise<Result<void>> {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  let temporary: string | undefined;
  try {
    const target = await followLinks(path);
    const folder = dirname(target);
    const start = `.${basename(target)}`;
    const old = await oldFile(target);
    temporary = join(folder, temporaryName(start, temporaryEnd));
    await writeTemporary(temporary, bytes, { mode, old, calls });
    await renamePatiently(temporary, target, calls);
    await syncFolder(folder, calls);
    await removeLeftovers(folder, start, temporaryEnd);
    return ok(undefined);
  } catch (error) {
    if (temporary !== undefined) await calls.unlink(temporary).catch(() => undefined);
    return fail(fileFailure(path, error));
  }
}
