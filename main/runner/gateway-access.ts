/** The way to the gateways of a site: what the signed catalogue says of them, our key, and hosts that are known. */
import { type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { shortName } from '../../core/gateway/view.ts';
import { type Catalogue, imageFor, parseCatalogue } from '../../core/media/catalogue.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import { addressesOn } from '../../core/plan/network/dns.ts';
import type { PlannedVm } from '../../core/plan/model.ts';
import type { Site } from '../../core/site/schema.ts';
import { parsePublicKey, verifyText } from '../adapters/media/catalogue/minisign.ts';
import { type SshCounts, type SshSession, connectSsh } from '../adapters/ssh/connect.ts';
import type { SshKeyPair } from '../adapters/ssh/key-pair.ts';
import { readSiteKey } from '../adapters/ssh/site-key.ts';
import { keptMedia } from '../records/kept-media.ts';
import { seeMedium } from './preflight.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';

export interface GatewayAccess {
  readonly catalogue: Catalogue;
  /** The account of the gateways' image. */
  readonly sshUser: string;
  /** The bootstrap key. */
  readonly key: SshKeyPair;
}

/** How far the medium is read, where it has to be read first. */
type OnMedium = Parameters<typeof seeMedium>[3];

/** The evidence of an earlier verification, or of one now. */
async function mediumOf(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onMedium: OnMedium,
): Promise<Result<MediaFacts>> {
  const kept = await keptMedia(services.stateDir, planned.site.site.name, services.warn);
  if (kept !== undefined) return ok(kept);
  const read = await seeMedium(services, planned, signal, onMedium);
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

/**
 * Fails as the verification of the medium does, with `media.signature-*` where the evidence is not of a trusted key, with
 * `configure.no-key`, and as the secret store does.
 */
export async function openAccess(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onMedium: OnMedium,
): Promise<Result<GatewayAccess>> {
  const site = planned.site.site.name;
  const key = await readSiteKey(services.secrets, site);
  if (!key.ok) return key;
  if (key.value === undefined) return fail(failure('input', 'configure.no-key', { site }));
  const media = await mediumOf(services, planned, signal, onMedium);
  if (!media.ok) return media;
  const catalogue = provenCatalogue(services, media.value);
  if (!catalogue.ok) return catalogue;
  const sshUser = imageFor(catalogue.value, 'edge-gw')?.guest?.sshUser ?? 'root';
  return ok({ catalogue: catalogue.value, sshUser, key: key.value });
}

/** Fingerprints that a gateway may show. Empty: nothing is known of it yet. */
export function hostKeysOf(site: Pick<Site, 'gateways'>, vm: PlannedVm): readonly string[] {
  const known = site.gateways?.sshHostKeys[shortName(vm)];
  return known === undefined ? [] : [known];
}

/** Connects to a gateway at its LAN address. Fails as {@link connectSsh} does. */
export function connectGateway(
  { key, sshUser }: GatewayAccess,
  site: Site,
  vm: PlannedVm,
  { signal, counts }: { readonly signal: AbortSignal; readonly counts: SshCounts },
): Promise<Result<SshSession>> {
  return connectSsh({
    host: addressesOn(vm, 'lan')[0] ?? '',
    port: 22,
    username: sshUser,
    privateKey: key.privateKey,
    hostKeys: hostKeysOf(site, vm),
    signal,
    counts,
  });
}
