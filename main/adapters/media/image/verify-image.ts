import path from 'node:path';
import { FailureSignal, failure, unwrap } from '../../../../core/base/errors.ts';
import type { Result } from '../../../../core/base/errors.ts';
import type { CatalogueImage } from '../../../../core/media/catalogue.ts';
import type { CertificateTrust } from './certificate.ts';
import { openImage, sameIdentity } from './file-identity.ts';
import { hashCrew } from './hashing.ts';
import type { MediaState, VerifiedImage } from '../memory.ts';
import { readOva, readOvaFront } from './ova-reader.ts';
import type { OvaFront } from './ova-reader.ts';
import { readChunks } from './read-chunks.ts';
import { blockSampler, blocksUnchanged, chooseOffsets } from './sampled-blocks.ts';

export interface ImageTask {
  readonly folder: string;
  readonly image: CatalogueImage;
  readonly state: MediaState;
  readonly toolVersion: string;
  /** The time now, UTC, ISO 8601. */
  readonly clock: () => string;
  readonly signal: AbortSignal;
  readonly certificates: CertificateTrust;
  /** Reads the image even if an earlier proof holds. */
  readonly again: boolean;
}

export interface ReadTask extends ImageTask {
  readonly threads: 1 | 2;
  readonly onProgress: (file: string, fileBytes: number, fileTotalBytes: number) => void;
  readonly onRead: (ms: number) => void;
}

/** The state of an image before it is read: an earlier valid proof, or its unproven descriptor. */
export interface ImageStart extends OvaFront {
  readonly known?: VerifiedImage;
}

/**
 * Checks one image of a catalogue quickly. Throws the refusals of `readOvaFront`; an image with other bytes than the
 * signed ones is `media.image-altered` (kind trust), even if it has other faults.
 */
export async function startImage(task: ImageTask): Promise<ImageStart> {
  const file = path.join(task.folder, task.image.file);
  const known = await stillProven(file, task);
  const { signal, certificates } = task;
  if (known !== undefined && known.certificate === undefined) return { ...known, known };
  const front = await signedBytes(await readOvaFront(file, { signal, certificates }), file, task);
  if (known === undefined || !sameIdentity(known.identity, front.identity)) return front;
  // The trusted issuers may have changed since the proof.
  return { ...front, known: { ...known, certificate: front.certificate } };
}

/**
 * Proves one image, or returns the earlier proof. Throws as {@link startImage} does, with the refusals of `readOva`,
 * and `media.file-changed` (kind trust) if the file was replaced since the first check.
 */
export async function verifyImage(
  task: ReadTask,
  start: ImageStart,
): Promise<{ readonly image: VerifiedImage; readonly reused: boolean }> {
  const { image } = task;
  const file = path.join(task.folder, image.file);
  if (start.known !== undefined) return { image: start.known, reused: true };
  const began = Date.parse(task.clock());
  const sampler = blockSampler(chooseOffsets(image.size));
  const read = await readOva(file, {
    signal: task.signal,
    threads: task.threads,
    onChunk: sampler.push,
    onRead: task.onRead,
    onProgress: (bytes, totalBytes) => task.onProgress(image.file, bytes, totalBytes),
    certificates: task.certificates,
  });
  const report = await signedBytes(read, file, task);
  if (report.sha256 !== image.sha256) throw altered(image, report.sha256);
  if (!sameIdentity(start.identity, report.identity)) {
    throw new FailureSignal(failure('trust', 'media.file-changed', { file: image.file }));
  }
  const verifiedAt = task.clock();
  const seconds = (Date.parse(verifiedAt) - began) / 1000;
  const verified = { ...report, samples: sampler.result(), verifiedAt, seconds, toolVersion: task.toolVersion };
  return { image: verified, reused: false };
}

/** The result of reading, or the refusal: altered bytes are reported before a fault in them. */
async function signedBytes<T>(read: Result<T>, file: string, { image, signal }: ImageTask): Promise<T> {
  if (!read.ok && read.failure.kind !== 'cancelled') {
    const actual = await hashOf(file, signal);
    if (actual !== image.sha256) throw altered(image, actual);
  }
  return unwrap(read);
}

/**
 * Validity of a proof, in ms: the length of a visit. Between visits a disk may fail or be swapped, so images are read
 * again.
 */
const visitMs = 12 * 3600 * 1000;

/** The proof of the same bytes by the same version in the same visit, if the file is unchanged. */
async function stillProven(file: string, task: ImageTask): Promise<VerifiedImage | undefined> {
  if (task.again) return undefined;
  const now = Date.parse(task.clock());
  const known = task.state.verified.find(
    (one) =>
      one.file === file &&
      one.sha256 === task.image.sha256 &&
      one.toolVersion === task.toolVersion &&
      // Nor if it is dated in the future: one of the two clocks was wrong.
      Math.abs(now - Date.parse(one.verifiedAt)) < visitMs,
  );
  if (known === undefined) return undefined;
  const open = await openImage(file);
  try {
    const same = sameIdentity(known.identity, open.identity) && (await blocksUnchanged(open.handle, known.samples));
    return same ? known : undefined;
  } finally {
    await open.handle.close();
  }
}

/** Second pass after a refusal: compares the file with the signed SHA-256. */
async function hashOf(file: string, signal: AbortSignal): Promise<string> {
  const open = await openImage(file);
  const crew = hashCrew(open.identity.size, 0);
  try {
    const chunks = readChunks(open.handle, open.identity.size, crew, signal);
    while ((await chunks.next()).done !== true);
    return await crew.whole.hex();
  } finally {
    await open.handle.close();
  }
}

function altered({ file, sha256 }: CatalogueImage, actual: string): FailureSignal {
  return new FailureSignal(failure('trust', 'media.image-altered', { file, sha256, actual }));
}
