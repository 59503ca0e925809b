/**
 * A lock between processes: a file that names its holder. A lock whose process has ended is stale and can be taken.
 *
 * Each holder has its own key. To remove a stale lock, a process first takes `<path>.<key>`, so that only one process
 * does: otherwise a slow process would remove the new lock of a fast one.
 */
import { randomBytes } from 'node:crypto';
import { link, open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf } from './file-failure.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';
import { isRunning } from './running.ts';
import { readKept } from './kept-file.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Uptime of the computer in s when the lock was taken. A time of day would change when the clock is set. */
  readonly uptime: number;
  /** Unique for each lock, also within one process. */
  readonly key: string;
}

export interface Lock {
  /** False if the file was removed by hand. */
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

export type LockAttempt =
  | { readonly taken: true; readonly lock: Lock }
  /** Held by a running process, or by a process whose state is unknown. */
  | { readonly taken: false; readonly holder: Holder };

export interface LockOptions {
  /**
   * Several computers may share the folder. The state of a process on another computer is unknown, so it counts as
   * running.
   */
  readonly shared?: boolean;
  /** Called before a file or folder is replaced that names no holder. */
  readonly onUnreadable?: () => void;
}

/** Without hard links a lock is an empty file for a moment, before it names its holder. Limit in ms. */
const timeToFill = 1_000;

/** Pause in ms while another process removes a stale lock. */
const interval = 10;

/** Time in ms after which the process that removes a stale lock counts as its holder. */
const patience = 5_000;

function isAlive({ pid, host, uptime: then }: Holder, { shared = false }: LockOptions): boolean {
  if (pid === 0) return false;
  // The host name does not identify a laptop: it changes with the network.
  if (shared && host !== hostname()) return true;
  // After a restart another process may have the number.
  return then <= uptime() + 1 && isRunning(pid);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const read = (JSON.parse(text) ?? {}) as Partial<Record<keyof Holder, unknown>>;
    // Earlier versions wrote neither host nor uptime.
    const { pid, host = hostname(), uptime: then = 0, key } = read;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1) return undefined;
    if (typeof host !== 'string' || typeof then !== 'number') return undefined;
    // The key becomes a part of a file name.
    if (typeof key !== 'string' || !/^\w{1,64}$/.test(key)) return undefined;
    return { pid, host, uptime: then, key };
  } catch {
    return undefined;
  }
}

/** A holder is about a hundred bytes; a longer file is no lock. */
const largestLock = 4096;

/**
 * The holder that the file names, alive or not: process 0 for a file or folder that names none. Undefined without a
 * file.
 */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const text = await readKept(path, largestLock);
    const holder = text === undefined ? undefined : parseHolder(text);
    if (holder !== undefined) return holder;
    const { mtimeMs } = await stat(path);
    return { pid: 0, host: hostname(), uptime: 0, key: `unreadable${Math.trunc(mtimeMs)}` };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || isBeingDeleted(error)) return undefined;
    throw error;
  }
}

/** Windows' errors while another process deletes the file. */
const isBeingDeleted = (error: unknown): boolean =>
  process.platform === 'win32' && ['EPERM', 'EBUSY'].includes(errnoOf(error) ?? '');

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

/** Removes a stale lock. A folder with the lock's name may hold files of the user: it is renamed. */
async function clear(path: string, { key }: Holder): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  await (isFolder ? rename(path, `${path}.${key}.aside`) : removeFile(path));
}

/** Errors of file systems without hard links (a USB disk, some network shares; EISDIR is exFAT on Windows). */
const withoutLinks: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EISDIR',
  'EINVAL',
]);

const draftEnd = '.draft';

/** With hard links the lock appears with its content or not at all. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const draft = join(dirname(path), temporaryName(basename(path), draftEnd));
  const content = JSON.stringify(holder);
  try {
    await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
    await link(draft, path);
    return true;
  } catch (error) {
    if (withoutLinks.has(errnoOf(error))) await fill(path, content);
    else if (errnoOf(error) !== 'EEXIST') throw error;
    // A process that filled the file too late has lost the lock. On a network the answer to `link` may be lost instead.
    return (await readHolder(path))?.key === holder.key;
  } finally {
    // A virus scanner may hold the temporary file. It can stay.
    await removeFile(draft).catch(() => undefined);
  }
}

/** Writes the file unless there is one. */
async function fill(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (errnoOf(error) === 'EEXIST' || isBeingDeleted(error)) return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    await handle.writeFile(content);
  } catch (error) {
    // A torn lock names no holder. It is ours unless another process has replaced it.
    if ((await readHolder(path))?.pid === 0) await removeFile(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Removes a stale lock, unless another process is removing it. */
async function removeDead(path: string, dead: Holder, options: LockOptions): Promise<void> {
  const gate = await tryLock(`${path}.${dead.key}`, options);
  if (!gate.taken) return;
  try {
    const now = await readHolder(path);
    if (now?.key !== dead.key) return;
    if (dead.pid === 0) options.onUnreadable?.();
    await clear(path, dead);
  } finally {
    await gate.lock.release();
  }
}

/**
 * Takes the lock if no running process holds it. Throws errors of the file system unchanged, EEXIST if `path` is not a
 * regular file; the folder must exist.
 */
export async function tryLock(path: string, options: LockOptions = {}): Promise<LockAttempt> {
  const mine: Holder = { pid: process.pid, host: hostname(), uptime: uptime(), key: randomBytes(8).toString('hex') };
  const isHeld = async (): Promise<boolean> => (await readHolder(path))?.key === mine.key;
  const begin = performance.now();
  let seen: { readonly key: string | undefined; readonly since: number } | undefined;
  for (;;) {
    if (await create(path, mine)) {
      await removeLeftovers(dirname(path), basename(path), draftEnd);
      const release = async (): Promise<void> => {
        if (await isHeld()) await removeFile(path);
      };
      return { taken: true, lock: { isHeld, release } };
    }
    const holder = await readHolder(path);
    const now = performance.now();
    if (seen === undefined || seen.key !== holder?.key) seen = { key: holder?.key, since: now };
    if (holder === undefined) {
      if (now - seen.since > patience) throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST' });
    } else {
      if (isAlive(holder, options) || now - begin > patience) return { taken: false, holder };
      if (holder.pid !== 0 || now - seen.since > timeToFill) await removeDead(path, holder, options);
    }
    await pause(interval);
  }
}

/** Whether a running process holds the lock. Throws errors of the file system unchanged. */
export async function isLocked(path: string, options: LockOptions = {}): Promise<boolean> {
  const holder = await readHolder(path);
  return holder !== undefined && isAlive(holder, options);
}
