/** One run per site on this laptop: a lock file that names its process, and that a dead process does not hold. */
import { mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { errnoOf, fileFailure } from '../adapters/files/file-failure.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Gives the function that releases the lock; fails with `deploy.busy` while another live process holds it. */
export async function lockSite(stateDir: string, site: string): Promise<Result<() => Promise<void>>> {
  const folder = join(stateDir, 'sites', site);
  const path = join(folder, 'lock');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        const handle = await open(path, 'wx', 0o600);
        await handle.writeFile(String(process.pid));
        await handle.close();
        return ok(() => unlink(path).catch(() => undefined));
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
        const pid = Number(await readFile(path, 'utf8').catch(() => ''));
        if (pid > 0 && isAlive(pid)) return fail(failure('operation', 'deploy.busy', { pid }));
        await unlink(path).catch(() => undefined);
      }
    }
    return fail(failure('operation', 'deploy.busy', { pid: 0 }));
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}
