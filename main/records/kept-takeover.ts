/** The record of a site after its deployment: ALE's answer, the confirmed tunnel, the deleted keys, the seal. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Result } from '../../core/base/errors.ts';
import { ownerStages } from '../../core/platform/inventory.ts';
import { makeSiteFolder, siteFolder } from './site-folder.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';

const text = z.string();
const time = z.iso.datetime();

const shape = z.looseObject({
  /** The accepted answer. `by`: a signed file, or the code that ALE said on the phone. */
  answer: z.looseObject({ bundleSha256: text, by: z.enum(['file', 'code']), signer: text, at: time }).optional(),
  /** ALE has answered, and each gateway had a recent handshake. */
  confirmedAt: time.optional(),
  keysDeletedAt: time.optional(),
  sealedAt: time.optional(),
  /** By VM name. A record counts only for the machine with this id on its platform. */
  machines: z
    .record(
      text,
      z.looseObject({
        id: text,
        /** Host key that the machine proved at its first login. */
        hostKey: text.optional(),
        wireguardKey: text.optional(),
        stage: z.enum(ownerStages).optional(),
        /** The seal of this machine has begun. */
        sealBegun: z.boolean().optional(),
        sealedAt: time.optional(),
      }),
    )
    .default({}),
});

export type KeptTakeover = Readonly<z.infer<typeof shape>>;

const nothingYet: KeptTakeover = { machines: {} };

const takeoverFile = (stateDir: string, site: string): StateFile<KeptTakeover> => ({
  path: join(siteFolder(stateDir, site), 'takeover.json'),
  schema: shape,
});

export const keptTakeover = async (stateDir: string, site: string, warn: Warn = silent): Promise<KeptTakeover> =>
  (await readState(takeoverFile(stateDir, site), warn)) ?? nothingYet;

/** Changes the record. Fails as the writing of a state file does (`files.*`). */
export async function keepTakeover(
  stateDir: string,
  site: string,
  change: (before: KeptTakeover) => KeptTakeover,
): Promise<Result<void>> {
  const folder = await makeSiteFolder(stateDir, site);
  if (!folder.ok) return folder;
  return writeState(takeoverFile(stateDir, site), change(await keptTakeover(stateDir, site)));
}

/** After a rollback: the machines are gone. */
export const forgetTakeover = (stateDir: string, site: string): Promise<void> =>
  rm(takeoverFile(stateDir, site).path, { force: true });
