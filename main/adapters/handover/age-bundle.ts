/** The handover's envelope: age with X25519 recipients. The standard `age` tool reads and writes the same files. */
import { Decrypter, Encrypter, armor } from 'age-encryption';
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';
import { type HandoverBundle, parseHandoverBundle, serialiseHandoverBundle } from '../../../core/handover/bundle.ts';

const magic = 'age-encryption.org/v1\n';
const armorStart = '-----BEGIN AGE ENCRYPTED FILE-----';

/** Shortens a refused recipient for a message. A secret key that was pasted by mistake is never shown. */
const shown = (recipient: string): string =>
  /^age-secret-key/i.test(recipient) ? 'AGE-SECRET-KEY-…' : recipient.slice(0, 80);

/**
 * Whether `recipient` is an X25519 recipient: bech32, lower case, 32 bytes. Other kinds (`age1pq…`, plug-ins) are not.
 */
function isX25519Recipient(recipient: string): boolean {
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(recipient)) return false;
  try {
    new Encrypter().addRecipient(recipient);
    return true;
  } catch {
    return false;
  }
}

/**
 * The recipients to encrypt to, without blanks around them and without repetitions. Fails with `handover.no-recipients`
 * or with `handover.recipient-invalid`, which names the bad one.
 */
export function checkRecipients(recipients: readonly string[]): Result<readonly string[]> {
  const unique = [...new Set(recipients.map((recipient) => recipient.trim()))];
  if (unique.length === 0) return fail(failure('input', 'handover.no-recipients'));
  const bad = unique.find((recipient) => !isX25519Recipient(recipient));
  if (bad !== undefined) return fail(failure('input', 'handover.recipient-invalid', { recipient: shown(bad) }));
  return ok(unique);
}

/** Encrypts a text to every recipient. Two seals of one text differ. Fails as {@link checkRecipients} does. */
export async function sealText(text: string, recipients: readonly string[]): Promise<Result<Uint8Array>> {
  const checked = checkRecipients(recipients);
  if (!checked.ok) return checked;
  for (const recipient of checked.value) {
    // A point of low order is valid bech32 but gives no shared secret. Find the recipient at fault.
    const single = new Encrypter();
    single.addRecipient(recipient);
    try {
      await single.encrypt('');
    } catch {
      return fail(failure('input', 'handover.recipient-invalid', { recipient: shown(recipient) }));
    }
  }
  const encrypter = new Encrypter();
  for (const recipient of checked.value) encrypter.addRecipient(recipient);
  return ok(await encrypter.encrypt(text));
}

/** Encrypts the bundle to every recipient, as {@link sealText} does. */
export const sealBundle = (bundle: HandoverBundle, recipients: readonly string[]): Promise<Result<Uint8Array>> =>
  sealText(serialiseHandoverBundle(bundle), recipients);

/** Files that are mistaken for an age identity, by the way they begin. */
const noIdentities: readonly (readonly [start: RegExp, code: string])[] = [
  [/^(?:age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE-----)/, 'handover.identity-encrypted'],
  [/^age1/, 'handover.identity-recipient'],
  [/^(?:-----BEGIN [A-Z ]*PRIVATE KEY-----|ssh-)/, 'handover.identity-ssh'],
  [/^AGE-PLUGIN-/, 'handover.identity-plugin'],
];

/**
 * The secret keys in an identity file as `age-keygen` writes it: comments, blank lines, one key a line. Fails with
 * `handover.identity-encrypted`, `-recipient`, `-ssh` or `-plugin` for such a file, and with
 * `handover.identity-invalid`, which names the line, not its content.
 */
export function readIdentities(identityText: string): Result<readonly string[]> {
  const identities: string[] = [];
  for (const [index, raw] of identityText
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const other = noIdentities.find(([start]) => start.test(line))?.[1];
    if (other !== undefined) return fail(failure('input', other));
    try {
      new Decrypter().addIdentity(line);
    } catch {
      return fail(failure('input', 'handover.identity-invalid', { line: index + 1 }));
    }
    identities.push(line);
  }
  return identities.length > 0 ? ok(identities) : fail(failure('input', 'handover.identity-invalid', { line: 0 }));
}

/** The binary form of a file that may be armored. Undefined: this is no age file at all. */
function binary(file: Uint8Array): Result<Uint8Array> {
  const start = Buffer.from(file.subarray(0, 256)).toString('latin1');
  if (start.startsWith(magic)) return ok(file);
  if (!start.trimStart().startsWith(armorStart)) return fail(failure('input', 'handover.not-age'));
  try {
    return ok(armor.decode(Buffer.from(file).toString('latin1')));
  } catch {
    return fail(failure('trust', 'handover.altered'));
  }
}

async function decrypt(file: Uint8Array, identities: readonly string[]): Promise<Result<string>> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return ok(await decrypter.decrypt(file, 'text'));
  } catch (error) {
    const wrong = error instanceof Error && error.message.startsWith('no identity matched');
    return fail(wrong ? failure('input', 'handover.wrong-identity') : failure('trust', 'handover.altered'));
  }
}

export interface OpenedBundle {
  readonly bundle: HandoverBundle;
  /** The document as it was written. */
  readonly json: string;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Opens a file with the content of an identity file. Fails with kind `input`: `handover.not-age`,
 * `handover.identity-invalid`, `handover.wrong-identity`; with kind `trust`: `handover.altered` (truncated or changed
 * since it was written).
 */
export async function openText(file: Uint8Array, identityText: string): Promise<Result<string>> {
  const identities = readIdentities(identityText);
  if (!identities.ok) return identities;
  const bytes = binary(file);
  return bytes.ok ? decrypt(bytes.value, identities.value) : bytes;
}

/** Opens a bundle. Fails as {@link openText} does, and with `handover.not-a-handover` (kind `input`). */
export async function openBundle(file: Uint8Array, identityText: string): Promise<Result<OpenedBundle>> {
  const json = await openText(file, identityText);
  if (!json.ok) return json;
  const bundle = parseHandoverBundle(parseJson(json.value));
  return bundle.ok ? ok({ bundle: bundle.value, json: json.value }) : bundle;
}
