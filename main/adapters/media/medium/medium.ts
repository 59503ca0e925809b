import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { FailureSignal, capture, fail, failure, ok } from '../../../../core/base/errors.ts';
import type { Result } from '../../../../core/base/errors.ts';
import { gatewayImageFault } from '../../../../core/media/bootstrap-property.ts';
import { imageFor } from '../../../../core/media/catalogue.ts';
import type { Catalogue, CatalogueImage } from '../../../../core/media/catalogue.ts';
import type { CertificateTrust } from '../image/certificate.ts';
import { availableParallelism } from './cores.ts';
import { diskPace } from './disk-pace.ts';
import { evidenceOf, frontOf, summaryOf } from './evidence.ts';
import type { ImageEvidence, ImageFront, MediaEvidence, MediumSummary, VerifiedSummary } from './evidence.ts';
import { identityOf, openImage, sameIdentity } from '../image/file-identity.ts';
import { inTurns } from './in-turns.ts';
import { mostRemembered } from '../memory.ts';
import type { MediaMemory, MediaState, VerifiedImage } from '../memory.ts';
import { presenceOf, refuseAbsent } from './presence.ts';
import type { ImagePresence } from './presence.ts';
import { progressMeter } from '../progress.ts';
import type { MediaProgress } from '../progress.ts';
import { blocksUnchanged } from '../image/sampled-blocks.ts';
import { readSignedCatalogue, withAccepted } from '../catalogue/signed-catalogue.ts';
import type { TrustedKey } from '../catalogue/signed-catalogue.ts';
import { startImage, verifyImage } from '../image/verify-image.ts';

export type { ImageEvidence, ImageFront, MediaEvidence } from './evidence.ts';
export type { MediaMemory, MediaState } from '../memory.ts';
export { emptyMediaState, temporaryMemory } from '../memory.ts';
export type { MediaProgress } from '../progress.ts';
export type { TrustedKey } from '../catalogue/signed-catalogue.ts';

/** A medium: the folder that ALE ships. Reads its contents, proves them, and confirms later that they are unchanged. */

