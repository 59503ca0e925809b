/** Tells which names of a deployed site are locked. */
import type { DeployedSite } from '../../core/preflight/facts.ts';

/**
 * `site`: the name of a deployed site. `datacentre`: the name of a deployed data centre. `renamed`: the site name in
 * the file differs from the deployed one.
 */
export type NameLock = 'site' | 'datacentre' | 'renamed';

/** The lock of the field at `path` with `value`, or undefined. */
export function nameLock(deployed: DeployedSite | null, path: string, value: unknown): NameLock | undefined {
  if (deployed === null) return undefined;
  if (path === 'site.name') return value === deployed.site ? 'site' : 'renamed';
  const isDatacentre = /^datacentres\.\d+\.name$/.test(path);
  return isDatacentre && typeof value === 'string' && deployed.datacentres.includes(value) ? 'datacentre' : undefined;
}
