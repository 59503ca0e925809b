/** One writer at a time: a lock file beside the vault, created only where there is none. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { FailureSignal, failure } from '../../../core/errors.ts';

/** ms between two looks at a lock that somebody else holds. */
const interval = 50;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/** Whether the process that wrote this lock is known to be gone; only a process of this computer can be known. */
function isLeftBehind(content: string): boolean {
  const [pid, host] = content.split(' ');
  return host === hostname() && Number(pid) > 0 && !isRunning(Number(pid));
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function tryLock(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // Windows says so while another process is just deleting the file.
    if (process.platform === 'win32' && hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Removes a lock that was left behind. Two processes may find it at the same moment, and the slower one would then remove the
 * fresh lock of the faster one: what was moved away by mistake is put back.
 */
async function removeLeftBehind(lock: string, seen: string): Promise<void> {
  const aside = `${lock}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readLock(aside);
  if (moved !== undefined && moved !== seen) await tryLock(lock, moved);
  await unlink(aside);
}

const busy = (lock: string): FailureSignal => new FailureSignal(failure('operation', 'secrets.vault-busy', { lock }));

/** Signals `secrets.vault-busy` when the lock was lost: to be called right before the write that it guards. */
export type ConfirmLock = () => Promise<void>;

/**
 * Runs `work` while holding `<path>.lock`; waits up to `timeLimit` ms for another holder, then signals
 * `secrets.vault-busy`. A lock whose process has died is taken over. Errors of the file system are thrown as they come.
 */
export async function withLock<T>(
  path: string,
  timeLimit: number,
  work: (confirm: ConfirmLock) => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  const content = `${process.pid} ${hostname()} ${randomBytes(8).toString('hex')}`;
  const isMine = async (): Promise<boolean> => (await readLock(lock)) === content;
  for (let waited = 0; !(await tryLock(lock, content)); waited += interval) {
    const holder = await readLock(lock);
    if (holder !== undefined && isLeftBehind(holder)) await removeLeftBehind(lock, holder);
    if (waited >= timeLimit) throw busy(lock);
    await pause(interval);
  }
  try {
    return await work(async () => {
      if (!(await isMine())) throw busy(lock);
    });
  } finally {
    if (await isMine()) await unlink(lock);
  }
}
