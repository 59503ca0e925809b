/** The vSphere endpoints of a site: opened with their passwords, looked at side by side, closed again. */
import { type Failure, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { EndpointFacts, SeenEndpoint } from '../../core/platform/inventory.ts';
import type { Place } from '../../core/deploy/reconcile.ts';
import type { Site } from '../../core/site/schema.ts';
import { vsphereSecretName } from '../../core/site/secret-name.ts';
import { openEndpoint, showCertificate, type VsphereEndpoint } from '../platforms/vsphere/endpoint.ts';
import type { Services } from './services.ts';

type EndpointServices = Pick<Services, 'secrets' | 'govcProgram' | 'endpointTimeouts'>;

export interface OpenedEndpoint extends Place {
  readonly url: string;
  readonly opened: Result<VsphereEndpoint>;
}

export interface EndpointAddress {
  readonly url: string;
  readonly username: string;
  readonly fingerprint?: string | undefined;
}

/** Failures `vsphere.not-pinned`, `vsphere.no-password`, `secrets.*`: nothing was sent. */
export async function openOne(
  services: EndpointServices,
  address: EndpointAddress,
  place: Place,
  more: { datacenter?: string; cluster?: string; folder?: string; resourcePool?: string } = {},
): Promise<Result<VsphereEndpoint>> {
  const { url, username, fingerprint } = address;
  if (fingerprint === undefined) return fail(failure('trust', 'vsphere.not-pinned', { endpoint: url }));
  const name = vsphereSecretName(url);
  if (!name.ok) return name;
  const password = await services.secrets.get(name.value);
  if (!password.ok) return password;
  if (password.value === undefined) {
    return fail(failure('input', 'vsphere.no-password', { endpoint: url, secret: name.value }));
  }
  return openEndpoint({
    govcProgram: services.govcProgram,
    ...place,
    url,
    username,
    password: password.value,
    fingerprint,
    ...(services.endpointTimeouts === undefined ? {} : { timeouts: services.endpointTimeouts }),
    ...more,
  });
}

export async function openEndpoints(services: EndpointServices, site: Site): Promise<OpenedEndpoint[]> {
  const all = site.datacentres.flatMap(({ name, vsphere }) =>
    (vsphere?.endpoints ?? []).map(async (address, endpoint): Promise<OpenedEndpoint> => {
      const place = { datacentre: name, endpoint };
      const more = {
        ...(vsphere?.datacenter === undefined ? {} : { datacenter: vsphere.datacenter }),
        ...(vsphere?.cluster === undefined ? {} : { cluster: vsphere.cluster }),
        ...(vsphere?.folder === undefined ? {} : { folder: vsphere.folder }),
        ...(vsphere?.resourcePool === undefined ? {} : { resourcePool: vsphere.resourcePool }),
      };
      return { ...place, url: address.url, opened: await openOne(services, address, place, more) };
    }),
  );
  return Promise.all(all);
}

/** Asks every endpoint at once; an endpoint that fails says so and does not hide the others. */
export async function lookAtEndpoints(
  endpoints: readonly OpenedEndpoint[],
  signal?: AbortSignal,
): Promise<EndpointFacts[]> {
  return Promise.all(
    endpoints.map(async ({ datacentre, endpoint, url, opened }): Promise<EndpointFacts> => {
      const place = { datacentre, endpoint, url };
      const seen = opened.ok ? await opened.value.inspect(signal) : opened;
      if (seen.ok) return { ...place, seen: seen.value };
      if (seen.failure.code !== 'vsphere.certificate-mismatch') return { ...place, failure: seen.failure };
      const shown = await showCertificate(url, signal);
      return { ...place, failure: seen.failure, ...(shown.ok ? { shownFingerprint: shown.value.fingerprint } : {}) };
    }),
  );
}

export async function closeEndpoints(endpoints: readonly OpenedEndpoint[]): Promise<void> {
  await Promise.all(endpoints.map(async ({ opened }) => (opened.ok ? opened.value.close() : undefined)));
}

const trustCodes: ReadonlySet<string> = new Set(['vsphere.certificate-mismatch', 'common.program-altered']);

/**
 * The first failure that says more than "preflight blocks": a matter of trust (a wrong certificate, an altered govc), or a
 * disk of this laptop that takes no files.
 */
export const decisiveAmong = (facts: readonly EndpointFacts[] = []): Failure | undefined =>
  facts.find(({ failure: { code } = { code: '' } }) => trustCodes.has(code) || code.startsWith('files.'))?.failure;

/** What was seen of all endpoints, or the first failure. */
export function allSeen(facts: readonly EndpointFacts[]): Result<SeenEndpoint[]> {
  const seen: SeenEndpoint[] = [];
  for (const one of facts) {
    if (one.failure) return fail(one.failure);
    if (one.seen) seen.push(one.seen);
  }
  return ok(seen);
}

/** Opens the endpoints of a site for `work` and closes them again whatever happens. */
export async function withEndpoints<T>(
  services: EndpointServices,
  site: Site,
  work: (endpoints: OpenedEndpoint[]) => Promise<T>,
): Promise<T> {
  const endpoints = await openEndpoints(services, site);
  try {
    return await work(endpoints);
  } finally {
    await closeEndpoints(endpoints);
  }
}
