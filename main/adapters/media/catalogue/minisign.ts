import { randomBytes } from 'node:crypto';
import { fail, failure, ok } from '../../../../core/base/errors.ts';
import type { Result } from '../../../../core/base/errors.ts';
import {
  blake,
  kdfStream,
  keyIdBytes,
  keyIdText,
  newSecretKey,
  secretKeyFromSeed,
  sensitiveCost,
  signBytes,
  verifyBytes,
} from './minisign-keys.ts';
import type { PublicKey, SecretKey } from './minisign-keys.ts';

export type { PublicKey, SecretKey } from './minisign-keys.ts';

/** minisign's files, readable and writable by the `minisign` tool in both directions. */

const signatureBytes = 74;
const publicKeyBytes = 42;
const secretKeyBytes = 158;
/** Longest comment that is read, in characters; minisign's own limit is 8192. */
const longestComment = 8192;
const commentPrefix = 'untrusted comment: ';
const trustedPrefix = 'trusted comment: ';

export interface Verified {
  /** The key that signed. */
  readonly key: PublicKey;
  readonly trustedComment: string;
  /** False for minisign's legacy signatures, which sign the data instead of its BLAKE2b hash. */
  readonly prehashed: boolean;
}

/** Reads a public key: the file with its comment line, or the bare base64 line. Fails with `media.key-public`. */
export function parsePublicKey(text: string): Result<PublicKey> {
  const line = lastLine(text);
  const raw = line === undefined ? undefined : decode(line, publicKeyBytes);
  if (raw === undefined || raw.toString('latin1', 0, 2) !== 'Ed') return fail(failure('input', 'media.key-public'));
  return ok({ keyId: keyIdText(raw.subarray(2, 10)), point: raw.subarray(10) });
}

/** The public key file of `key`, byte for byte as minisign writes it: its comment has the id without leading zeros. */
export function formatPublicKey(key: Pick<SecretKey, 'keyId' | 'point'>): string {
  return `${commentPrefix}minisign public key ${key.keyId.replace(/^0+(?=.)/, '')}\n${publicKeyLine(key)}\n`;
}

/** The base64 line of a public key, as `minisign -P` takes it. */
export const publicKeyLine = ({ keyId, point }: PublicKey): string =>
  Buffer.concat([Buffer.from('Ed'), keyIdBytes(keyId), point]).toString('base64');

/** Generates a key pair. `publicKey` is the text to publish, `secretKey` stays with its owner. */
export function generateKeyPair(): { readonly secretKey: SecretKey; readonly publicKey: string } {
  const secretKey = newSecretKey();
  return { secretKey, publicKey: formatPublicKey(secretKey) };
}

/**
 * Reads a secret key file. Fails with `media.key-secret` (no secret key file), `media.key-passphrase-missing`
 * (it is encrypted and none was given), `media.key-passphrase-wrong`. An encrypted key takes up to 1 GiB and seconds.
 */
export async function parseSecretKey(text: string, passphrase?: string): Promise<Result<SecretKey>> {
  const line = lastLine(text);
  const raw = line === undefined ? undefined : decode(line, secretKeyBytes);
  if (raw === undefined || raw.toString('latin1', 0, 2) !== 'Ed' || raw.toString('latin1', 4, 6) !== 'B2') {
    return fail(failure('input', 'media.key-secret'));
  }
  const kdf = raw.toString('latin1', 2, 4);
  if (kdf === '\0\0') return readKey(raw.subarray(54), undefined);
  if (kdf !== 'Sc') return fail(failure('input', 'media.key-secret'));
  if (passphrase === undefined) return fail(failure('input', 'media.key-passphrase-missing'));
  const cost = {
    salt: raw.subarray(6, 38),
    opsLimit: Number(raw.readBigUInt64LE(38)),
    memLimit: Number(raw.readBigUInt64LE(46)),
  };
  const stream = await kdfStream(passphrase, cost, 104);
  if (stream === undefined) return fail(failure('input', 'media.key-secret'));
  return readKey(xor(raw.subarray(54), stream), raw.subarray(0, 2));
}

/** The secret key file of `key`; encrypted, if there is a passphrase, at libsodium's "sensitive" cost (1 GiB). */
export async function formatSecretKey(key: SecretKey, passphrase?: string): Promise<string> {
  const id = keyIdBytes(key.keyId);
  const pair = Buffer.concat([key.seed, key.point]);
  if (passphrase === undefined) {
    const head = Buffer.from('Ed\0\0B2', 'latin1');
    return secretFile(Buffer.concat([head, Buffer.alloc(48), id, pair, Buffer.alloc(32)]));
  }
  const salt = randomBytes(32);
  const limits = Buffer.alloc(16);
  limits.writeBigUInt64LE(BigInt(sensitiveCost.opsLimit), 0);
  limits.writeBigUInt64LE(BigInt(sensitiveCost.memLimit), 8);
  const plain = Buffer.concat([id, pair, blake(Buffer.concat([Buffer.from('Ed'), id, pair]), 32)]);
  const stream = await kdfStream(passphrase, { salt, ...sensitiveCost }, 104);
  // A bug: only the cost of a foreign key can be too high.
  if (stream === undefined) throw new Error('the cost of a new key is within its own limit');
  return secretFile(Buffer.concat([Buffer.from('EdScB2'), salt, limits, xor(plain, stream)]));
}

