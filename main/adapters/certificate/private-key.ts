/** Generates and reads the product's private keys. They are kept in the secret store only. */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export const keyAlgorithms = ['ecdsa-p256', 'rsa-3072'] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

const generate = promisify(generateKeyPair);

/** A new private key as PKCS#8 in PEM. */
export async function makePrivateKey(algorithm: KeyAlgorithm): Promise<string> {
  const { privateKey } =
    algorithm === 'rsa-3072'
      ? await generate('rsa', { modulusLength: 3072, publicExponent: 65_537 })
      : await generate('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The key in a PEM text (PKCS#8, PKCS#1, SEC 1); undefined if none can be read. */
export function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    // Only the key: the file may also contain certificates.
    const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/.exec(pem);
    return block === null ? undefined : createPrivateKey(block[0]);
  } catch {
    return undefined;
  }
}

/** The kind of a key: one of {@link keyAlgorithms}, or a name of the same pattern for others. */
export function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? 'ecdsa-p256' : `ecdsa-${namedCurve ?? '?'}`;
  return asymmetricKeyType === 'rsa' ? `rsa-${modulusLength}` : (asymmetricKeyType ?? '?');
}
