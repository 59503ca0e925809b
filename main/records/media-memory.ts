/** What this laptop remembers about media, kept in one file of the state folder. */
import { join } from 'node:path';
import { unwrap } from '../../core/base/errors.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { emptyMediaState, type MediaMemory, type MediaState } from '../adapters/media/medium/medium.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { memoryShape } from './state-shapes.ts';

/**
 * The memory in `stateDir`. There is none on a new laptop. A file that is damaged, or that another version wrote in another
 * shape, counts as none: it is warned of, since the releases that were accepted are forgotten with it, and it is kept aside.
 * `save` fails with `files.*`.
 */
export function mediaMemory(stateDir: string, warn: Warn = silent): MediaMemory {
  const file: StateFile<MediaState> = { path: join(stateDir, 'media-memory.json'), schema: memoryShape };
  return {
    load: async () => (await readState(file, warn)) ?? emptyMediaState,
    async save(state) {
      unwrap(await makeFolder(stateDir, 0o700));
      unwrap(await writeState(file, state));
    },
  };
}
