/** State about media on this laptop, in one file of the state folder. */
import { join } from 'node:path';
import { unwrap } from '../../core/base/errors.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { emptyMediaState, type MediaMemory, type MediaState } from '../adapters/media/medium/medium.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { memoryShape } from './state-shapes.ts';

/**
 * The memory in `stateDir`. A new laptop has none. A file that is damaged or in another version's
 * format counts as none and is kept aside, with a warning, since the accepted releases are lost with it.
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
