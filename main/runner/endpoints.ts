/** The endpoints of a site on every platform: opened with their secrets, read side by side, closed again. */
import { type Failure, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { EndpointInventory, EndpointReading, Place } from '../../core/platform/inventory.ts';
import {
  allPlatforms,
  automaticSite,
  type AutomaticSite,
  isMismatch,
  platformNamed,
} from '../../core/platform/layout.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Site } from '../../core/site/schema.ts';
import type { PlatformDriver, PlatformEndpoint, ShownCertificate } from '../platforms/endpoint.ts';
import { drivers } from '../platforms/platforms.ts';
import type { Services } from './services.ts';

type EndpointServices = Pick<Services, 'secrets' | 'govcProgram' | 'endpointTimeouts'>;

export interface OpenedEndpoint extends Place {
  readonly url: string;
  readonly opened: Result<PlatformEndpoint>;
  /** Certificate that it shows, unchecked. */
  readonly showCertificate?: PlatformDriver['showCertificate'];
}

const driverNamed = (platform: string): PlatformDriver | undefined =>
  Object.entries<PlatformDriver>(drivers).find(([name]) => name === platform)?.[1];

/** Fails as the platform does, and with `secrets.*`. */
async function openAt(
  services: EndpointServices,
  { platform, section, layout }: AutomaticSite,
  site: string,
  place: Place,
): Promise<OpenedEndpoint | undefined> {
  const driver = driverNamed(platform.name);
  const one = layout.endpoints[place.endpointIndex];
  if (driver === undefined || one === undefined) return undefined;
  const base = { ...place, url: one.url, showCertificate: driver.showCertificate };
  const name = one.secret?.(site);
  const stored = name === undefined ? ok(undefined) : await services.secrets.get(name);
  if (!stored.ok) return { ...base, opened: stored };
  const opened = await driver.open({
    ...place,
    tools: services,
    layout: one,
    section,
    ...(name === undefined ? {} : { secret: { name, value: stored.value } }),
  });
  return { ...base, opened };
}

const noEndpoint = (platform: string): Result<never> =>
  fail(failure('input', 'deploy.no-endpoint', { vm: '', datacentre: platform }));

/** The platform of a name; without one the first of the table. */
const entryPlatform = (name: string | undefined): Platform | undefined =>
  name === undefined ? allPlatforms()[0] : platformNamed(name);

/**
 * An endpoint that no site file describes yet. Fails as the platform does, with `secrets.*` and `deploy.no-endpoint`.
 */
export async function openEntry(
  services: EndpointServices,
  name: string | undefined,
  entry: object,
): Promise<Result<PlatformEndpoint>> {
  const platform = entryPlatform(name);
  if (platform === undefined) return noEndpoint(name ?? '');
  const section = platform.sectionOfDraft({ [platform.endpointList]: [entry] });
  const place = { datacentre: '', endpointIndex: 0 };
  const opened = await openAt(services, { platform, section, layout: platform.layout(section) }, '', place);
  return opened?.opened ?? noEndpoint(platform.name);
}

/** The certificate of an endpoint that no site file describes yet. Fails as {@link openEntry} does. */
export async function showEntry(
  name: string | undefined,
  url: string,
  signal?: AbortSignal,
): Promise<Result<ShownCertificate>> {
  const platform = entryPlatform(name)?.name ?? '';
  return (await driverNamed(platform)?.showCertificate?.(url, signal)) ?? noEndpoint(platform);
}

export async function openEndpoints(services: EndpointServices, site: Site): Promise<OpenedEndpoint[]> {
  const all = site.datacentres.flatMap((datacentre) => {
    const automatic = automaticSite(datacentre);
    if (automatic === undefined) return [];
    return automatic.layout.endpoints.map((_, endpointIndex) =>
      openAt(services, automatic, site.site.name, { datacentre: datacentre.name, endpointIndex }),
    );
  });
  return (await Promise.all(all)).flatMap((one) => one ?? []);
}

/** The opened endpoint at a place, or the failure of its opening; undefined if the site has no endpoint there. */
export const endpointAt = (
  endpoints: readonly OpenedEndpoint[],
  { datacentre, endpointIndex }: Place,
): Result<PlatformEndpoint> | undefined =>
  endpoints.find((one) => one.datacentre === datacentre && one.endpointIndex === endpointIndex)?.opened;

/** Asks every endpoint at once; an endpoint that fails says so and does not hide the others. */
export async function readEndpoints(
  endpoints: readonly OpenedEndpoint[],
  signal?: AbortSignal,
): Promise<EndpointReading[]> {
  return Promise.all(
    endpoints.map(async ({ datacentre, endpointIndex, url, opened, showCertificate }): Promise<EndpointReading> => {
      const place = { datacentre, endpointIndex, url };
      const read = opened.ok ? await opened.value.inspect(signal) : opened;
      if (read.ok) return { ...place, inventory: read.value };
      if (showCertificate === undefined || !isMismatch(read.failure.code)) return { ...place, failure: read.failure };
      const shown = await showCertificate(url, signal);
      return { ...place, failure: read.failure, ...(shown.ok ? { shownFingerprint: shown.value.fingerprint } : {}) };
    }),
  );
}

export async function closeEndpoints(endpoints: readonly OpenedEndpoint[]): Promise<void> {
  await Promise.all(endpoints.map(async ({ opened }) => (opened.ok ? opened.value.close() : undefined)));
}

/**
 * The first failure that says more than "preflight blocks": a matter of trust (a wrong certificate, an altered
 * program), or a disk of this laptop that takes no files.
 */
export const decisiveAmong = (readings: readonly EndpointReading[] = []): Failure | undefined =>
  readings.find(
    ({ failure: { code } = { code: '' } }) =>
      isMismatch(code) || code === 'common.program-altered' || code.startsWith('files.'),
  )?.failure;

/** The inventories of all endpoints, or the first failure. */
export function allInventories(readings: readonly EndpointReading[]): Result<EndpointInventory[]> {
  const inventories: EndpointInventory[] = [];
  for (const { failure, inventory } of readings) {
    if (failure) return fail(failure);
    if (inventory) inventories.push(inventory);
  }
  return ok(inventories);
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
