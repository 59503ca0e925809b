/** What this laptop remembers about media, kept in one file of the state folder. */
import { join } from 'node:path';
import { z } from 'zod';
import { FailureSignal, failure, unwrap } from '../../core/errors.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { makeFolder, readInput } from '../adapters/files/inputs.ts';
import { emptyMediaState, type MediaMemory, type MediaState } from '../adapters/media/medium.ts';

/** As far as trust depends on it. An image of another version is never looked into: its tool version differs. */
const memorySchema = z.looseObject({
  signers: z.record(z.string(), z.object({ release: z.string(), created: z.iso.datetime() })),
  newestSignedTime: z.iso.datetime().optional(),
  verified: z.array(
    z.looseObject({ file: z.string(), sha256: z.string(), toolVersion: z.string(), verifiedAt: z.iso.datetime() }),
  ),
});

/**
 * The memory in `stateDir`. There is none on a new laptop. One that is damaged is a refusal, `media.memory-damaged` (kind
 * trust), and not the same as none: with it the releases that were accepted would be forgotten in silence. Fails with
 * `files.*` when it cannot be read or written.
 */
export function mediaMemory(stateDir: string): MediaMemory {
  const path = join(stateDir, 'media-memory.json');
  return {
    async load() {
      const read = await readInput(path, 'record');
      if (!read.ok && read.failure.code === 'files.missing') return emptyMediaState;
      if (!read.ok) throw new FailureSignal({ ...read.failure, kind: 'operation' });
      const parsed = memorySchema.safeParse(jsonIn(read.value.toString('utf8')));
      if (!parsed.success) throw new FailureSignal(failure('trust', 'media.memory-damaged', { path }));
      return parsed.data as unknown as MediaState;
    },
    async save(state) {
      unwrap(await makeFolder(stateDir, 0o700));
      unwrap(await writeFileAtomic(path, JSON.stringify(state), { mode: 0o600 }));
    },
  };
}

/** Undefined for what is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
