/** The evidence of a medium as files for standard tools, beside the journal and beside the summary. */
import { join } from 'node:path';
import { ok, type Result } from '../../core/base/errors.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import { proofFiles } from '../../core/media/proof.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';

/** Writes catalogue, signature, key and hashes into `folder`, which is created if missing. Fails with `files.*`. */
export async function writeMediaProof(folder: string, media: MediaFacts): Promise<Result<void>> {
  const made = await makeFolder(folder);
  if (!made.ok) return made;
  for (const { name, text } of proofFiles(media)) {
    const written = await writeFileAtomic(join(folder, name), text);
    if (!written.ok) return written;
  }
  return ok(undefined);
}
