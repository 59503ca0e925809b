/** The way to the gateways of a site: what the signed catalogue says of them, our key, and hosts that are known. */
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { gatewaysOf } from '../../core/gateway/view.ts';
import { type Catalogue, imageFor, parseCatalogue } from '../../core/media/catalogue.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import { addressesOn } from '../../core/plan/network/dns.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import { parsePublicKey, verifyText } from '../adapters/media/catalogue/minisign.ts';
import { type SshCounts, type SshSession, connectSsh } from '../adapters/ssh/connect.ts';
import type { SshKeyPair } from '../adapters/ssh/key-pair.ts';
import { readSiteKey } from '../adapters/ssh/site-key.ts';
import { keptMedia } from '../records/kept-media.ts';
import { seeMedium } from './preflight.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { hostKeysOf, sealedOn, type SiteMachines } from './site-machines.ts';

export interface GatewayAccess {
  readonly catalogue: Catalogue;
  /** The bootstrap key. */
  readonly key: SshKeyPair;
  readonly machines: SiteMachines;
}

/** How far the medium is read, where it has to be read first. */
type OnMedium = Parameters<typeof seeMedium>[3];

/** The evidence of an earlier verification, or of one now. */
async function mediumOf(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onMedium: OnMedium | undefined,
): Promise<Result<MediaFacts>> {
  const kept = await keptMedia(services.stateDir, planned.site.site.name, services.warn);
  if (kept !== undefined) return ok(kept);
  const read = await seeMedium(services, planned, signal, onMedium ?? (() => undefined));
  if (!read.ok) return read;
  return read.value.facts === undefined ? fail(read.value.failure) : ok(read.value.facts);
}

/** The catalogue of kept evidence. Its signature is proven again: keys for logins come from it. */
function provenCatalogue({ trustedKeys }: Services, { signed }: MediaFacts): Result<Catalogue> {
  const keys = trustedKeys.flatMap(({ publicKeyText }) => {
    const key = parsePublicKey(publicKeyText);
    return key.ok ? [key.value] : [];
  });
  const verified = verifyText(keys, Buffer.from(signed.catalogue), signed.signature);
  return verified.ok ? parseCatalogue(signed.catalogue) : verified;
}

/** The account of a component's image, for logins. */
export const sshUserOf = (catalogue: Catalogue, component: string): string =>
  imageFor(catalogue, component)?.guest?.sshUser ?? 'root';

/**
 * What the signed media say of the guests and of ALE. Fails as the verification of the medium does, or with
 * `media.signature-*`.
 */
export async function readCatalogue(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onMedium?: OnMedium,
): Promise<Result<Catalogue>> {
  const media = await mediumOf(services, planned, signal, onMedium);
  return media.ok ? provenCatalogue(services, media.value) : media;
}

/**
 * `machines`: see {@link siteMachines}. Fails as {@link readCatalogue} does, with `configure.no-key`, `gateway.sealed`,
 * and as the secret store does.
 */
export async function openAccess(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  signal: AbortSignal,
  onMedium?: OnMedium,
): Promise<Result<GatewayAccess>> {
  const site = planned.site.site.name;
  const sealed = sealedOn(machines, planned.plan);
  if (sealed !== undefined) return fail(failure('input', 'gateway.sealed', { site, on: sealed }));
  const key = await readSiteKey(services.secrets, site);
  if (!key.ok) return key;
  if (key.value === undefined) return fail(failure('input', 'configure.no-key', { site }));
  const catalogue = await readCatalogue(services, planned, signal, onMedium);
  return catalogue.ok ? ok({ catalogue: catalogue.value, key: key.value, machines }) : catalogue;
}

export interface ConnectGuest {
  readonly signal: AbortSignal;
  readonly counts?: SshCounts;
  /** A gateway that carries the connection, for guests that only it can reach. */
  readonly via?: SshSession | undefined;
}

/** Connects to a VM at its LAN address. Fails as {@link connectSsh} does. */
export function connectGuest(
  { guestAddress }: Pick<Services, 'guestAddress'>,
  planned: PlannedSite,
  { catalogue, key, machines }: GatewayAccess,
  vm: PlannedVm,
  { via, ...how }: ConnectGuest,
): Promise<Result<SshSession>> {
  const lan = addressesOn(vm, 'lan')[0] ?? '';
  return connectSsh({
    ...(via === undefined ? guestAddress(lan, 22) : { host: lan, port: 22, via }),
    username: sshUserOf(catalogue, vm.component),
    privateKey: key.privateKey,
    hostKeys: hostKeysOf(planned, machines, vm),
    ...how,
  });
}

/**
 * Connects to the first gateway that can be reached. Fails as the last attempt does, and at once with a distrust of a
 * host key.
 */
export async function connectAnyGateway(
  services: Pick<Services, 'guestAddress'>,
  planned: PlannedSite,
  access: GatewayAccess,
  signal: AbortSignal,
): Promise<Result<SshSession>> {
  let last: Result<SshSession> = fail(failure('operation', 'ssh.unreachable', { host: planned.plan.site, port: 22 }));
  for (const vm of gatewaysOf(planned.plan)) {
    last = await connectGuest(services, planned, access, vm, { signal });
    if (last.ok || last.failure.kind === 'trust' || last.failure.kind === 'cancelled') return last;
  }
  return last;
}
