/** The bundle with the next keys, and ALE's answer to it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Result, capture, fail, ok, unwrap } from '../../core/base/errors.ts';
import { checkAnswerCode } from '../../core/handover/acknowledgement.ts';
import { ensureAcknowledgementSecret } from '../adapters/handover/acknowledgement-secret.ts';
import { publicPart } from '../adapters/wireguard/gateway-keys.ts';
import type { KeyRotation } from '../adapters/wireguard/next-keys.ts';
import { type KeptRotation, keepRotation, keptRotation } from '../records/kept-rotation.ts';
import { readInput } from '../system/files/inputs.ts';
import { checkSignedAnswer, readAnswer, trustedKeys } from './acknowledgement.ts';
import { createHandover } from './handover.ts';
import type { Services } from './services.ts';
import { besideSite, type PlannedSite } from './site-input.ts';
import type { SiteMachines } from './site-machines.ts';

/** ALE's answer, as a person gave it. Without one the files that `findAnswer` reads are looked at. */
export interface GivenAnswer {
  /** Path of `ack-<site>.json`. */
  readonly file?: string | undefined;
  /** What ALE said on the phone. */
  readonly code?: string | undefined;
}

async function isUnchanged({ bundleFile, sha256 }: KeptRotation): Promise<boolean> {
  const read = await readInput(bundleFile, 'document');
  return read.ok && createHash('sha256').update(read.value).digest('hex') === sha256;
}

/** The kept bundle where it holds exactly these keys, else a new one. Fails as `createHandover` does. */
export function ensureRotationBundle(
  services: Services,
  planned: PlannedSite,
  machines: SiteMachines,
  rotations: readonly KeyRotation[],
  outDir: string,
): Promise<Result<KeptRotation>> {
  const site = planned.site.site.name;
  return capture(async () => {
    const kept = await keptRotation(services.stateDir, site, services.warn);
    const isCurrent = rotations.every(({ vm, next }) =>
      kept?.gateways.some((one) => one.vm === vm && one.publicKey === next.publicKey),
    );
    // An answered bundle has done its work, also where its file is gone.
    if (kept !== undefined && isCurrent && (kept.answer !== undefined || (await isUnchanged(kept)))) return kept;
    const keys = rotations.map(({ next }) => publicPart(next));
    let made: KeptRotation | undefined;
    const keep = (record: KeptRotation): Promise<Result<void>> => {
      made = record;
      return keepRotation(services.stateDir, site, record);
    };
    unwrap(await createHandover(services, planned, machines, outDir, { keys, keep }));
    // A bug: a handover that was written calls `keep`.
    if (made === undefined) throw new Error('a handover of next keys was not kept');
    return made;
  });
}

/**
 * False where there is no answer yet, or only one to another bundle in the place where every answer of the site stands.
 */
async function fileAnswers(
  services: Services,
  { path, site }: PlannedSite,
  { sha256, gateways }: KeptRotation,
  { given, outDir }: { readonly given: string | undefined; readonly outDir: string },
): Promise<Result<boolean>> {
  const named = site.handover.acknowledgement;
  const usual = named === undefined ? join(outDir, `ack-${site.site.name}.json`) : besideSite(path, named);
  const read = await readAnswer(given ?? usual);
  if (!read.ok) return read;
  if (read.value === undefined) {
    if (given === undefined) return ok(false);
    const missing = await readInput(given, 'document');
    return missing.ok ? ok(false) : missing;
  }
  const expected = { site: site.site.name, bundleSha256: sha256, gateways };
  const answer = checkSignedAnswer(trustedKeys(services), read.value, expected);
  if (answer.ok) return ok(true);
  return given === undefined && answer.failure.code === 'handover.answer-bundle' ? ok(false) : answer;
}

/**
 * The bundle with ALE's confirmation, which is kept; undefined: ALE has not answered yet. Fails as `checkSignedAnswer`
 * and `checkAnswerCode` do for an answer that a person gave.
 */
export function answeredRotation(
  services: Services,
  planned: PlannedSite,
  rotation: KeptRotation,
  { answer: { file, code }, outDir }: { readonly answer: GivenAnswer; readonly outDir: string },
): Promise<Result<Required<Pick<KeptRotation, 'answer'>> | undefined>> {
  const site = planned.site.site.name;
  return capture(async () => {
    if (rotation.answer !== undefined) return { answer: rotation.answer };
    if (code !== undefined) {
      const secret = unwrap(await ensureAcknowledgementSecret(services.secrets, site));
      const wrong = checkAnswerCode(code, { acknowledgementSecret: secret, bundleSha256: rotation.sha256 });
      if (wrong !== undefined) unwrap(fail(wrong));
    } else if (!unwrap(await fileAnswers(services, planned, rotation, { given: file, outDir }))) return undefined;
    const answer = {
      bundleSha256: rotation.sha256,
      by: code === undefined ? 'file' : 'code',
      signer: file ?? '',
      at: services.now().toISOString(),
    } as const;
    unwrap(await keepRotation(services.stateDir, site, { ...rotation, answer }));
    return { answer };
  });
}
