/** The medium beside the plan: which image serves which component, and what is known of it. */
import type { MediaOverview } from '../../core/contract.ts';
import type { ImageFacts, ImageSigner, MediaFacts } from '../../core/media/facts.ts';

/**
 * What is known of an image. `unlisted`: no image of the medium serves the component. `absent`: the medium names it, but
 * the file is not there or has another size. `read`: this verification is through with it, its end is to come.
 * `reused`: an earlier proof still holds. `unfinished`: a verification ended before it proved it.
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
  /** Missing when no image serves the component. */
  readonly file?: string;
  readonly sizeBytes?: number;
  readonly status: ImageStatus;
  /** Of a proven image, ISO 8601 in UTC. */
  readonly verifiedAt?: string;
}

/** How far the verification is that runs, or that was the last one. */
export interface VerificationProgress {
  /** Files that are being read now. */
  readonly working: readonly string[];
  readonly read: ReadonlySet<string>;
  /** It ended without a proof of the whole medium. */
  readonly broken: boolean;
  /** Files that were refused. */
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

/** Components that the medium could serve, of images that this plan does not use. */
export function unneededComponents(needed: readonly string[], images: readonly Image[]): string[] {
  const used = new Set(needed.map((component) => images.find(({ components }) => components.includes(component))));
  return needed.length === 0 ? [] : images.filter((image) => !used.has(image)).flatMap(({ components }) => components);
}

/** How many images were read for a verification, and for how many an earlier proof held. */
export function readingOf({ images }: Pick<MediaFacts, 'images'>): { readonly read: number; readonly reused: number } {
  const reused = images.filter((image) => image.reused === true).length;
  return { read: images.length - reused, reused };
}

export interface SignedImages extends ImageSigner {
  readonly files: readonly string[];
}

/** Who signed the images themselves, each signer once. */
export function imageSigners(images: readonly ImageFacts[]): SignedImages[] {
  const signers = new Map<string, SignedImages>();
  for (const { file, certificate } of images) {
    if (certificate === undefined) continue;
    const known = signers.get(certificate.fingerprint);
    signers.set(certificate.fingerprint, { ...certificate, files: [...(known?.files ?? []), file] });
  }
  return [...signers.values()];
}

/** The first eight bytes: enough to compare two on the phone. The whole of it is in the summary. */
export const shortFingerprint = (fingerprint: string): string => fingerprint.split(':').slice(0, 8).join(':');
