/** One run per site on this laptop. */
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { fileFailure } from '../system/files/file-failure.ts';
import { isLocked, tryLock } from '../system/files/lock.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { ignoredState, silent, type Warn } from './state-file.ts';

const lockPath = (stateDir: string, site: string): string => join(siteFolder(stateDir, site), 'lock');

/** Whether a live process works on the site. */
export const isSiteLocked = (stateDir: string, site: string): Promise<boolean> =>
  isLocked(lockPath(stateDir, site)).catch(() => false);

/**
 * Returns the function that releases the lock. Fails with `deploy.busy` while another live process holds it, or
 * `files.*`. A lock without a holder counts as none, with a warning.
 */
export async function lockSite(
  stateDir: string,
  site: string,
  warn: Warn = silent,
): Promise<Result<() => Promise<void>>> {
  const path = lockPath(stateDir, site);
  const made = await makeSiteFolder(stateDir, site);
  if (!made.ok) return made;
  try {
    const attempt = await tryLock(path, { onUnreadable: () => warn(ignoredState(path)) });
    if (attempt.taken) return ok(() => attempt.lock.release().catch(() => undefined));
    const { pid, host } = attempt.holder;
    return fail(failure('operation', 'deploy.busy', { pid, host, lock: path }));
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}
