/** Which names of a deployed site may not be changed by simply typing. */
import type { DeployedSite } from '../../core/preflight/facts.ts';

/**
 * `site`: the name of a deployed site. `datacentre`: the name of a deployed data centre. `renamed`: the file has another
 * site name than the one that was deployed from it.
 */
export type NameLock = 'site' | 'datacentre' | 'renamed';

/** The lock of the field at `path` with `value`; undefined: it can be changed. */
export function nameLock(deployed: DeployedSite | null, path: string, value: unknown): NameLock | undefined {
  if (deployed === null) return undefined;
  if (path === 'site.name') return value === deployed.site ? 'site' : 'renamed';
  const isDatacentre = /^datacentres\.\d+\.name$/.test(path);
  return isDatacentre && typeof value === 'string' && deployed.datacentres.includes(value) ? 'datacentre' : undefined;
}
