/**
 * age's passphrase stanza with the system's scrypt: the library derives the key in JavaScript, which takes over a
 * second. Source: C2SP, age, "scrypt recipient stanza".
 */
import { randomBytes, scrypt } from 'node:crypto';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { type Identity, type Recipient, Stanza } from 'age-encryption';

/** A stanza that age does not allow. The library passes it on, and the vault reports a damaged file. */
class BadStanza extends Error {}

const label = 'age-encryption.org/v1/scrypt';
const blockSize = 8;
const saltBytes = 16;
/** Largest log2 of the cost, as in the library. 20 needs 1 GiB. */
const mostWorkFactor = 20;

/** The key that wraps the file key: 32 bytes. Takes 1 KiB × 2^workFactor of memory, outside the main thread. */
function deriveKey(passphrase: string, salt: Uint8Array, workFactor: number): Promise<Uint8Array> {
  const cost = 2 ** workFactor;
  const options = { N: cost, r: blockSize, p: 1, maxmem: 256 * blockSize * cost };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.concat([Buffer.from(label), salt]), 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

// Each key wraps one file key, so the nonce is constant.
const cipher = (key: Uint8Array): ReturnType<typeof chacha20poly1305> => chacha20poly1305(key, new Uint8Array(12));

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** Encrypts to a passphrase. `workFactor`: log2 of scrypt's cost. */
export const passphraseRecipient = (passphrase: string, workFactor: number): Recipient => ({
  async wrapFileKey(fileKey) {
    const salt = randomBytes(saltBytes);
    const key = await deriveKey(passphrase, salt, workFactor);
    return [new Stanza(['scrypt', unpadded(salt), String(workFactor)], cipher(key).encrypt(fileKey))];
  },
});

/** The salt and work factor of a stanza. Throws on a form that age does not allow. */
function readStanza({ args, body }: Stanza): { readonly salt: Buffer; readonly workFactor: number } {
  const [, text = '', factor = ''] = args;
  const salt = Buffer.from(text, 'base64');
  const isSound = args.length === 3 && salt.length === saltBytes && unpadded(salt) === text && body.length === 32;
  if (!isSound || !/^[1-9][0-9]*$/.test(factor)) throw new BadStanza('invalid scrypt stanza');
  if (Number(factor) > mostWorkFactor) throw new BadStanza('scrypt work factor is too high');
  return { salt, workFactor: Number(factor) };
}

/** Unwraps the file key of a passphrase stanza; null if the passphrase is wrong. */
export const passphraseIdentity = (passphrase: string): Identity => ({
  async unwrapFileKey(stanzas) {
    const [stanza] = stanzas;
    if (stanza?.args[0] !== 'scrypt') return null;
    if (stanzas.length > 1) throw new BadStanza('scrypt recipient is not the only one in the header');
    const { salt, workFactor } = readStanza(stanza);
    const key = await deriveKey(passphrase, salt, workFactor);
    try {
      return cipher(key).decrypt(stanza.body);
    } catch {
      return null;
    }
  },
});
