import { cpus } from 'node:os';

/** Number of images to read at once: one per core, at most 4, since the disk is shared. */
export function availableParallelism(): number {
  return Math.min(4, Math.max(1, cpus().length));
}
