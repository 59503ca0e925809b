/** The certificates and keys of a PKCS#12 file. Source: RFC 7292. */
import { AuthenticatedSafe, CertBag, ContentInfo, EncryptedData, PFX, type SafeBag, SafeContents } from 'pkijs';
import * as asn1js from 'asn1js';
import { FailureSignal, failure } from '../../../core/base/errors.ts';
import { children, Malformed } from '../../x509/der.ts';
import { decryptContent, isPassword } from './pkcs12-cipher.ts';

const certificateBag = '1.2.840.113549.1.12.10.1.3';
const openKeyBag = '1.2.840.113549.1.12.10.1.1';
const shroudedKeyBag = '1.2.840.113549.1.12.10.1.2';
const x509Certificate = '1.2.840.113549.1.9.22.1';

export interface Pkcs12Content {
  readonly certificates: readonly Uint8Array[];
  /** Unencrypted private keys, PKCS#8. */
  readonly keys: readonly Uint8Array[];
  /** Private keys encrypted with the file's password, PKCS#8. */
  readonly shroudedKeys: readonly Uint8Array[];
}

const bytesOf = (content: unknown): Uint8Array => {
  if (!(content instanceof asn1js.OctetString)) throw new Malformed('not an octet string');
  return new Uint8Array(content.getValue());
};

async function openSafe({ contentType, content }: ContentInfo, password: string, file: string): Promise<Uint8Array> {
  if (contentType === ContentInfo.DATA) return bytesOf(content);
  if (contentType !== ContentInfo.ENCRYPTED_DATA) {
    throw new FailureSignal(failure('input', 'certificate.pkcs12-cipher', { file, algorithm: contentType }));
  }
  const { encryptedContentInfo } = new EncryptedData({ schema: content as unknown });
  const encrypted = new Uint8Array(encryptedContentInfo.getEncryptedContent());
  return decryptContent(encryptedContentInfo.contentEncryptionAlgorithm, encrypted, password, file);
}

/** A bag is a sequence of its type and its value, which the context's tag 0 wraps. */
const valueOf = (bag: SafeBag): Uint8Array => {
  const [, wrapped] = children(bag.toSchema());
  const [value] = children(wrapped);
  return new Uint8Array(value?.toBER() ?? []);
};

/**
 * Opens the file with `password`; a missing password counts as empty. `file` is its path, for messages. Throws a {@link
 * FailureSignal}: `certificate.password-missing`, `password-wrong`, `pkcs12-no-mac` (a wrong password cannot be
 * detected), `pkcs12-mac`, `pkcs12-cipher` (an unsupported cipher). Throws another error if the file is no PKCS#12.
 */
export async function readPkcs12(
  bytes: Uint8Array,
  password: string | undefined,
  file: string,
): Promise<Pkcs12Content> {
  const { authSafe, macData } = PFX.fromBER(new Uint8Array(bytes));
  // Signed instead of protected by a password: RFC 7292 section 4 allows it, but no known program writes it.
  if (authSafe.contentType !== ContentInfo.DATA) {
    throw new FailureSignal(failure('input', 'certificate.pkcs12-cipher', { file, algorithm: authSafe.contentType }));
  }
  if (macData === undefined) throw new FailureSignal(failure('input', 'certificate.pkcs12-no-mac', { file }));
  const content = bytesOf(authSafe.content as unknown);
  if (!isPassword(macData, content, password ?? '', file)) {
    const name = password === undefined ? 'password-missing' : 'password-wrong';
    throw new FailureSignal(failure('input', `certificate.${name}`, { file }));
  }
  const certificates: Uint8Array[] = [];
  const [keys, shroudedKeys]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const info of AuthenticatedSafe.fromBER(content as Uint8Array<ArrayBuffer>).safeContents) {
    const { safeBags } = SafeContents.fromBER((await openSafe(info, password ?? '', file)) as Uint8Array<ArrayBuffer>);
    for (const bag of safeBags) {
      const { bagId, bagValue } = bag;
      if (bagId === openKeyBag) keys.push(valueOf(bag));
      if (bagId === shroudedKeyBag) shroudedKeys.push(valueOf(bag));
      if (bagId !== certificateBag || !(bagValue instanceof CertBag) || bagValue.certId !== x509Certificate) continue;
      certificates.push(bytesOf(bagValue.certValue));
    }
  }
  return { certificates, keys, shroudedKeys };
}
