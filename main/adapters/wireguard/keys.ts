/** WireGuard keys as `wg genkey`, `wg genpsk` and `wg pubkey` make them, without those tools. */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { type Result, fail, failure, ok } from '../../../core/base/errors.ts';

/** PKCS #8 around a raw X25519 private key (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const keyBytes = 32;

/** Base64 of exactly 32 bytes, nothing around it. */
export const isKey = (text: string): boolean =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').toString('base64') === text;

/** A private key, base64: 32 random bytes, clamped as RFC 7748 section 5 says. */
export function generatePrivateKey(): string {
  const bytes = randomBytes(keyBytes);
  bytes[0] = (bytes[0] ?? 0) & 248;
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
  return bytes.toString('base64');
}

/** A preshared key, base64: 32 random bytes. */
export const generatePresharedKey = (): string => randomBytes(keyBytes).toString('base64');

/** The public key, base64, that belongs to `privateKey`. Fails with `handover.wireguard-key`; the key is not named. */
export function publicKeyOf(privateKey: string): Result<string> {
  if (!isKey(privateKey)) return fail(failure('input', 'handover.wireguard-key', { vm: '' }));
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, Buffer.from(privateKey, 'base64')]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return ok(spki.subarray(-keyBytes).toString('base64'));
}
