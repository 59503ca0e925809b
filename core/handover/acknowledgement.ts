/**
 * ALE's answer to a handover: the document `edge-ack/v1`, signed by ALE, or a code that only a reader of the bundle
 * knows. Source: the product's public contract for the handover.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { z } from 'zod';
import { type Failure, type Result, fail, failure, ok } from '../base/errors.ts';
import { wireguardKeySchema } from '../network/wireguard.ts';
import type { HandoverBundle } from './bundle.ts';
import { confirmationCode } from './confirmation-code.ts';

const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);

/** Readers accept fields that they do not know. */
const acknowledgementSchema = z.looseObject({
  format: z.literal('edge-ack/v1'),
  site: label,
  /** SHA-256 of the encrypted bundle file. */
  bundleSha256: z.string().regex(/^[0-9a-f]{64}$/),
  gateways: z.array(z.looseObject({ vm: label, publicKey: wireguardKeySchema })).min(1),
  created: z.iso.datetime({ offset: true }),
});

export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** The values that an answer must repeat. */
export interface ExpectedAnswer {
  readonly site: string;
  readonly bundleSha256: string;
  readonly gateways: readonly { readonly vm: string; readonly publicKey: string }[];
}

/** ALE's answer to the bundle whose file has this SHA-256. `createdIso`: UTC, ISO 8601. */
export const acknowledge = (bundle: HandoverBundle, bundleSha256: string, createdIso: string): Acknowledgement => ({
  format: 'edge-ack/v1',
  site: bundle.site.name,
  bundleSha256,
  gateways: bundle.gateways.map(({ vm, wireguard }) => ({ vm, publicKey: wireguard.publicKey })),
  created: createdIso,
});

/** The text to sign: indented JSON with a final line feed. */
export const serialiseAcknowledgement = (answer: Acknowledgement): string => `${JSON.stringify(answer, null, 2)}\n`;

/** The first gateway that the answer leaves out, adds, or names with another key. */
function differingGateway({ gateways }: Acknowledgement, expected: ExpectedAnswer): string | undefined {
  const answered = new Map(gateways.map(({ vm, publicKey }) => [vm, publicKey]));
  const wrong = expected.gateways.find(({ vm, publicKey }) => answered.get(vm) !== publicKey)?.vm;
  if (wrong !== undefined) return wrong;
  const known = new Set(expected.gateways.map(({ vm }) => vm));
  return gateways.find(({ vm }, index) => !known.has(vm) || gateways.findIndex((one) => one.vm === vm) < index)?.vm;
}

/**
 * Checks a parsed document against the handover that it answers. The caller has checked the signature. Fails with
 * `handover.not-an-answer` (kind input), and with kind trust: `handover.answer-site`, `handover.answer-bundle`,
 * `handover.answer-gateway`.
 */
export function checkAcknowledgement(document: unknown, expected: ExpectedAnswer): Result<Acknowledgement> {
  const parsed = acknowledgementSchema.safeParse(document);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
    return fail(failure('input', 'handover.not-an-answer', { field: field === '' ? '(document)' : field }));
  }
  const { site, bundleSha256 } = parsed.data;
  if (site !== expected.site) {
    return fail(failure('trust', 'handover.answer-site', { site: expected.site, other: site }));
  }
  if (bundleSha256 !== expected.bundleSha256) {
    const params = { bundle: expected.bundleSha256.slice(0, 16), other: bundleSha256.slice(0, 16) };
    return fail(failure('trust', 'handover.answer-bundle', params));
  }
  const vm = differingGateway(parsed.data, expected);
  return vm === undefined ? ok(parsed.data) : fail(failure('trust', 'handover.answer-gateway', { vm }));
}

/**
 * The answer code, 12 digits in groups of 4: SHA-256 of the ASCII text `edge-ack`, the 32 bytes of the acknowledgement
 * secret and the 32 bytes of the bundle's SHA-256; its first 8 bytes as a big-endian number, modulo 10^12. With
 * standard tools, for the document's values `$secret` and `$sha256`:
 *
 *     python3 -c "import base64,hashlib,sys; d=hashlib.sha256(b'edge-ack'+base64.b64decode(sys.argv[1])+bytes.fromhex(sys.argv[2])).digest(); print('%012d' % (int.from_bytes(d[:8],'big') % 10**12))" "$secret" "$sha256"
 */
export function answerCode(acknowledgementSecret: string, bundleSha256: string): string {
  const message = concatBytes(utf8ToBytes('edge-ack'), base64.decode(acknowledgementSecret), hexToBytes(bundleSha256));
  // Takes 12 digits of a digest as the confirmation code does.
  return confirmationCode(bytesToHex(sha256(message)));
}

const digitsOf = (text: string): string => text.replaceAll(/[\s.-]/g, '');

/**
 * Checks a code that ALE said on the phone. Fails with `handover.answer-code-form` (kind input: no 12 digits), and with
 * kind trust: `handover.answer-code-own` (it is the confirmation code, which only names the file) or
 * `handover.answer-code-wrong`.
 */
export function checkAnswerCode(
  typed: string,
  { acknowledgementSecret, bundleSha256 }: { readonly acknowledgementSecret: string; readonly bundleSha256: string },
): Failure | undefined {
  const digits = digitsOf(typed);
  if (!/^[0-9]{12}$/.test(digits)) return failure('input', 'handover.answer-code-form');
  if (digits === digitsOf(answerCode(acknowledgementSecret, bundleSha256))) return undefined;
  const own = digits === digitsOf(confirmationCode(bundleSha256));
  return failure('trust', own ? 'handover.answer-code-own' : 'handover.answer-code-wrong');
}
