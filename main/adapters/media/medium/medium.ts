import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { FailureSignal, capture, fail, failure, ok } from '../../../../core/base/errors.ts';
import type { Result } from '../../../../core/base/errors.ts';
import { imageFor } from '../../../../core/media/catalogue.ts';
import type { Catalogue, CatalogueImage } from '../../../../core/media/catalogue.ts';
import type { CertificateTrust } from '../image/certificate.ts';
import { availableParallelism } from './cores.ts';
import { diskPace } from './disk-pace.ts';
import { evidenceOf, frontOf, summaryOf } from './evidence.ts';
import type { ImageEvidence, ImageFront, MediaEvidence, MediumSummary, Verification } from './evidence.ts';
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

/** A medium: the folder that ALE ships. What is on it, whether it can be trusted, and whether it is still the same. */

export interface MediumOptions {
  readonly folder: string;
  readonly trustedKeys: readonly TrustedKey[];
  /** The laptop's clock, UTC, ISO 8601. */
  readonly nowIso: string;
  readonly memory: MediaMemory;
  /** What the plan needs, in the order of its need; without it every image counts, in the catalogue's order. */
  readonly components?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface VerifyOptions extends MediumOptions {
  readonly onProgress?: (progress: MediaProgress) => void;
  readonly toolVersion?: string;
  /** How many images are read at once, once the disk has time to spare. Default: as many as there are cores, at most 4. */
  readonly concurrency?: number;
  readonly certificates?: CertificateTrust;
  /** Read every image, whatever was proven before. */
  readonly again?: boolean;
}

/** A first look at a medium. */
export interface MediumContents extends MediumSummary {
  readonly images: readonly ImagePresence[];
}

/** The signature vouches for size and SHA-256; the descriptor is not proven yet. */
export interface ImageReading extends ImageFront {
  /** Settles when the image is proven. Once one is refused, those that are not proven by then fail with the same. */
  readonly proven: Promise<Result<ImageEvidence>>;
}

/** A medium whose images are being read: each may be used as soon as it is proven. */
export interface MediumReading extends Verification {
  /** In the order of reading. */
  readonly images: readonly ImageReading[];
  /** Of the images for which no earlier proof holds. */
  readonly unreadBytes: number;
  /** Settles when nothing is read any more, with the evidence or the first refusal. */
  readonly finished: Promise<Result<MediaEvidence>>;
}

/**
 * A quick look: catalogue and signature proven, files present and of the right size, nothing else read. Fails as
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
 * Proves a medium: signature chain, then size, SHA-256 and structure of each image that the plan needs. What was
 * verified before and did not change is not read again. Fails as {@link readMedium} and `readOva` do.
 */
export async function verifyMedium(options: VerifyOptions): Promise<Result<MediaEvidence>> {
  const reading = await readMedium(options);
  return reading.ok ? reading.value.finished : reading;
}

/**
 * Begins to prove a medium. What is cheap comes first, for all images: signature chain, presence, size, and what stands
 * before the disks. Then the images are read in the background until `options.signal`. Fails as `readSignedCatalogue`
 * and `readOvaFront` do, and with kind `trust` for `media.image-missing`, `media.image-short`, `media.image-long`,
 * `media.image-altered` (params file).
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
  // Whatever comes of the images, this time was signed.
  if (newestSignedTime !== before.newestSignedTime) await options.memory.save(state);
  const needed = neededImages(signed.catalogue, options.components);
  refuseAbsent(folder, await Promise.all(needed.map((image) => presenceOf(folder, image))));
  const started = performance.now();
  const elapsedMs = (): number => performance.now() - started;
  const clock = (): string => new Date(Date.parse(options.nowIso) + elapsedMs()).toISOString();
  const width = options.concurrency ?? availableParallelism();
  const toolVersion = options.toolVersion ?? '';
  // ALE vouched for the images when it signed the catalogue: a certificate has to be valid then, whatever day it is here.
  const certificates = { nowIso: signed.catalogue.created, ...options.certificates };
  const task = { folder, clock, toolVersion, state, certificates, again: options.again ?? false } as const;
  const looked = await inTurns(needed, width, options.signal, async (image, signal) => ({
    image,
    start: await startImage({ ...task, image, signal }),
    proof: openProof(),
  }));
  const unread = looked.filter(({ start }) => start.known === undefined);
  const unreadBytes = unread.reduce((sum, { image }) => sum + image.size, 0);
  const onProgress = progressMeter(unreadBytes, options.onProgress ?? (() => undefined), elapsedMs);
  // Alone, an image keeps two threads busy; side by side, one each.
  const threads = width > 1 && unread.length > 1 ? 1 : 2;

  const pace = diskPace(elapsedMs);
  const { onRead } = pace;

  const read = async (): Promise<readonly ImageEvidence[]> => {
    let remembered: MediaState = state;
    const prove = async ({ image, start, proof }: (typeof looked)[number], signal: AbortSignal) => {
      const verified = await verifyImage({ ...task, image, signal, threads, onProgress, onRead }, start);
      // A later image may be refused: what was read is remembered all the same.
      remembered = withVerified(remembered, verified.image);
      const evidence = evidenceOf(image, verified.image, verified.reused);
      proof.settle(ok(evidence));
      return evidence;
    };
    const found = await inTurns(looked, width, options.signal, prove, pace.toSpare).catch(async (error: unknown) => {
      // The refusal counts, also where what was read before it cannot be remembered.
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
  // A bug: whoever waits for `finished` learns of it, and nobody may wait for a proof for ever.
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
 * Whether the file is still the one that was verified: same file, size and times, and the same sampled blocks. Asked
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
