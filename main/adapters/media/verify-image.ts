import path from 'node:path';
import { FailureSignal, failure, unwrap } from '../../../core/errors.ts';
import type { CatalogueImage } from '../../../core/media/catalogue.ts';
import type { CertificateTrust } from './certificate.ts';
import { openImage, sameIdentity } from './file-identity.ts';
import { hashCrew } from './hashing.ts';
import type { MediaState, VerifiedImage } from './memory.ts';
import { readOva } from './ova-reader.ts';
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
  readonly threads: 1 | 2;
  readonly onProgress: (file: string, fileBytes: number, fileTotalBytes: number) => void;
  readonly options: { readonly certificates?: CertificateTrust; readonly nowIso: string };
}

/**
 * Proves one image of a catalogue, or finds that an earlier proof still holds. Throws the refusals of `readOva`; an
 * image with other bytes than the signed ones is `media.image-altered` (kind trust), whatever else is wrong with it.
 */
export async function verifyImage(
  task: ImageTask,
): Promise<{ readonly image: VerifiedImage; readonly reused: boolean }> {
  const { image } = task;
  const file = path.join(task.folder, image.file);
  const known = await stillProven(file, task);
  if (known !== undefined) {
    task.onProgress(image.file, image.size, image.size);
    return { image: known, reused: true };
  }
  const began = Date.parse(task.clock());
  const sampler = blockSampler(chooseOffsets(image.size));
  const read = await readOva(file, {
    signal: task.signal,
    threads: task.threads,
    onChunk: sampler.push,
    onProgress: (bytes, totalBytes) => task.onProgress(image.file, bytes, totalBytes),
    certificates: { nowIso: task.options.nowIso, ...task.options.certificates },
  });
  if (!read.ok && read.failure.kind !== 'cancelled' && (await hashOf(file, task.signal)) !== image.sha256) {
    throw altered(image);
  }
  const report = unwrap(read);
  if (report.sha256 !== image.sha256) throw altered(image);
  const verifiedAt = task.clock();
  const seconds = (Date.parse(verifiedAt) - began) / 1000;
  const verified = { ...report, samples: sampler.result(), verifiedAt, seconds, toolVersion: task.toolVersion };
  return { image: verified, reused: false };
}

/** The earlier proof of the same bytes by the same version, if the file is still the same. */
async function stillProven(file: string, task: ImageTask): Promise<VerifiedImage | undefined> {
  const known = task.state.verified.find(
    (one) => one.file === file && one.sha256 === task.image.sha256 && one.toolVersion === task.toolVersion,
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

/** A second pass, only after a refusal: were these the signed bytes at all? */
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

function altered(image: CatalogueImage): FailureSignal {
  return new FailureSignal(failure('trust', 'media.image-altered', { file: image.file, sha256: image.sha256 }));
}
