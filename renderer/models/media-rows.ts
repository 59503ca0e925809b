/** The medium compared with the plan: the image of each component, and its state. */
import type { ImageFacts, ImageSigner, MediaFacts, MediaOverview } from '../../core/media/facts.ts';

/**
 * The state of an image. `unlisted`: the medium has no image for the component. `absent`: the medium names it, but its
 * file is missing or has another size. `read`: the running verification has read it. `reused`: an earlier proof is
 * valid. `unfinished`: a verification ended before its proof.
 */
export type ImageStatus =
  | 'unlisted'
  | 'absent'
  | 'present'
  | 'reading'
  | 'read'
  | 'unfinished'
  | 'refused'
  | 'verified'
  | 'reused';

export interface MediaRow {
  readonly components: readonly string[];
  /** Missing if the component has no image. */
  readonly file?: string;
  readonly sizeBytes?: number;
  readonly status: ImageStatus;
  /** Of a proven image, ISO 8601 in UTC. */
  readonly verifiedAt?: string;
}

/** Progress of the current or last verification. */
export interface VerificationProgress {
  /** Files being read. */
  readonly working: readonly string[];
  readonly read: ReadonlySet<string>;
  /** Whether it ended without a proof of the whole medium. */
  readonly broken: boolean;
  /** Refused files. */
  readonly refused: readonly string[];
  readonly facts?: MediaFacts | undefined;
}

type Image = MediaOverview['images'][number];

function statusOf({ file, present }: Image, proven: ImageFacts | undefined, seen: VerificationProgress): ImageStatus {
  if (proven?.verifiedAt !== undefined) return proven.reused === true ? 'reused' : 'verified';
  if (seen.refused.includes(file)) return 'refused';
  if (!present) return 'absent';
  if (seen.working.includes(file)) return 'reading';
  if (seen.broken || proven !== undefined) return 'unfinished';
  return seen.read.has(file) ? 'read' : 'present';
}

function rowOf(image: Image, components: readonly string[], seen: VerificationProgress): MediaRow {
  const proven = seen.facts?.images.find(({ file }) => file === image.file);
  const { file, sizeBytes } = image;
  const row = { components, file, sizeBytes, status: statusOf(image, proven, seen) };
  return proven?.verifiedAt === undefined ? row : { ...row, verifiedAt: proven.verifiedAt };
}

/** A row for each component of the plan; without a plan, one for each image. */
export function mediaRows(needed: readonly string[], images: readonly Image[], seen: VerificationProgress): MediaRow[] {
  if (needed.length === 0) return images.map((image) => rowOf(image, image.components, seen));
  return needed.map((component) => {
    const image = images.find(({ components }) => components.includes(component));
    return image === undefined ? { components: [component], status: 'unlisted' } : rowOf(image, [component], seen);
  });
}

/** Components of the images that this plan does not use. */
export function unneededComponents(needed: readonly string[], images: readonly Image[]): string[] {
  const used = new Set(needed.map((component) => images.find(({ components }) => components.includes(component))));
  return needed.length === 0 ? [] : images.filter((image) => !used.has(image)).flatMap(({ components }) => components);
}

/** Numbers of images read by a verification, and of images with a valid earlier proof. */
export function readingOf({ images }: Pick<MediaFacts, 'images'>): { readonly read: number; readonly reused: number } {
  const reused = images.filter((image) => image.reused === true).length;
  return { read: images.length - reused, reused };
}

export interface SignedImages extends ImageSigner {
  readonly files: readonly string[];
}

/** The signers of the images, each once. */
export function imageSigners(images: readonly ImageFacts[]): SignedImages[] {
  const signers = new Map<string, SignedImages>();
  for (const { file, certificate } of images) {
    if (certificate === undefined) continue;
    const known = signers.get(certificate.fingerprint);
    signers.set(certificate.fingerprint, { ...certificate, files: [...(known?.files ?? []), file] });
  }
  return [...signers.values()];
}

/** The first eight bytes, to compare on the phone. The summary has the whole fingerprint. */
export const shortFingerprint = (fingerprint: string): string => fingerprint.split(':').slice(0, 8).join(':');
