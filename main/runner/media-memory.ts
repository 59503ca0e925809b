/** What this laptop remembers about media, kept in one file of the state folder. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureSignal } from '../../core/errors.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { emptyMediaState, type MediaMemory, type MediaState } from '../adapters/media/medium.ts';

/**
 * A memory that was lost or damaged is an empty one: then images are read again. The newest accepted releases are lost
 * with it, which is why it is written as a whole or not at all.
 */
export function mediaMemory(stateDir: string): MediaMemory {
  const path = join(stateDir, 'media-memory.json');
  return {
    async load() {
      try {
        return { ...emptyMediaState, ...(JSON.parse(await readFile(path, 'utf8')) as MediaState) };
      } catch {
        return emptyMediaState;
      }
    },
    async save(state) {
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
      const written = await writeFileAtomic(path, JSON.stringify(state), { mode: 0o600 });
      if (!written.ok) throw new FailureSignal(written.failure);
    },
  };
}
