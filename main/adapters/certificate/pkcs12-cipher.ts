/** The protection of a PKCS#12 file: MAC and ciphers. Sources: RFC 7292 appendix B, RFC 8018. */
import { createDecipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type AlgorithmIdentifier, type MacData, PBES2Params, PBKDF2Params } from 'pkijs';
import * as asn1js from 'asn1js';
import forgeRc2 from 'node-forge/lib/rc2.js';
import forgeUtil from 'node-forge/lib/util.js';
import { FailureSignal, failure } from '../../../core/base/errors.ts';
import { children, Malformed } from '../../x509/der.ts';

const derive = promisify(pbkdf2);

/** Most key derivation rounds. Real files ask for fewer. */
const mostRounds = 1_000_000;

interface Digest {
  readonly name: string;
  /** Block size, in bytes. */
  readonly block: number;
}

const digests: Readonly<Record<string, Digest>> = {
  '1.3.14.3.2.26': { name: 'sha1', block: 64 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', block: 64 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', block: 128 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', block: 128 },
};

const pseudoRandomFunctions: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** Key length in bytes. */
const ciphers: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
};

const pbes2 = '1.2.840.113549.1.5.13';
const pbkdf2Oid = '1.2.840.113549.1.5.12';

interface OldCipher {
  readonly keyBytes: number;
  readonly decrypt: (key: Uint8Array, vector: Uint8Array, content: Uint8Array) => Uint8Array | undefined;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** OpenSSL up to 1.1 and older Windows encrypt the certificates with RC2, which node:crypto lacks. */
const rc2 = (bits: number): OldCipher => ({
  keyBytes: bits / 8,
  decrypt: (key, vector, content) => {
    const cipher = forgeRc2.createDecryptionCipher(latin1(key), bits);
    cipher.start(latin1(vector));
    cipher.update(forgeUtil.createBuffer(content));
    return cipher.finish() ? Buffer.from(cipher.output.getBytes(), 'latin1') : undefined;
  },
});

/** The ciphers of PKCS#12's own scheme with SHA-1. RFC 7292 appendix C. */
const oldCiphers: Readonly<Record<string, OldCipher>> = {
  // The Windows export calls it "TripleDES-SHA1".
  '1.2.840.113549.1.12.1.3': {
    keyBytes: 24,
    decrypt: (key, vector, content) => decipher('des-ede3-cbc', key, vector, content),
  },
  '1.2.840.113549.1.12.1.5': rc2(128),
  '1.2.840.113549.1.12.1.6': rc2(40),
};

/** Names of unsupported ciphers, for messages. */
const otherNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.5.14': 'PBMAC1',
  '1.3.6.1.4.1.11591.4.11': 'scrypt',
  '1.2.840.113549.1.12.1.1': 'RC4-128',
  '1.2.840.113549.1.12.1.2': 'RC4-40',
  '1.2.840.113549.1.12.1.4': '2-key 3DES',
};

/** The file and the protection (MAC or encryption), for messages. */
interface Protection {
  readonly file: string;
  readonly code: 'pkcs12-mac' | 'pkcs12-cipher';
}

const unsupported = ({ file, code }: Protection, algorithm: string): FailureSignal =>
  new FailureSignal(failure('input', `certificate.${code}`, { file, algorithm: otherNames[algorithm] ?? algorithm }));

function rounds(protection: Protection, count: number): number {
  if (!(count >= 1 && count <= mostRounds)) throw unsupported(protection, `${count} rounds`);
  return count;
}

/** UTF-16 with the most significant byte first and two zero bytes at the end. */
const passwordBytes = (password: string): Buffer => Buffer.from(`${password}\0`, 'utf16le').swap16();

const repeated = (bytes: Uint8Array, block: number): Buffer => {
  const length = block * Math.ceil(bytes.length / block);
  return Buffer.from(Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0));
};

