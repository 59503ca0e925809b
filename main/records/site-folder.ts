/** The folder of a site among the records of this computer. The site's name alone identifies it. */
import { join } from 'node:path';
import { ok, type Result } from '../../core/base/errors.ts';
import { makeFolder } from '../system/files/inputs.ts';

export const sitesFolder = (stateDir: string): string => join(stateDir, 'sites');

export const siteFolder = (stateDir: string, site: string): string => join(sitesFolder(stateDir), site);

/** Creates the folder if it is missing, readable for its owner only, and returns its path. Fails with `files.*`. */
export async function makeSiteFolder(stateDir: string, site: string, below = ''): Promise<Result<string>> {
  const folder = join(siteFolder(stateDir, site), below);
  const made = await makeFolder(folder, 0o700);
  return made.ok ? ok(folder) : made;
}
