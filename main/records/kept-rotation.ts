/** The handover of new keys that ALE has to enter before the gateways get them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../core/base/errors.ts';
import type { KeptHandover } from './kept-handover.ts';
import type { KeptTakeover } from './kept-takeover.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';
import { handoverShape } from './state-shapes.ts';

export interface KeptRotation extends KeptHandover {
  /** ALE has confirmed this bundle. */
  readonly answer?: NonNullable<KeptTakeover['answer']>;
}

const rotationFile = (stateDir: string, site: string): StateFile<KeptRotation> => ({
  path: join(siteFolder(stateDir, site), 'rotation.json'),
  schema: handoverShape,
});

/** Keeps the newest rotation of a site. Fails with `files.*`. */
export async function keepRotation(stateDir: string, site: string, rotation: KeptRotation): Promise<Result<void>> {
  const folder = await makeSiteFolder(stateDir, site);
  return folder.ok ? writeState(rotationFile(stateDir, site), rotation) : folder;
}

export const keptRotation = (stateDir: string, site: string, warn: Warn = silent): Promise<KeptRotation | undefined> =>
  readState(rotationFile(stateDir, site), warn);

export const forgetRotation = (stateDir: string, site: string): Promise<void> =>
  rm(rotationFile(stateDir, site).path, { force: true }).catch(() => undefined);
