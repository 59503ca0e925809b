import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FailureSignal, failure } from '../../../../core/base/errors.ts';
import type { CatalogueImage } from '../../../../core/media/catalogue.ts';

/** Which images of a catalogue lie in the folder, and whether they are as long as it says. */

export interface ImagePresence {
  readonly components: readonly string[];
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Size of what lies in the folder; 0 when it is missing. */
  readonly foundBytes: number;
  /** What lies in the folder; nothing is read yet. */
  readonly state: 'present' | 'missing' | 'short' | 'long';
}

/** Looks at one image; nothing is read. */
export async function presenceOf(folder: string, image: CatalogueImage): Promise<ImagePresence> {
  const stats = await stat(path.join(folder, image.file)).catch(() => undefined);
  const { components, file, size, sha256 } = image;
  const seen = { components, file, sizeBytes: size, sha256, foundBytes: stats?.size ?? 0 };
  if (stats === undefined || !stats.isFile()) return { ...seen, state: 'missing' };
  if (stats.size === size) return { ...seen, state: 'present' };
  return { ...seen, state: stats.size < size ? 'short' : 'long' };
}

/**
 * All that is missing or of a wrong size is named at once: whoever copies it again does so once. Throws refusals of kind
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
