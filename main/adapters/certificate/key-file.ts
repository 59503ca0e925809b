/** A file that a user names as the private key: the key in it, or what the file is instead. */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { AlgorithmIdentifier } from 'pkijs';
import * as asn1js from 'asn1js';
import type { KeyFileFault, KeyMatch } from '../../../core/certificate/evidence.ts';
import { FailureSignal } from '../../../core/base/errors.ts';
import { type DerKind, derKind } from './der-kind.ts';
import { children, parseDer } from '../../x509/der.ts';
import { bareBase64, isPem, type PemBlock, pemText, readPem, textOf } from './pem.ts';
import { decryptContent } from './pkcs12-cipher.ts';
import { readPkcs12 } from './pkcs12.ts';

/** Private keys (never empty), or the reason why there is none. */
export type KeyFile = { readonly keys: readonly KeyObject[] } | { readonly fault: KeyFileFault };

const sshText =
  /^(?:ssh-[a-z0-9]+|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) AAAA|^PuTTY-User-Key-File-|^---- BEGIN SSH2 /m;

const forms = ['pkcs8', 'pkcs1', 'sec1'] as const;

function keyOfDer(der: Uint8Array): KeyFile {
  for (const type of forms) {
    try {
      return { keys: [createPrivateKey({ key: Buffer.from(der), format: 'der', type })] };
    } catch {
      // Another form, or no key.
    }
  }
  return { fault: 'unreadable' };
}

/** An encrypted PKCS#8 key. An empty passphrase counts as none. RFC 5958 section 3. */
async function keyOfEncrypted(der: Uint8Array, passphrase: string | undefined): Promise<KeyFile> {
  if (!passphrase) return { fault: 'encrypted' };
  const [algorithm, content] = children(parseDer(der));
  if (!(content instanceof asn1js.OctetString)) return { fault: 'unreadable' };
  try {
    const scheme = new AlgorithmIdentifier({ schema: algorithm as unknown });
    const found = keyOfDer(await decryptContent(scheme, new Uint8Array(content.getValue()), passphrase, ''));
    return 'keys' in found ? found : { fault: 'wrong-passphrase' };
  } catch (error) {
    return { fault: error instanceof FailureSignal ? 'protection' : 'wrong-passphrase' };
  }
}

async function keysOfPkcs12(der: Uint8Array, passphrase: string | undefined): Promise<KeyFile> {
  try {
    const { keys, shroudedKeys } = await readPkcs12(der, passphrase, '');
    const found = keys.map(keyOfDer);
    for (const one of shroudedKeys) found.push(await keyOfEncrypted(one, passphrase));
    if (found.length === 0) return { fault: 'certificate' };
    return joined(
      found.map((one) => ('fault' in one && one.fault === 'protection' ? { fault: 'pkcs12-protection' } : one)),
    );
  } catch (error) {
    if (!(error instanceof FailureSignal)) return { fault: 'unreadable' };
    const { code } = error.failure;
    if (code === 'certificate.password-missing') return { fault: 'encrypted' };
    return { fault: code === 'certificate.password-wrong' ? 'wrong-passphrase' : 'pkcs12-protection' };
  }
}

/** All keys in the file; if there is none, the first fault. */
function joined(found: readonly KeyFile[]): KeyFile {
  const keys = found.flatMap((one) => ('keys' in one ? one.keys : []));
  if (keys.length > 0) return { keys };
  return found[0] ?? { fault: 'unreadable' };
}

const faultOfKind: Readonly<Partial<Record<DerKind, KeyFileFault>>> = {
  certificate: 'certificate',
  pkcs7: 'certificate',
  request: 'request',
  'public-key': 'public-key',
};

async function keyOfAnyDer(der: Uint8Array, passphrase: string | undefined): Promise<KeyFile> {
  const kind = derKind(der)?.kind;
  if (kind === 'private-key') return keyOfDer(der);
  if (kind === 'encrypted-key') return keyOfEncrypted(der, passphrase);
  if (kind === 'pkcs12') return keysOfPkcs12(der, passphrase);
  return { fault: (kind === undefined ? undefined : faultOfKind[kind]) ?? 'unreadable' };
}

/** Decrypts a legacy encrypted key: the PEM header lines name the cipher. RFC 1421. */
function keyOfOldPem({ label, der, headers }: PemBlock, passphrase: string | undefined): KeyFile {
  if (!passphrase) return { fault: 'encrypted' };
  try {
    return { keys: [createPrivateKey({ key: pemText(label, der, headers), passphrase })] };
  } catch {
    return { fault: 'wrong-passphrase' };
  }
}

function keyOfBlock(block: PemBlock, passphrase: string | undefined): Promise<KeyFile> | KeyFile {
  if (block.label === 'OPENSSH PRIVATE KEY') return { fault: 'ssh' };
  if (block.headers.some((line) => line.includes('ENCRYPTED'))) return keyOfOldPem(block, passphrase);
  return keyOfAnyDer(block.der, passphrase);
}

/** Reads PEM, DER, PKCS#12 and base64, in any encoding of a text. A missing passphrase counts as the empty one. */
export async function readKeyFile(bytes: Uint8Array, passphrase?: string): Promise<KeyFile> {
  const text = textOf(bytes);
  if (sshText.test(text)) return { fault: 'ssh' };
  if (!isPem(text)) {
    try {
      return await keyOfAnyDer(bareBase64(text) ?? bytes, passphrase);
    } catch {
      return { fault: 'unreadable' };
    }
  }
  const { blocks, damaged } = readPem(text);
  const found: KeyFile[] = [];
  for (const block of blocks) {
    // OpenSSL writes the curve's name before a key.
    if (block.label !== 'EC PARAMETERS') found.push(await keyOfBlock(block, passphrase));
  }
  const isKey = (one: KeyFile): boolean =>
    'keys' in one || !['certificate', 'request', 'public-key'].includes(one.fault);
  // The file may contain certificates before the key.
  const keys = joined(found.toSorted((a, b) => Number(isKey(b)) - Number(isKey(a))));
  return 'keys' in keys || damaged.length === 0 ? keys : { fault: 'damaged' };
}

/** Compares the keys of a file with the public key of `certificate`: one match is enough. */
export function compareKey(certificate: X509Certificate, file: KeyFile): Exclude<KeyMatch, 'absent'> {
  if ('fault' in file) return file.fault;
  const fits = file.keys.some((key) => {
    try {
      return certificate.checkPrivateKey(key);
    } catch {
      return false;
    }
  });
  return fits ? 'match' : 'mismatch';
}
