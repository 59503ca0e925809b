/** One run per site on this laptop: a lock file that names its process, and that a dead process does not hold. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { errnoOf, fileFailure } from '../adapters/files/file-failure.ts';

interface Holder {
  readonly pid: number;
  /** When the lock was taken, ms since the epoch. */
  readonly at: number;
  /** Tells two locks of one process apart. */
  readonly key: string;
}

const lockPath = (stateDir: string, site: string): string => join(stateDir, 'sites', site, 'lock');

/** Clocks and uptime are read one after the other, and clocks are set: ms. */
const bootTolerance = 60_000;

function isAlive({ pid, at }: Holder): boolean {
  // After a restart another process may have the number.
  if (at < Date.now() - uptime() * 1000 - bootTolerance) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder> | null;
    const { pid, at, key } = holder ?? {};
    return Number.isInteger(pid) && typeof at === 'number' && typeof key === 'string' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a live process of this laptop works on the site. */
export async function isSiteLocked(stateDir: string, site: string): Promise<boolean> {
  const holder = await readHolder(lockPath(stateDir, site));
  return holder !== undefined && isAlive(holder);
}

/** What file systems without hard links say (a USB disk, some network shares). */
const withoutLinks: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The lock appears with its content or not at all: a link, not a file that is then filled. */
async function tryLock(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.key}`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    await link(draft, path).catch((error: unknown) => {
      if (!withoutLinks.has(errnoOf(error))) throw error;
      return writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/**
 * Removes a lock that nobody holds any more. Two processes may find it at once, and the slower one must not remove the
 * fresh lock of the faster one: who removes holds a gate, and looks again behind it.
 */
async function removeDead(path: string, mine: Holder): Promise<void> {
  const gate = `${path}.gate`;
  if (!(await tryLock(gate, mine))) {
    const keeper = await readHolder(gate);
    if (keeper === undefined || !isAlive(keeper)) await unlink(gate).catch(() => undefined);
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder === undefined || !isAlive(holder)) await unlink(path).catch(() => undefined);
  } finally {
    await unlink(gate).catch(() => undefined);
  }
}

/** Others may be at the gate: each of them is there for a moment. */
const attempts = 20;
const pauseMs = 10;

/** Gives the function that releases the lock; fails with `deploy.busy` while another live process holds it, or `files.*`. */
export async function lockSite(stateDir: string, site: string): Promise<Result<() => Promise<void>>> {
  const path = lockPath(stateDir, site);
  const mine: Holder = { pid: process.pid, at: Date.now(), key: randomBytes(8).toString('hex') };
  try {
    await mkdir(join(stateDir, 'sites', site), { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (await tryLock(path, mine)) {
        return ok(async () => {
          if ((await readHolder(path))?.key === mine.key) await unlink(path).catch(() => undefined);
        });
      }
      const holder = await readHolder(path);
      if (holder !== undefined && isAlive(holder)) {
        return fail(failure('operation', 'deploy.busy', { pid: holder.pid }));
      }
      await removeDead(path, mine);
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return fail(failure('operation', 'deploy.busy', { pid: 0 }));
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}
