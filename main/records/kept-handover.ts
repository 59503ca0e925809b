/** The newest handover of a site. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Result } from '../../core/base/errors.ts';
import type { HandoverRecord } from '../../core/run/record.ts';
import { readInput } from '../system/files/inputs.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { handoverShape } from './state-shapes.ts';

export interface KeptHandover extends HandoverRecord {
  readonly textFile: string;
  readonly qrPayload: string;
  /** SHA-256 of the bundle's content and recipients; missing in records of earlier versions. */
  readonly contentSha256?: string;
}

const handoverFile = (stateDir: string, site: string): StateFile<KeptHandover> => ({
  path: join(siteFolder(stateDir, site), 'handover.json'),
  schema: handoverShape,
});

/** Keeps the newest handover of a site. Fails with `files.*`. */
export async function keepHandover(stateDir: string, site: string, handover: KeptHandover): Promise<Result<void>> {
  const folder = await makeSiteFolder(stateDir, site);
  return folder.ok ? writeState(handoverFile(stateDir, site), handover) : folder;
}

export const keptHandover = (stateDir: string, site: string, warn: Warn = silent): Promise<KeptHandover | undefined> =>
  readState(handoverFile(stateDir, site), warn);

export interface ReadableHandover extends KeptHandover {
  /** The public text file of the bundle. */
  readonly publicText: string;
}

/** The kept handover with its text. Undefined if none was written, or its files are missing or altered. */
export async function readableHandover(
  stateDir: string,
  site: string,
  warn: Warn = silent,
): Promise<ReadableHandover | undefined> {
  const kept = await keptHandover(stateDir, site, warn);
  if (kept === undefined) return undefined;
  const [bundle, words] = await Promise.all([
    readInput(kept.bundleFile, 'document'),
    readInput(kept.textFile, 'document'),
  ]);
  if (!bundle.ok || !words.ok) return undefined;
  if (createHash('sha256').update(bundle.value).digest('hex') !== kept.sha256) return undefined;
  return { ...kept, publicText: words.value.toString('utf8') };
}