/** RFC 7292 appendix B.2. `purpose`: 1 key, 2 initialisation vector, 3 MAC key. */
function pkcs12Key(digest: Digest, password: string, salt: Uint8Array, count: number, purpose: number, length: number) {
  const diversifier = Buffer.alloc(digest.block, purpose);
  const blocks = Buffer.concat([repeated(salt, digest.block), repeated(passwordBytes(password), digest.block)]);
  const output: Buffer[] = [];
  for (let made = 0; made < length;) {
    let hash = createHash(digest.name).update(diversifier).update(blocks).digest();
    for (let round = 1; round < count; round++) hash = createHash(digest.name).update(hash).digest();
    output.push(hash);
    made += hash.length;
    const adder = repeated(hash, digest.block).subarray(0, digest.block);
    for (let at = 0; at < blocks.length; at += digest.block) {
      let carry = 1;
      for (let index = digest.block - 1; index >= 0; index--) {
        carry += (blocks[at + index] ?? 0) + (adder[index] ?? 0);
        blocks[at + index] = carry & 0xff;
        carry >>= 8;
      }
    }
  }
  return Buffer.concat(output).subarray(0, length);
}

/** Whether `password` is the file's password. Throws `certificate.pkcs12-mac` for an unsupported digest. */
export function isPassword(
  { mac, macSalt, iterations }: MacData,
  content: Uint8Array,
  password: string,
  file: string,
): boolean {
  const protection: Protection = { file, code: 'pkcs12-mac' };
  const digest = digests[mac.digestAlgorithm.algorithmId];
  if (digest === undefined) throw unsupported(protection, mac.digestAlgorithm.algorithmId);
  const length = createHash(digest.name).digest().length;
  const key = pkcs12Key(
    digest,
    password,
    macSalt.valueBlock.valueHexView,
    rounds(protection, iterations ?? 1),
    3,
    length,
  );
  const wanted = createHmac(digest.name, key).update(content).digest();
  const found = mac.digest.valueBlock.valueHexView;
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

const octets = (block: unknown): Uint8Array => {
  if (!(block instanceof asn1js.OctetString)) throw new Malformed('not an octet string');
  return new Uint8Array(block.getValue());
};

function decipher(name: string, key: Uint8Array, vector: Uint8Array, content: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(name, key, vector);
  return new Uint8Array(Buffer.concat([decipher.update(content), decipher.final()]));
}

function decryptOld(
  { keyBytes, decrypt }: OldCipher,
  parameters: unknown,
  content: Uint8Array,
  password: string,
  protection: Protection,
): Uint8Array {
  const [salt, count] = children(parameters as Parameters<typeof children>[0]);
  if (!(count instanceof asn1js.Integer)) throw new Malformed('no rounds');
  const sha1 = { name: 'sha1', block: 64 };
  const turns = rounds(protection, Number(count.toBigInt()));
  const derived = (purpose: number, length: number): Buffer =>
    pkcs12Key(sha1, password, octets(salt), turns, purpose, length);
  const plain = decrypt(derived(1, keyBytes), derived(2, 8), content);
  if (plain === undefined) throw new Malformed('wrong padding');
  return plain;
}

/** Decrypts the content of a safe. Throws `certificate.pkcs12-cipher` for an unsupported cipher. */
export async function decryptContent(
  { algorithmId, algorithmParams }: AlgorithmIdentifier,
  content: Uint8Array,
  password: string,
  file: string,
): Promise<Uint8Array> {
  const protection: Protection = { file, code: 'pkcs12-cipher' };
  const old = oldCiphers[algorithmId];
  if (old !== undefined) return decryptOld(old, algorithmParams, content, password, protection);
  if (algorithmId !== pbes2) throw unsupported(protection, algorithmId);
  const scheme = new PBES2Params({ schema: algorithmParams as unknown });
  if (scheme.keyDerivationFunc.algorithmId !== pbkdf2Oid)
    throw unsupported(protection, scheme.keyDerivationFunc.algorithmId);
  const parameters = new PBKDF2Params({ schema: scheme.keyDerivationFunc.algorithmParams as unknown });
  const cipher = ciphers[scheme.encryptionScheme.algorithmId];
  const digest = pseudoRandomFunctions[parameters.prf?.algorithmId ?? '1.2.840.113549.2.7'];
  if (cipher === undefined || digest === undefined) throw unsupported(protection, scheme.encryptionScheme.algorithmId);
  const [name, keyBytes] = cipher;
  const key = await derive(
    password,
    octets(parameters.salt),
    rounds(protection, parameters.iterationCount),
    keyBytes,
    digest,
  );
  return decipher(name, key, octets(scheme.encryptionScheme.algorithmParams), content);
}
