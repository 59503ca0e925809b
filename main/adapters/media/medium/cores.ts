import { cpus } from 'node:os';

/** How many images are worth reading at once: one per core, at most 4, since the disk is shared. */
export function availableParallelism(): number {
  return Math.min(4, Math.max(1, cpus().length));
}
