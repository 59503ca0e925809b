/** The medium of a site: verified, recorded, and confirmed unchanged immediately before use. */
import { isAbsolute, join } from 'node:path';
import { phaseFor, phaseNames } from '../../core/deploy/phases.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { ImageFacts, MediaFacts, MediaOverview, MediaReading } from '../../core/media/facts.ts';
import type { Amount } from '../../core/run/event.ts';
import {
  confirmUnchanged,
  type ImageEvidence,
  type ImageFront,
  type MediaEvidence,
  type MediumReading,
  openMedium,
  readMedium,
  type VerifyOptions,
} from '../adapters/media/medium/medium.ts';
import { mediaMemory } from '../records/media-memory.ts';
import type { Services } from './services.ts';
import { besideSite, type PlannedSite } from './site-input.ts';

/** Inputs of a verification: clock, trusted keys, state. */
export type MediaServices = Pick<Services, 'stateDir' | 'trustedKeys' | 'imageIssuers' | 'now' | 'version' | 'warn'>;

export interface VerifiedMedium {
  readonly facts: MediaFacts;
  readonly evidence: MediaEvidence;
}

/** A medium whose images are being read: each image may be deployed as soon as it is proven. */
export interface SiteMedium {
  readonly unreadBytes: number;
  readonly images: readonly ProvableImage[];
  /** The facts, with the time of proof of each proven image. */
  readonly soFar: () => MediaFacts;
  /** Settles when all reading has ended. */
  readonly finished: Promise<Result<VerifiedMedium>>;
}

export interface ProvableImage {
  readonly file: string;
  /** Settles when the image is proven, or refused with the medium. */
  readonly proven: Promise<Result<ImageFacts>>;
  /** Absolute path, after the proof and a check that the file is unchanged. */
  readonly confirm: (signal?: AbortSignal) => Promise<Result<string>>;
}

const imageFacts = ({ components, file, sizeBytes, sha256, descriptor }: ImageFront): ImageFacts => ({
  components,
  file,
  sizeBytes,
  sha256,
  networks: descriptor.networks,
  nics: descriptor.nics.map(({ network }) => network),
  diskCapacityBytes: descriptor.disks.map(({ capacityBytes }) => capacityBytes),
  properties: descriptor.properties.map(({ key }) => key),
});

/** The facts of a proof for journal and summary. */
function provenFacts(image: ImageEvidence): ImageFacts {
  const { verifiedAt, reused, certificate } = image;
  const facts = { ...imageFacts(image), verifiedAt, reused };
  if (certificate === undefined) return facts;
  const { subject, issuer, fingerprint, trusted } = certificate;
  return { ...facts, certificate: { subject, issuer, fingerprint, trusted } };
}

/** The facts of a medium for rules, reconciliation and summary. */
function mediaFacts(medium: MediaEvidence | MediumReading, images: readonly ImageFacts[]): MediaFacts {
  const { folder, release, created, expires, catalogueSha256, signer, signed, verifiedAt } = medium;
  const { toolVersion, clockSuspect, peers, recipients } = medium;
  return {
    folder,
    release,
    created,
    expires,
    catalogueSha256,
    signer: signer.name,
    keyId: signer.keyId,
    signed,
    verifiedAt,
    toolVersion,
    clockSuspect,
    images,
    peers,
    recipients,
  };
}

/** Absolute folder of the site's medium; fails with `deploy.media-missing` if the site file names none. */
export function mediaFolder({ site, path }: Pick<PlannedSite, 'site' | 'path'>): Result<string> {
  if (site.media === undefined) return fail(failure('input', 'deploy.media-missing'));
  return ok(isAbsolute(site.media) ? site.media : besideSite(path, site.media));
}

/** The result of a verification, for the rules. */
export const seenMedia = (medium: Result<VerifiedMedium>): MediaReading =>
  medium.ok ? { facts: medium.value.facts } : { failure: medium.failure };

/** Receives the files that are being read, and the total progress. */
type OnProgress = (files: readonly string[], amount: Amount) => void;

/** The components that a plan needs, in the order of deployment. */
export function neededComponents({ plan }: Pick<PlannedSite, 'plan'>): string[] {
  const components = [...new Set(plan.vms.map(({ component }) => component))];
  return phaseNames.flatMap((name) => components.filter((component) => phaseFor(component) === name));
}

/** Starts to prove the images that the plan needs; fails as `readMedium` does. */
export async function readSiteMedium(
  services: MediaServices,
  planned: PlannedSite,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Result<SiteMedium>> {
  const folder = mediaFolder(planned);
  return folder.ok
    ? readFolder(services, folder.value, signal, onProgress, { components: neededComponents(planned) })
    : folder;
}

/** Proves the images that the plan needs. Fails as the reading of the medium does. */
export async function verifySiteMedium(...given: Parameters<typeof readSiteMedium>): Promise<Result<VerifiedMedium>> {
  const medium = await readSiteMedium(...given);
  return medium.ok ? medium.value.finished : medium;
}

/**
 * Proves the images in a folder: all, or those of `components`; with `again`, earlier proofs are ignored.
 * Fails as the reading of the medium does.
 */
export async function verifyFolder(
  services: MediaServices,
  folder: string,
  signal: AbortSignal,
  onProgress: OnProgress,
  what: Parameters<typeof readFolder>[4] = {},
): Promise<Result<VerifiedMedium>> {
  const medium = await readFolder(services, folder, signal, onProgress, what);
  return medium.ok ? medium.value.finished : medium;
}

async function readFolder(
  services: MediaServices,
  folder: string,
  signal: AbortSignal,
  onProgress: OnProgress,
  what: Pick<VerifyOptions, 'components' | 'again'>,
): Promise<Result<SiteMedium>> {
  const reading = await readMedium({
    folder,
    trustedKeys: services.trustedKeys,
    nowIso: services.now().toISOString(),
    memory: mediaMemory(services.stateDir, services.warn),
    toolVersion: services.version,
    certificates: { issuers: services.imageIssuers },
    ...what,
    signal,
    onProgress: ({ file, working, bytes, totalBytes, bytesPerSecond }) =>
      onProgress(working.length > 0 ? working : [file], { bytes, total: totalBytes, bytesPerSecond }),
  });
  if (!reading.ok) return reading;
  const { images, unreadBytes, finished } = reading.value;
  const known = new Map(images.map((image) => [image.file, imageFacts(image)]));
  return ok({
    soFar: () => mediaFacts(reading.value, [...known.values()]),
    unreadBytes,
    images: images.map(({ file, proven }) => ({
      file,
      proven: proven.then((image) => {
        if (!image.ok) return image;
        const facts = provenFacts(image.value);
        known.set(file, facts);
        return ok(facts);
      }),
      confirm: async (stop) => {
        const image = await proven;
        if (!image.ok) return image;
        const same = await confirmUnchanged(reading.value.folder, image.value, stop);
        return same.ok ? ok(join(reading.value.folder, file)) : same;
      },
    })),
    finished: finished.then((evidence) =>
      evidence.ok
        ? ok({ evidence: evidence.value, facts: mediaFacts(evidence.value, evidence.value.images.map(provenFacts)) })
        : evidence,
    ),
  });
}

/**
 * The quick check for the wizard: proves signature and catalogue, does not read the images. Fails as `openMedium` does.
 */
export async function overviewOf(services: MediaServices, folder: string): Promise<Result<MediaOverview>> {
  const contents = await openMedium({
    folder,
    trustedKeys: services.trustedKeys,
    nowIso: services.now().toISOString(),
    memory: mediaMemory(services.stateDir, services.warn),
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
