/** The certificates of a PKCS#12 file. Its private key stays where it is. Source: RFC 7292. */
import { AuthenticatedSafe, CertBag, ContentInfo, EncryptedData, PFX, SafeContents } from 'pkijs';
import * as asn1js from 'asn1js';
import { FailureSignal, failure } from '../../../core/errors.ts';
import { decryptContent, isPassword } from './pkcs12-cipher.ts';

const certificateBag = '1.2.840.113549.1.12.10.1.3';
const openKeyBag = '1.2.840.113549.1.12.10.1.1';
const x509Certificate = '1.2.840.113549.1.9.22.1';

export interface Pkcs12Content {
  readonly certificates: readonly Uint8Array[];
  /** A private key is in there without a password of its own. */
  readonly openKey: boolean;
}

const bytesOf = (content: unknown): Uint8Array => {
  if (!(content instanceof asn1js.OctetString)) throw new Error('not an octet string');
  return new Uint8Array(content.getValue());
};

async function openSafe({ contentType, content }: ContentInfo, password: string): Promise<Uint8Array> {
  if (contentType === ContentInfo.DATA) return bytesOf(content);
  if (contentType !== ContentInfo.ENCRYPTED_DATA) {
    throw new FailureSignal(failure('input', 'certificate.pkcs12-cipher', { algorithm: contentType }));
  }
  const { encryptedContentInfo } = new EncryptedData({ schema: content as unknown });
  const encrypted = new Uint8Array(encryptedContentInfo.getEncryptedContent());
  return decryptContent(encryptedContentInfo.contentEncryptionAlgorithm, encrypted, password);
}

/**
 * Opens the file with `password`; a missing one counts as the empty one. Throws a {@link FailureSignal}:
 * `certificate.password-missing`, `certificate.password-wrong`, `certificate.pkcs12-cipher`. Throws anything else for what is no
 * PKCS#12 file.
 */
export async function readPkcs12(bytes: Uint8Array, password: string | undefined): Promise<Pkcs12Content> {
  const { authSafe, macData } = PFX.fromBER(new Uint8Array(bytes));
  if (authSafe.contentType !== ContentInfo.DATA || macData === undefined) {
    throw new FailureSignal(failure('input', 'certificate.pkcs12-cipher', { algorithm: authSafe.contentType }));
  }
  const content = bytesOf(authSafe.content as unknown);
  if (!isPassword(macData, content, password ?? '')) {
    throw new FailureSignal(
      failure('input', password === undefined ? 'certificate.password-missing' : 'certificate.password-wrong'),
    );
  }
  const certificates: Uint8Array[] = [];
  let openKey = false;
  for (const info of AuthenticatedSafe.fromBER(content as Uint8Array<ArrayBuffer>).safeContents) {
    const { safeBags } = SafeContents.fromBER((await openSafe(info, password ?? '')) as Uint8Array<ArrayBuffer>);
    for (const { bagId, bagValue } of safeBags) {
      if (bagId === openKeyBag) openKey = true;
      if (bagId !== certificateBag || !(bagValue instanceof CertBag) || bagValue.certId !== x509Certificate) continue;
      certificates.push(bytesOf(bagValue.certValue));
    }
  }
  return { certificates, openKey };
}
