/** ALE's answer: signed by ALE, checked on this laptop. */
import {
  type Acknowledgement,
  type ExpectedAnswer,
  checkAcknowledgement,
  serialiseAcknowledgement,
} from '../../core/handover/acknowledgement.ts';
import { type Failure, type Result, fail, failure } from '../../core/base/errors.ts';
import { type PublicKey, type SecretKey, signText, verifyText } from '../adapters/media/catalogue/minisign.ts';

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
 * `handover.answer-unsigned`, `handover.answer-signer`, `handover.answer-altered`, and as {@link checkAcknowledgement} does.
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