/** Signs `data` (prehashed) and returns the text of the `.minisig` file. `trustedComment` is one line. */
export function signText(key: SecretKey, data: Uint8Array, trustedComment: string): string {
  const signature = signBytes(key, blake(data, 64));
  const comment = Buffer.from(trustedComment, 'utf8');
  const globalSignature = signBytes(key, Buffer.concat([signature, comment]));
  const line = Buffer.concat([Buffer.from('ED'), keyIdBytes(key.keyId), signature]).toString('base64');
  return `${commentPrefix}signature by edge-installer\n${line}\n${trustedPrefix}${trustedComment}\n${globalSignature.toString('base64')}\n`;
}

/**
 * Checks a `.minisig` file over `data` against the trusted keys.
 * Fails (kind trust) with `media.signature-format`, `media.signature-unknown-key` (`keyId`: the key is not trusted),
 * `media.signature-invalid` (the data or the trusted comment is not what that key signed).
 */
export function verifyText(keys: readonly PublicKey[], data: Uint8Array, signatureText: string): Result<Verified> {
  const parsed = parseSignature(signatureText);
  if (parsed === undefined) return fail(failure('trust', 'media.signature-format'));
  const { keyId, prehashed, signature, trustedComment, globalSignature } = parsed;
  const sameId = keys.filter((key) => key.keyId === keyId);
  if (sameId.length === 0) return fail(failure('trust', 'media.signature-unknown-key', { keyId }));
  const message = prehashed ? blake(data, 64) : data;
  const covered = Buffer.concat([signature, Buffer.from(trustedComment, 'utf8')]);
  const key = sameId.find((one) => verifyBytes(one, message, signature) && verifyBytes(one, covered, globalSignature));
  if (key === undefined) return fail(failure('trust', 'media.signature-invalid', { keyId }));
  return ok({ key, trustedComment, prehashed });
}

interface Signature extends Omit<Verified, 'key'> {
  readonly keyId: string;
  readonly signature: Buffer;
  readonly globalSignature: Buffer;
}

function parseSignature(text: string): Signature | undefined {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const [untrusted, body, trusted, global, ...rest] = lines;
  if (untrusted === undefined || body === undefined || trusted === undefined || global === undefined) return undefined;
  if (rest.some((line) => line !== '')) return undefined;
  if (!untrusted.startsWith(commentPrefix) || !trusted.startsWith(trustedPrefix)) return undefined;
  if (untrusted.length > longestComment || trusted.length > longestComment) return undefined;
  const raw = decode(body, signatureBytes);
  const globalSignature = decode(global, 64);
  if (raw === undefined || globalSignature === undefined) return undefined;
  const algorithm = raw.toString('latin1', 0, 2);
  if (algorithm !== 'ED' && algorithm !== 'Ed') return undefined;
  return {
    keyId: keyIdText(raw.subarray(2, 10)),
    prehashed: algorithm === 'ED',
    signature: raw.subarray(10),
    trustedComment: trusted.slice(trustedPrefix.length),
    globalSignature,
  };
}

function readKey(body: Buffer, checkedPrefix: Buffer | undefined): Result<SecretKey> {
  const pair = body.subarray(0, 72);
  if (checkedPrefix !== undefined) {
    const expected = Buffer.from(blake(Buffer.concat([checkedPrefix, pair]), 32));
    if (!expected.equals(body.subarray(72, 104))) return fail(failure('input', 'media.key-passphrase-wrong'));
  }
  const key = secretKeyFromSeed(keyIdText(pair.subarray(0, 8)), pair.subarray(8, 40));
  // The file holds the public point as well; signatures of a mismatched pair could not be verified.
  if (!Buffer.from(key.point).equals(pair.subarray(40, 72))) return fail(failure('input', 'media.key-secret'));
  return ok(key);
}

function secretFile(raw: Buffer): string {
  return `${commentPrefix}minisign encrypted secret key\n${raw.toString('base64')}\n`;
}

function lastLine(text: string): string | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > 2) return undefined;
  if (lines.length === 2 && lines[0]?.startsWith('untrusted comment:') !== true) return undefined;
  return lines[lines.length - 1];
}

/** Strict base64 of exactly `length` bytes; anything else is undefined. */
function decode(line: string, length: number): Buffer | undefined {
  const raw = Buffer.from(line.trim(), 'base64');
  return raw.length === length && raw.toString('base64') === line.trim() ? raw : undefined;
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}
