/** One run per site on this laptop. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { fileFailure } from '../adapters/files/file-failure.ts';
import { isLocked, tryLock } from '../adapters/files/lock.ts';

const lockPath = (stateDir: string, site: string): string => join(stateDir, 'sites', site, 'lock');

/** Whether a live process works on the site. */
export const isSiteLocked = (stateDir: string, site: string): Promise<boolean> =>
  isLocked(lockPath(stateDir, site)).catch(() => false);

/** Gives the function that releases the lock; fails with `deploy.busy` while another live process holds it, or `files.*`. */
export async function lockSite(stateDir: string, site: string): Promise<Result<() => Promise<void>>> {
  const path = lockPath(stateDir, site);
  try {
    await mkdir(join(stateDir, 'sites', site), { recursive: true, mode: 0o700 });
    const attempt = await tryLock(path);
    if (attempt.taken) return ok(() => attempt.lock.release().catch(() => undefined));
    const { pid, host } = attempt.holder;
    return fail(failure('operation', 'deploy.busy', { pid, host, lock: path }));
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}
