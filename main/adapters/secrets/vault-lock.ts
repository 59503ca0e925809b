/** One writer at a time: a lock file beside the vault, created only where there is none. */
import { randomBytes } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
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
    throw error;
  }
}

/**
 * Runs `work` while holding `<path>.lock`; waits up to `timeLimit` ms for another holder, then signals
 * `secrets.vault-busy`. A lock whose process has died is taken over. Errors of the file system are thrown as they come.
 */
export async function withLock<T>(path: string, timeLimit: number, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const content = `${process.pid} ${hostname()} ${randomBytes(8).toString('hex')}`;
  for (let waited = 0; !(await tryLock(lock, content)); waited += interval) {
    const holder = await readLock(lock);
    if (holder !== undefined && isLeftBehind(holder)) {
      await unlink(lock).catch(() => undefined);
    } else if (waited >= timeLimit) {
      throw new FailureSignal(failure('operation', 'secrets.vault-busy', { lock }));
    }
    await pause(interval);
  }
  try {
    return await work();
  } finally {
    if ((await readLock(lock)) === content) await unlink(lock);
  }
}
