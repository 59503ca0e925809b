/** What is out there, asked once and judged in one place: facts for the rules, and plan against inventory. */
import { reconcile, type Reconciliation } from '../../core/deploy/reconcile.ts';
import type { Result } from '../../core/base/errors.ts';
import type { EndpointFacts, Facts, ImageFacts } from '../../core/platform/inventory.ts';
import { parseCidr } from '../../core/network/ipv4.ts';
import { deployedFrom } from '../records/deployed-sites.ts';
import { allSeen, lookAtEndpoints, type OpenedEndpoint } from './endpoints.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

/** Facts for the rules, but for the medium: asks the endpoints, the secret store and this computer's notes. */
export async function gatherFacts(
  services: Services,
  { path, site, plan }: Pick<PlannedSite, 'path' | 'site' | 'plan'>,
  endpoints: readonly OpenedEndpoint[],
  signal?: AbortSignal,
): Promise<Facts> {
  const names = await services.secrets.list();
  const secrets = names.ok
    ? { names: names.value, backend: services.secrets.backend }
    : { names: [], backend: services.secrets.backend, failure: names.failure };
  return {
    now: services.now().toISOString(),
    endpoints: await lookAtEndpoints(endpoints, signal),
    secrets,
    deployed: await deployedFrom(services.stateDir, path, { site: site.site.name, fqdn: plan.fqdn }, services.warn),
  };
}

/** A plan exists only for networks that can be read. */
function prefixOf(cidr: string): number {
  const reading = parseCidr(cidr);
  return reading.ok ? reading.value.prefix : 32;
}

/** Plan against inventory, for a deployment or a preview of it. */
export function reconcileSite(
  { site, plan, planDigest }: PlannedSite,
  facts: readonly EndpointFacts[],
  images: readonly ImageFacts[],
): Result<Reconciliation> {
  const seen = allSeen(facts);
  if (!seen.ok) return seen;
  return reconcile({
    plan,
    planDigest,
    datacentres: site.datacentres,
    fqdn: site.domain.fqdn,
    lanPrefix: prefixOf(site.network.lan.cidr),
    wanPrefix: prefixOf(site.network.wan.cidr),
    wanGateway: site.network.wan.gateway,
    endpoints: seen.value,
    images,
  });
}
