import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FailureSignal, failure } from '../../../../core/base/errors.ts';
import type { CatalogueImage } from '../../../../core/media/catalogue.ts';

/** Finds the images of a catalogue in the folder and compares their sizes. */

export interface ImagePresence {
  readonly components: readonly string[];
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Size of the file in the folder, in bytes; 0 if it is missing. */
  readonly foundBytes: number;
  /** The files in the folder; their content is not read. */
  readonly state: 'present' | 'missing' | 'short' | 'long';
}

/** Checks one image without reading it. */
export async function presenceOf(folder: string, image: CatalogueImage): Promise<ImagePresence> {
  const stats = await stat(path.join(folder, image.file)).catch(() => undefined);
  const { components, file, size, sha256 } = image;
  const seen = { components, file, sizeBytes: size, sha256, foundBytes: stats?.size ?? 0 };
  if (stats === undefined || !stats.isFile()) return { ...seen, state: 'missing' };
  if (stats.size === size) return { ...seen, state: 'present' };
  return { ...seen, state: stats.size < size ? 'short' : 'long' };
}

/**
 * Names all missing and wrongly sized images at once, so that the user copies them again once. Throws refusals of kind
 * `trust`: `media.image-missing`, `media.image-short`, `media.image-long`, `media.images-incomplete`.
 */
export function refuseAbsent(folder: string, images: readonly ImagePresence[]): void {
  const absent = images.filter(({ state }) => state !== 'present');
  const [first, second] = absent;
  if (first === undefined) return;
  const { file, state, sizeBytes: expected, foundBytes: actual } = first;
  if (second === undefined) {
    throw new FailureSignal(failure('trust', `media.image-${state}`, { file, folder, expected, actual }));
  }
  const files = absent.map((image) => image.file).join(', ');
  throw new FailureSignal(failure('trust', 'media.images-incomplete', { count: absent.length, files, file, folder }));
}
