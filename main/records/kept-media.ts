/** The newest evidence of a site's medium. */
import { join } from 'node:path';
import type { Result } from '../../core/base/errors.ts';
import type { MediaFacts } from '../../core/media/facts.ts';
import { writeMediaProof } from './media-proof.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { mediaShape } from './state-shapes.ts';

const mediaFile = (stateDir: string, site: string): StateFile<MediaFacts> => ({
  path: join(siteFolder(stateDir, site), 'media.json'),
  schema: mediaShape,
});

/**
 * Keeps the newest media evidence, also as files in the folder `media` that `minisign` and `sha256sum` can check. Fails
 * with `files.*`.
 */
export async function keepMedia(stateDir: string, site: string, facts: MediaFacts): Promise<Result<void>> {
  const folder = await makeSiteFolder(stateDir, site);
  if (!folder.ok) return folder;
  const proof = await writeMediaProof(join(folder.value, 'media'), facts);
  return proof.ok ? writeState(mediaFile(stateDir, site), facts) : proof;
}

/** A record in another format is undefined too: the medium is then verified again. */
export const keptMedia = (stateDir: string, site: string, warn: Warn = silent): Promise<MediaFacts | undefined> =>
  readState(mediaFile(stateDir, site), warn);
