/**
 * A lock between processes: a file that names its holder, and that a dead process does not hold.
 *
 * Only one process may remove the lock of a dead holder, or a slow one would remove the fresh lock of a fast one. So each
 * holder has a key of its own, and who wants to remove its lock first takes the lock `<path>.<key>`, by the same rules.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { errnoOf } from './file-failure.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, ms since the epoch. */
  readonly at: number;
  /** Tells two locks apart, also of one process. */
  readonly key: string;
}

export interface Lock {
  /** False when somebody removed the file by hand. */
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

export type LockAttempt =
  | { readonly taken: true; readonly lock: Lock }
  /** By a live process, or by one on another computer: of that one nothing can be known. */
  | { readonly taken: false; readonly holder: Holder };

/** Clocks and uptime are read one after the other, and clocks are set: ms. */
const bootTolerance = 60_000;

/** Where there are no hard links, a lock is an empty file for a moment before it names its holder: ms. */
const timeToFill = 1_000;

/** ms between two looks while another process removes what a dead one left. */
const interval = 10;

/** ms until somebody who is removing a dead lock counts as the one who keeps it. */
const patience = 5_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function isAlive({ pid, host, at }: Holder): boolean {
  if (pid === 0) return false;
  if (host !== hostname()) return true;
  // After a restart another process may have the number.
  if (at < Date.now() - uptime() * 1000 - bootTolerance) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, at, key } = (JSON.parse(text) ?? {}) as Partial<Record<keyof Holder, unknown>>;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1) return undefined;
    if (typeof host !== 'string' || typeof at !== 'number') return undefined;
    // The key becomes a part of a file name.
    if (typeof key !== 'string' || !/^\w{1,64}$/.test(key)) return undefined;
    return { pid, host, at, key };
  } catch {
    return undefined;
  }
}

/** Who stands in the file, alive or not: process 0 when that cannot be read. Undefined when there is no file. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = parseHolder(await readFile(path, 'utf8'));
    if (holder !== undefined) return holder;
    const at = Math.trunc((await stat(path)).mtimeMs);
    return { pid: 0, host: hostname(), at, key: `unreadable${at}` };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

/** What file systems without hard links say (a USB disk, some network shares). */
const withoutLinks: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The lock appears with its content or not at all, where there are hard links. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.key}.draft`;
  const content = JSON.stringify(holder);
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
  try {
    await link(draft, path).catch((error: unknown) => {
      if (!withoutLinks.has(errnoOf(error))) throw error;
      return writeFile(path, content, { flag: 'wx', mode: 0o600 });
    });
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return false;
    // Windows says so while another process is just deleting the file.
    if (process.platform === 'win32' && code === 'EPERM') return false;
    throw error;
  } finally {
    await removeFile(draft);
  }
}

/** Removes the lock of a dead holder, unless another process is at it. */
async function removeDead(path: string, dead: Holder): Promise<void> {
  const gate = await tryLock(`${path}.${dead.key}`);
  if (!gate.taken) return;
  try {
    const now = await readHolder(path);
    if (now?.key === dead.key) await removeFile(path);
  } finally {
    await gate.lock.release();
  }
}

/** Takes the lock if nobody alive holds it. Errors of the file system are thrown as they come; the folder must exist. */
export async function tryLock(path: string): Promise<LockAttempt> {
  const mine: Holder = { pid: process.pid, host: hostname(), at: Date.now(), key: randomBytes(8).toString('hex') };
  const isHeld = async (): Promise<boolean> => (await readHolder(path))?.key === mine.key;
  const begin = performance.now();
  let seen: { readonly key: string; readonly since: number } | undefined;
  for (;;) {
    if (await create(path, mine)) {
      const release = async (): Promise<void> => {
        if (await isHeld()) await removeFile(path);
      };
      return { taken: true, lock: { isHeld, release } };
    }
    const holder = await readHolder(path);
    if (holder !== undefined) {
      const now = performance.now();
      if (isAlive(holder) || now - begin > patience) return { taken: false, holder };
      if (seen?.key !== holder.key) seen = { key: holder.key, since: now };
      if (holder.pid !== 0 || now - seen.since > timeToFill) await removeDead(path, holder);
    }
    await pause(interval);
  }
}

/** Whether a live process holds the lock. Errors of the file system are thrown as they come. */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  return holder !== undefined && isAlive(holder);
}