export interface MediumOptions {
  readonly folder: string;
  readonly trustedKeys: readonly TrustedKey[];
  /** The laptop's clock, UTC, ISO 8601. */
  readonly nowIso: string;
  readonly memory: MediaMemory;
  /** Components of the plan, in the order of deployment. Without them, every image of the catalogue in its order. */
  readonly components?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface VerifyOptions extends MediumOptions {
  readonly onProgress?: (progress: MediaProgress) => void;
  readonly toolVersion?: string;
  /**
   * Number of images read at once, while the disk is not the bottleneck. Default: as many as there are cores, at most
   * 4.
   */
  readonly concurrency?: number;
  readonly certificates?: CertificateTrust;
  /** Reads every image, also if an earlier proof holds. */
  readonly again?: boolean;
}

/** The quick check of a medium. */
export interface MediumContents extends MediumSummary {
  readonly images: readonly ImagePresence[];
}

/** The signature vouches for size and SHA-256; the descriptor is not proven yet. */
export interface ImageReading extends ImageFront {
  /** Settles when the image is proven. After one is refused, every unproven image fails with the same refusal. */
  readonly proven: Promise<Result<ImageEvidence>>;
}

/** A medium whose images are being read: each image may be used as soon as it is proven. */
export interface MediumReading extends VerifiedSummary {
  /** In the order of reading. */
  readonly images: readonly ImageReading[];
  /** Bytes of the images without an earlier proof. */
  readonly unreadBytes: number;
  /** Settles when all reading has ended, with the evidence or the first refusal. */
  readonly finished: Promise<Result<MediaEvidence>>;
}

/**
 * Quick check: proves catalogue and signature, and compares the sizes of the files. Image content is not read. Fails as
 * `readSignedCatalogue` does.
 */
export function openMedium(options: MediumOptions): Promise<Result<MediumContents>> {
  return capture(async () => {
    const folder = path.resolve(options.folder);
    const state = await options.memory.load();
    const signed = await readSignedCatalogue(folder, options.trustedKeys, options.nowIso, state);
    const images = await Promise.all(signed.catalogue.images.map((image) => presenceOf(folder, image)));
    return { ...summaryOf(folder, signed, options.components), images };
  }, options.signal);
}

/**
 * Proves a medium: signature chain, then size, SHA-256 and structure of each image that the plan needs. An image
 * that was verified before and is unchanged is not read again. Fails as {@link readMedium} and `readOva` do.
 */
export async function verifyMedium(options: VerifyOptions): Promise<Result<MediaEvidence>> {
  const reading = await readMedium(options);
  return reading.ok ? reading.value.finished : reading;
}

/**
 * Begins to prove a medium. The cheap checks of all images are done first: signature chain, presence, size, and the
 * content before the disks. Then the images are read in the background until `options.signal`. Fails as
 * `readSignedCatalogue` and `readOvaFront` do, and with kind `trust` for `media.image-missing`, `media.image-short`,
 * `media.image-long`, `media.image-altered` (params file), and as {@link gatewayImageFault} does.
 */
export function readMedium(options: VerifyOptions): Promise<Result<MediumReading>> {
  return capture(() => begin(options), options.signal);
}

async function begin(options: VerifyOptions): Promise<MediumReading> {
  const folder = path.resolve(options.folder);
  const before = await options.memory.load();
  const signed = await readSignedCatalogue(folder, options.trustedKeys, options.nowIso, before);
  const { newestSignedTime } = signed;
  const state = { ...before, newestSignedTime };
  // This time was signed, even if an image is refused.
  if (newestSignedTime !== before.newestSignedTime) await options.memory.save(state);
  const needed = neededImages(signed.catalogue, options.components);
  refuseAbsent(folder, await Promise.all(needed.map((image) => presenceOf(folder, image))));
  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  const clock = (): string => new Date(Date.parse(options.nowIso) + elapsedMs()).toISOString();
  const width = options.concurrency ?? availableParallelism();
  const toolVersion = options.toolVersion ?? '';
  // ALE vouched for the images when it signed the catalogue: a certificate has to be valid at that time, not today.
  const certificates = { nowIso: signed.catalogue.created, ...options.certificates };
  const task = { folder, clock, toolVersion, state, certificates, again: options.again ?? false } as const;
  const looked = await inTurns(needed, width, options.signal, async (image, signal) => ({
    image,
    start: await startImage({ ...task, image, signal }),
    proof: openProof(),
  }));
  for (const { image, start } of looked) {
    const fault = gatewayImageFault(image, start.descriptor.properties);
    if (fault !== undefined) throw new FailureSignal(fault);
  }
  const unread = looked.filter(({ start }) => start.known === undefined);
  const unreadBytes = unread.reduce((sum, { image }) => sum + image.size, 0);
  const onProgress = progressMeter(unreadBytes, options.onProgress ?? (() => undefined), elapsedMs);
  // A single image uses two threads; several images use one each.
  const threads = width > 1 && unread.length > 1 ? 1 : 2;

  const pace = diskPace(elapsedMs);
  const { onRead } = pace;

  const read = async (): Promise<readonly ImageEvidence[]> => {
    let remembered: MediaState = state;
    const prove = async ({ image, start, proof }: (typeof looked)[number], signal: AbortSignal) => {
      const verified = await verifyImage({ ...task, image, signal, threads, onProgress, onRead }, start);
      // Remembered now, since a later image may be refused.
      remembered = withVerified(remembered, verified.image);
      const evidence = evidenceOf(image, verified.image, verified.reused);
      proof.settle(ok(evidence));
      return evidence;
    };
    const found = await inTurns(looked, width, options.signal, prove, pace.toSpare).catch(async (error: unknown) => {
      // The refusal counts, even if the earlier proofs cannot be saved.
      await options.memory.save(remembered).catch(() => undefined);
      throw error;
    });
    await options.memory.save(withAccepted(remembered, signed));
    return found;
  };
  const verification = { ...summaryOf(folder, signed, options.components), toolVersion, verifiedAt: options.nowIso };
  const finished = capture(async () => ({ ...verification, images: await read() }), options.signal);
  const settleRest = (result: Result<unknown>): void => {
    if (!result.ok) for (const { proof } of looked) proof.settle(result);
  };
  // A bug: `finished` rejects with it, and every pending proof has to settle.
  finished.then(settleRest, (error: unknown) =>
    settleRest(fail(failure('operation', 'common.unexpected', { message: String(error) }))),
  );
  return {
    ...verification,
    images: looked.map(({ image, start, proof }) => ({ ...frontOf(image, start.descriptor), proven: proof.settled })),
    unreadBytes,
    finished,
  };
}

interface Proof {
  readonly settled: Promise<Result<ImageEvidence>>;
  /** Only the first call counts. */
  readonly settle: (result: Result<ImageEvidence>) => void;
}

function openProof(): Proof {
  let settle: Proof['settle'] = () => undefined;
  const settled = new Promise<Result<ImageEvidence>>((resolve) => (settle = resolve));
  return { settled, settle };
}

/**
 * Confirms that the file is the verified one: same file, size and times, and the same sampled blocks. Called
 * immediately before an image is deployed. Fails (kind trust) with `media.image-missing` or `media.file-changed`.
 */
export function confirmUnchanged(
  folder: string,
  image: Pick<ImageEvidence, 'file' | 'identity' | 'samples'>,
  signal?: AbortSignal,
): Promise<Result<void>> {
  return capture(async () => {
    const file = path.join(folder, image.file);
    if ((await identityOf(file)) === undefined) {
      throw new FailureSignal(failure('trust', 'media.image-missing', { file: image.file, folder }));
    }
    const open = await openImage(file);
    try {
      const same = sameIdentity(image.identity, open.identity) && (await blocksUnchanged(open.handle, image.samples));
      if (!same) throw new FailureSignal(failure('trust', 'media.file-changed', { file: image.file }));
    } finally {
      await open.handle.close();
    }
  }, signal);
}

function neededImages(catalogue: Catalogue, components: readonly string[] | undefined): readonly CatalogueImage[] {
  if (components === undefined) return catalogue.images;
  const images = components.map((component) => imageFor(catalogue, component));
  return [...new Set(images.filter((image) => image !== undefined))];
}

function withVerified(state: MediaState, image: VerifiedImage): MediaState {
  const others = state.verified.filter((one) => one.file !== image.file);
  return { ...state, verified: [...others, image].slice(-mostRemembered) };
}
