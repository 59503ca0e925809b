/** The handover of a site: keys from the secret store, addresses from the plan, ALE's side from the verified medium. */
import { X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import type { HandoverGateway } from '../../core/handover/bundle.ts';
import { publicWireguardAddress } from '../../core/gateway/wireguard-address.ts';
import { alternateTunnelAddressFor, tunnelAddressFor } from '../../core/handover/tunnel-address.ts';
import type { Plan, PlannedVm } from '../../core/plan/model.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { readInput } from '../system/files/inputs.ts';
import { ensureAcknowledgementSecret } from '../adapters/handover/acknowledgement-secret.ts';
import { ensureDiskRecovery } from '../adapters/handover/disk-recovery.ts';
import { type WrittenHandover, writeHandover } from '../adapters/handover/write-handover.ts';
import { type GatewayPublicKeys, ensureGatewayKeys } from '../adapters/wireguard/gateway-keys.ts';
import { keepHandover, type KeptHandover, type ReadableHandover, readableHandover } from '../records/kept-handover.ts';
import { keptMedia } from '../records/kept-media.ts';
import type { Services } from './services.ts';
import { besideSite, type PlannedSite, sha256 } from './site-input.ts';
import { hostKeysOf, isHandedOver, sealedOn, type SiteMachines } from './site-machines.ts';

const addressIn = (vm: PlannedVm, network: 'lan' | 'wan'): string | undefined =>
  vm.nics.find((nic) => nic.network === network)?.addresses[0];

/** The VMs with disks beside the first, which is the image's: their guests encrypt these disks. */
export const vmsWithDataDisks = ({ vms }: Pick<Plan, 'vms'>): readonly string[] =>
  vms.flatMap(({ name, disks }) => (disks.length > 1 ? [name] : []));

/** Facts of the leaf certificate in the site file, if it can be read. The certificate is not checked. */
async function certificateOf({ site, path }: PlannedSite) {
  if (site.certificate.chain === undefined) return undefined;
  const read = await readInput(besideSite(path, site.certificate.chain), 'certificate');
  if (!read.ok) return undefined;
  try {
    const leaf = new X509Certificate(read.value);
    return { fingerprint: `SHA256:${leaf.fingerprint256}`, notAfter: new Date(leaf.validTo).toISOString() };
  } catch {
    return undefined;
  }
}

async function gatewaysOf(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  media: MediaFacts,
  given: readonly GatewayPublicKeys[] | undefined,
): Promise<Result<HandoverGateway[]>> {
  const { site, plan } = planned;
  const vms = plan.vms.filter(({ component }) => component === 'edge-gw');
  const names = vms.map(({ name }) => name);
  const keys = given === undefined ? await ensureGatewayKeys(services.secrets, names) : ok(given);
  if (!keys.ok) return keys;
  const gateways: HandoverGateway[] = [];
  for (const [index, vm] of vms.entries()) {
    const [lan, wan] = [addressIn(vm, 'lan'), addressIn(vm, 'wan')];
    const key = keys.value.find((one) => one.vm === vm.name);
    if (lan === undefined || wan === undefined || key === undefined) {
      return fail(failure('input', 'deploy.handover-early'));
    }
    const wireguardAddress = publicWireguardAddress(site, vm);
    if (!wireguardAddress.ok) return wireguardAddress;
    const allowedIps = media.peers[0]?.allowedIps ?? [];
    const tunnel =
      key.alternate === true
        ? alternateTunnelAddressFor(allowedIps, index, vms.length)
        : tunnelAddressFor(allowedIps, index);
    if (!tunnel.ok) return tunnel;
    gateways.push({
      ...key,
      lan,
      wireguardAddress: wireguardAddress.value,
      tunnel: tunnel.value,
      sshHostKeys: hostKeysOf(planned, machines, vm),
    });
  }
  return ok(gateways);
}

/** A bundle with its recipients. */
export type MadeHandover = Omit<WrittenHandover, 'publicText'> & {
  readonly publicText: string;
  readonly recipients: readonly string[];
  readonly planDigest: string;
};

const madeFrom = (kept: ReadableHandover, planDigest: string): MadeHandover => ({
  bundlePath: kept.bundleFile,
  textPath: kept.textFile,
  sha256: kept.sha256,
  confirmationCode: kept.confirmationCode,
  publicText: kept.publicText,
  qrPayload: kept.qrPayload,
  recipients: kept.recipients,
  planDigest,
});

/** A handover with other keys than those of the gateways, and with another record. */
export interface OtherKeys {
  readonly keys: readonly GatewayPublicKeys[];
  readonly keep: (handover: KeptHandover) => Promise<Result<void>>;
}

/**
 * The bundle of the site, in `outDir`. A written bundle with the same content is kept, since ALE's answer names its
 * hash. Fails as `writeHandover` does, with `deploy.handover-early`, and with `gateway.sealed` or
 * `handover.keys-deleted` after ALE has confirmed.
 */
export async function createHandover(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  outDir: string,
  other?: OtherKeys,
): Promise<Result<MadeHandover>> {
  const { site, plan, planDigest } = planned;
  const { name } = site.site;
  const kept = other === undefined ? await readableHandover(services.stateDir, name, services.warn) : undefined;
  const sealed = sealedOn(machines, plan);
  if (sealed !== undefined) return fail(failure('input', 'gateway.sealed', { site: name, on: sealed }));
  if (isHandedOver(machines, plan)) {
    return kept === undefined
      ? fail(failure('input', 'handover.keys-deleted', { site: name }))
      : ok(madeFrom(kept, planDigest));
  }
  const media = await keptMedia(services.stateDir, name, services.warn);
  if (media === undefined) return fail(failure('input', 'deploy.handover-early'));
  const gateways = await gatewaysOf(services, planned, machines, media, other?.keys);
  if (!gateways.ok) return gateways;
  const secret = await ensureAcknowledgementSecret(services.secrets, name);
  if (!secret.ok) return secret;
  const recovery = await ensureDiskRecovery(services.secrets, vmsWithDataDisks(plan));
  if (!recovery.ok) return recovery;
  const diskRecovery = new Map(recovery.value.map(({ vm, passphrase }) => [vm, passphrase]));
  const recipients = [...new Set([...media.recipients, ...site.handover.recipients])];
  const hashes = new Map(
    media.images.flatMap((image) => image.components.map((component) => [component, image.sha256])),
  );
  const input = {
    site: {
      name,
      customer: site.site.customer,
      partner: site.site.partner,
      fqdn: site.domain.fqdn,
      visibility: site.sizing.visibility,
      remoteAccess: site.sizing.remoteAccess,
    },
    gateways: gateways.value,
    network: {
      lan: site.network.lan.cidr,
      wan: site.network.wan.cidr,
      vips: plan.vips.map(({ name: vip, address }) => ({ name: vip, address })),
    },
    certificate: await certificateOf(planned),
    media: { release: media.release, catalogueSha256: media.catalogueSha256, signer: media.signer },
    vms: plan.vms.map((vm) => ({
      name: vm.name,
      component: vm.component,
      addresses: vm.nics.flatMap(({ addresses }) => addresses),
      imageSha256: hashes.get(vm.component) ?? '',
      diskRecovery: diskRecovery.get(vm.name),
    })),
    acknowledgementSecret: secret.value,
  };
  const contentSha256 = sha256(JSON.stringify({ input, recipients }));
  const isSame = kept?.contentSha256 === contentSha256 && resolve(dirname(kept.bundleFile)) === resolve(outDir);
  if (kept !== undefined && isSame) return ok(madeFrom(kept, planDigest));
  const nowIso = services.now().toISOString();
  const { text } = services;
  const written = await writeHandover({ input, recipients, outDir, text, nowIso, writeFile: writeFileAtomic });
  if (!written.ok) return written;
  const keep = other?.keep ?? ((record: KeptHandover) => keepHandover(services.stateDir, name, record));
  const noted = await keep({
    planDigest,
    contentSha256,
    createdAt: nowIso,
    bundleFile: written.value.bundlePath,
    textFile: written.value.textPath,
    qrPayload: written.value.qrPayload,
    sha256: written.value.sha256,
    confirmationCode: written.value.confirmationCode,
    recipients,
    gateways: gateways.value.map(({ vm, publicKey, wireguardAddress }) => ({
      vm,
      publicKey,
      endpoint: wireguardAddress,
    })),
  });
  return noted.ok ? ok({ ...written.value, recipients, planDigest }) : noted;
}
