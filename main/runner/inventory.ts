/** The real world, asked once and judged in one place: facts for the rules, and plan against inventory. */
import type { BootstrapKey } from '../../core/deploy/bootstrap-key.ts';
import { reconcile, type Reconciliation } from '../../core/deploy/reconcile.ts';
import type { Result } from '../../core/base/errors.ts';
import type { ImageFacts } from '../../core/media/facts.ts';
import type { EndpointReading } from '../../core/platform/inventory.ts';
import type { PreflightFacts } from '../../core/preflight/facts.ts';
import { deployedFrom } from '../records/deployed-sites.ts';
import { keptTakeover } from '../records/kept-takeover.ts';
import { allInventories, type OpenedEndpoint, readEndpoints } from './endpoints.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

/** Facts for the rules, but for the medium: asks the endpoints, the secret store and this computer's notes. */
export async function gatherFacts(
  services: Services,
  { path, site, plan }: Pick<PlannedSite, 'path' | 'site' | 'plan'>,
  endpoints: readonly OpenedEndpoint[],
  signal?: AbortSignal,
): Promise<PreflightFacts> {
  const names = await services.secrets.list();
  const secrets = names.ok
    ? { names: names.value, backend: services.secrets.backend }
    : { names: [], backend: services.secrets.backend, failure: names.failure };
  return {
    now: services.now().toISOString(),
    endpoints: await readEndpoints(endpoints, signal),
    secrets,
    deployed: await deployedFrom(services.stateDir, path, { site: site.site.name, fqdn: plan.fqdn }, services.warn),
  };
}

/**
 * Plan against inventory, for a deployment or a preview of it. Only a deployment has the bootstrap key. Fails with the
 * first unread endpoint, and as {@link reconcile} does.
 */
export async function reconcileSite(
  { stateDir, warn }: Pick<Services, 'stateDir' | 'warn'>,
  { site, plan, planDigest }: PlannedSite,
  readings: readonly EndpointReading[],
  images: readonly ImageFacts[],
  bootstrapKey?: BootstrapKey,
): Promise<Result<Reconciliation>> {
  const inventories = allInventories(readings);
  if (!inventories.ok) return inventories;
  const { datacentres } = site;
  const { machines: records } = await keptTakeover(stateDir, site.site.name, warn);
  const input = { plan, planDigest, datacentres, endpoints: inventories.value, images };
  return reconcile({ ...input, records, bootstrapKey });
}
