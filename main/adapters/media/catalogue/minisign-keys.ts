import { createPrivateKey, createPublicKey, randomBytes, scrypt, sign, verify } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';

/**
 * The key material of minisign: Ed25519 through node:crypto, the scrypt cost as libsodium derives it.
 * Format: https://jedisct1.github.io/minisign/#signature-format
 */

// BLAKE2b comes from a library: Electron's crypto (BoringSSL) has none.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export interface PublicKey {
  /** Key id as minisign prints it: 16 upper-case hex digits. */
  readonly keyId: string;
  readonly point: Uint8Array;
}

export interface SecretKey {
  readonly keyId: string;
  readonly seed: Uint8Array;
  readonly point: Uint8Array;
}

/** What the scrypt step of an encrypted secret key needs. Limits in libsodium's units (operations, bytes). */
export interface KdfCost {
  readonly salt: Uint8Array;
  readonly opsLimit: number;
  readonly memLimit: number;
}

/** BLAKE2b with an output of `length` bytes. */
export function blake(data: Uint8Array, length: 32 | 64): Uint8Array {
  return blake2b(data, { dkLen: length });
}

/** minisign stores the key id little-endian and prints it as a number. */
export function keyIdText(raw: Buffer): string {
  return raw.readBigUInt64LE(0).toString(16).toUpperCase().padStart(16, '0');
}

export function keyIdBytes(text: string): Buffer {
  const raw = Buffer.alloc(8);
  raw.writeBigUInt64LE(BigInt(`0x${text}`));
  return raw;
}

export function newSecretKey(): SecretKey {
  return secretKeyFromSeed(keyIdText(randomBytes(8)), randomBytes(32));
}

/** The secret key that belongs to a 32-byte seed. */
export function secretKeyFromSeed(keyId: string, seed: Uint8Array): SecretKey {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { keyId, seed, point: spki.subarray(spkiPrefix.length) };
}

export function signBytes(key: SecretKey, message: Uint8Array): Buffer {
  const handle = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, key.seed]), format: 'der', type: 'pkcs8' });
  return sign(null, message, handle);
}

export function verifyBytes(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const handle = createPublicKey({ key: Buffer.concat([spkiPrefix, key.point]), format: 'der', type: 'spki' });
  return verify(null, message, handle, signature);
}

/** libsodium's cost of a new key: 2^20 blocks, 1 GiB of memory, some seconds. */
export const sensitiveCost = { opsLimit: 33_554_432, memLimit: 1_073_741_824 } as const;

/** No secret key may ask for more memory than libsodium's own "sensitive" level, in bytes. */
const mostMemory = 1_073_741_824;

/** The scrypt stream of `length` bytes; undefined when the cost is beyond {@link sensitiveCost}. */
export function kdfStream(passphrase: string, cost: KdfCost, length: number): Promise<Buffer | undefined> {
  const { blocks, parallel } = scryptParameters(cost.opsLimit, cost.memLimit);
  const memory = 128 * 8 * blocks + 128 * 8 * parallel;
  if (blocks * 1024 > mostMemory || parallel > 64) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const options = { N: blocks, r: 8, p: parallel, maxmem: memory + 64 * 1024 * 1024 };
    scrypt(passphrase, cost.salt, length, options, (error, stream) => {
      if (error === null) resolve(stream);
      else reject(error);
    });
  });
}

/** libsodium's `pickparams` (crypto_pwhash_scryptsalsa208sha256): limits to scrypt's N and p, with r = 8. */
function scryptParameters(opsLimit: number, memLimit: number): { readonly blocks: number; readonly parallel: number } {
  const operations = Math.max(opsLimit, 32_768);
  const memoryBound = operations >= memLimit / 32;
  const mostBlocks = memoryBound ? Math.floor(memLimit / 1024) : Math.floor(operations / 32);
  let exponent = 1;
  while (exponent < 63 && 2 ** exponent <= mostBlocks / 2) exponent++;
  const blocks = 2 ** exponent;
  if (!memoryBound) return { blocks, parallel: 1 };
  const product = Math.min(Math.floor(operations / 4 / blocks), 0x3fff_ffff);
  return { blocks, parallel: Math.max(1, Math.floor(product / 8)) };
}
