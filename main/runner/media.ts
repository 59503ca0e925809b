/** The medium of a site: verified, remembered, and confirmed unchanged at the moment of use. */
import { isAbsolute, join } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import type { MediaOverview } from '../../core/contract.ts';
import type { MediaFacts } from '../../core/facts.ts';
import type { Amount } from '../../core/run.ts';
import { confirmUnchanged, type MediaEvidence, openMedium, verifyMedium } from '../adapters/media/medium.ts';
import { mediaMemory } from './media-memory.ts';
import type { Services } from './services.ts';
import { besideSite, type PlannedSite } from './site-input.ts';

export interface VerifiedMedium {
  readonly facts: MediaFacts;
  readonly evidence: MediaEvidence;
}

/** What the medium's evidence means for rules and summary. */
export const mediaFacts = (evidence: MediaEvidence): MediaFacts => ({
  folder: evidence.folder,
  release: evidence.release,
  created: evidence.created,
  expires: evidence.expires,
  catalogueSha256: evidence.catalogueSha256,
  signer: evidence.signer.name,
  keyId: evidence.signer.keyId,
  verifiedAt: evidence.verifiedAt,
  toolVersion: evidence.toolVersion,
  clockSuspect: evidence.clockSuspect,
  images: evidence.images.map((image) => ({
    components: image.components,
    file: image.file,
    sizeBytes: image.sizeBytes,
    sha256: image.sha256,
    verifiedAt: image.verifiedAt,
    networks: image.descriptor.networks,
    diskCapacityBytes: image.descriptor.disks.map(({ capacityBytes }) => capacityBytes),
    properties: image.descriptor.properties.map(({ key }) => key),
  })),
  peers: evidence.peers,
  recipients: evidence.recipients,
});

/** Absolute folder of the site's medium; fails with `deploy.media-missing` when the site file names none. */
export function mediaFolder({ site, path }: Pick<PlannedSite, 'site' | 'path'>): Result<string> {
  if (site.media === undefined) return fail(failure('input', 'deploy.media-missing'));
  return ok(isAbsolute(site.media) ? site.media : besideSite(path, site.media));
}

/** Verifies what the plan needs; fails as `verifyMedium` does. */
export async function verifySiteMedium(
  services: Services,
  planned: PlannedSite,
  signal: AbortSignal,
  onProgress: (item: string, amount: Amount) => void,
): Promise<Result<VerifiedMedium>> {
  const folder = mediaFolder(planned);
  if (!folder.ok) return folder;
  return verifyFolder(services, folder.value, signal, onProgress, [
    ...new Set(planned.plan.vms.map(({ component }) => component)),
  ]);
}

export async function verifyFolder(
  services: Services,
  folder: string,
  signal: AbortSignal,
  onProgress: (item: string, amount: Amount) => void,
  components?: readonly string[],
): Promise<Result<VerifiedMedium>> {
  const evidence = await verifyMedium({
    folder,
    trustedKeys: services.trustedKeys,
    nowIso: services.now().toISOString(),
    memory: mediaMemory(services.stateDir),
    toolVersion: services.version,
    ...(components === undefined ? {} : { components }),
    signal,
    onProgress: ({ file, bytes, totalBytes, bytesPerSecond }) =>
      onProgress(file, { bytes, total: totalBytes, bytesPerSecond }),
  });
  return evidence.ok ? ok({ evidence: evidence.value, facts: mediaFacts(evidence.value) }) : evidence;
}

/** For the deployment: the absolute path of an image, after a look whether it is still what was verified. */
export const imageConfirmer =
  (evidence: MediaEvidence) =>
  async (file: string, signal?: AbortSignal): Promise<Result<string>> => {
    const image = evidence.images.find((one) => one.file === file);
    if (image === undefined) return fail(failure('input', 'deploy.no-image', { component: file }));
    const same = await confirmUnchanged(evidence.folder, image, signal);
    return same.ok ? ok(join(evidence.folder, file)) : same;
  };

/** A first look for the wizard: signature and catalogue are proven, the images' content is not read. */
export async function overviewOf(services: Services, folder: string): Promise<Result<MediaOverview>> {
  const contents = await openMedium({
    folder,
    trustedKeys: services.trustedKeys,
    nowIso: services.now().toISOString(),
    memory: mediaMemory(services.stateDir),
  });
  if (!contents.ok) return contents;
  const { release, created, expires, signer, images } = contents.value;
  return ok({
    folder: contents.value.folder,
    release,
    created,
    expires,
    signer: signer.name,
    keyId: signer.keyId,
    images: images.map(({ file, components, sizeBytes, state }) => ({
      file,
      components,
      sizeBytes,
      present: state === 'present',
    })),
  });
}
