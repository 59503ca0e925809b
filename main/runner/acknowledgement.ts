/** ALE's answer: signed by ALE or said on the phone, checked and recorded on this laptop. */
import { join } from 'node:path';
import {
  type Acknowledgement,
  type ExpectedAnswer,
  checkAcknowledgement,
  checkAnswerCode,
  serialiseAcknowledgement,
} from '../../core/handover/acknowledgement.ts';
import { type Failure, type Result, fail, failure, ok } from '../../core/base/errors.ts';
import { acknowledgementSecretName } from '../adapters/handover/acknowledgement-secret.ts';
import {
  parsePublicKey,
  type PublicKey,
  type SecretKey,
  signText,
  verifyText,
} from '../adapters/media/catalogue/minisign.ts';
import { keptHandover } from '../records/kept-handover.ts';
import { keepTakeover, keptTakeover } from '../records/kept-takeover.ts';
import { readInput } from '../system/files/inputs.ts';
import type { Services } from './services.ts';
import { besideSite, type PlannedSite } from './site-input.ts';

/** Content of `ack-<site>.json` and of its signature file. */
export interface SignedAnswer {
  readonly document: string;
  readonly signature: string;
}

/** Signs an answer as `minisign -S` does; the trusted comment names format, site and time. */
export function signAnswer(key: SecretKey, answer: Acknowledgement): SignedAnswer {
  const document = serialiseAcknowledgement(answer);
  const comment = `edge-ack ${answer.site} ${answer.created}`;
  return { document, signature: signText(key, Buffer.from(document), comment) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Failures of an answer's signature have their own texts, unlike those of a medium. */
function signatureFailure({ code, params }: Failure): Failure {
  switch (code) {
    case 'media.signature-unknown-key':
      return failure('trust', 'handover.answer-signer', params);
    case 'media.signature-invalid':
      return failure('trust', 'handover.answer-altered', params);
    default:
      return failure('trust', 'handover.answer-unsigned');
  }
}

/**
 * Checks the signature, then the content. `keys`: the minisign keys that the site trusts. Fails with kind trust:
 * `handover.answer-unsigned`, `handover.answer-signer`, `handover.answer-altered`, and as {@link checkAcknowledgement}
 * does.
 */
export function checkSignedAnswer(
  keys: readonly PublicKey[],
  { document, signature }: { readonly document: Uint8Array; readonly signature: string },
  expected: ExpectedAnswer,
): Result<Acknowledgement> {
  const verified = verifyText(keys, document, signature);
  if (!verified.ok) return fail(signatureFailure(verified.failure));
  return checkAcknowledgement(parseJson(Buffer.from(document).toString('utf8')), expected);
}

/** The handover that an answer must repeat; undefined if this computer and the folder have none. */
async function expectedAnswer(
  { stateDir, warn }: Services,
  { site }: PlannedSite,
): Promise<ExpectedAnswer | undefined> {
  const kept = await keptHandover(stateDir, site.site.name, warn);
  return kept === undefined ? undefined : { site: site.site.name, bundleSha256: kept.sha256, gateways: kept.gateways };
}

/** The keys that may sign an answer. */
export const trustedKeys = ({ trustedKeys: known }: Services): PublicKey[] =>
  known.flatMap(({ publicKeyText }) => {
    const key = parsePublicKey(publicKeyText);
    return key.ok ? [key.value] : [];
  });

/** Reads the answer and its signature beside it. Undefined: the file is not there yet. Fails with `files.*`. */
export async function readAnswer(
  file: string,
): Promise<Result<{ document: Uint8Array; signature: string } | undefined>> {
  const document = await readInput(file, 'document');
  if (!document.ok) return document.failure.code === 'files.missing' ? ok(undefined) : document;
  const signature = await readInput(`${file}.minisig`, 'document');
  if (!signature.ok && signature.failure.code !== 'files.missing') return signature;
  return ok({ document: document.value, signature: signature.ok ? signature.value.toString('utf8') : '' });
}

async function keepAnswer(
  { stateDir, now }: Services,
  { site }: PlannedSite,
  answer: { readonly bundleSha256: string; readonly by: 'file' | 'code'; readonly signer: string },
): Promise<Result<void>> {
  const at = now().toISOString();
  return keepTakeover(stateDir, site.site.name, (before) => ({ ...before, answer: { ...answer, at } }));
}

/**
 * Checks a signed answer and records it. Fails as {@link checkSignedAnswer} does, with `handover.no-bundle` and
 * `files.*`.
 */
export async function acceptAnswerFile(
  services: Services,
  planned: PlannedSite,
  file: string,
): Promise<Result<'accepted' | undefined>> {
  const read = await readAnswer(file);
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const expected = await expectedAnswer(services, planned);
  if (expected === undefined) return fail(failure('input', 'handover.no-bundle', { site: planned.site.site.name }));
  const checked = checkSignedAnswer(trustedKeys(services), read.value, expected);
  if (!checked.ok) return checked;
  const { bundleSha256 } = expected;
  const kept = await keepAnswer(services, planned, { bundleSha256, by: 'file', signer: file });
  return kept.ok ? ok('accepted') : kept;
}

/**
 * Checks the code that ALE said on the phone and records it. Fails as `checkAnswerCode` does, or with
 * `handover.no-bundle`.
 */
export async function acceptAnswerCode(services: Services, planned: PlannedSite, typed: string): Promise<Result<void>> {
  const expected = await expectedAnswer(services, planned);
  const secret = await services.secrets.get(acknowledgementSecretName(planned.site.site.name));
  if (!secret.ok) return secret;
  if (expected === undefined || secret.value === undefined) {
    return fail(failure('input', 'handover.no-bundle', { site: planned.site.site.name }));
  }
  const { bundleSha256 } = expected;
  const wrong = checkAnswerCode(typed, { acknowledgementSecret: secret.value, bundleSha256 });
  return wrong === undefined ? keepAnswer(services, planned, { bundleSha256, by: 'code', signer: '' }) : fail(wrong);
}

/**
 * The answer to the newest bundle: recorded before, or the file that the site file names, or `ack-<site>.json` in
 * `outDir`. Undefined: there is none yet. Fails as {@link acceptAnswerFile} does.
 */
export async function findAnswer(
  services: Services,
  planned: PlannedSite,
  outDir: string,
): Promise<Result<'accepted' | undefined>> {
  const { site, path } = planned;
  const { answer } = await keptTakeover(services.stateDir, site.site.name, services.warn);
  const expected = await expectedAnswer(services, planned);
  if (answer !== undefined && answer.bundleSha256 === expected?.bundleSha256) return ok('accepted');
  const named = site.handover.acknowledgement;
  const file = named === undefined ? join(outDir, `ack-${site.site.name}.json`) : besideSite(path, named);
  return acceptAnswerFile(services, planned, file);
}
