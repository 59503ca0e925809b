/** The kind of a certificate's public key, and whether it is strong enough. */
import type { X509Certificate } from 'node:crypto';
import type { Certificate } from 'pkijs';
import * as asn1js from 'asn1js';
import type { CertificateFacts } from '../../../core/certificate/facts.ts';

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
const curveOids: ReadonlySet<string> = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35']);
const rsaKeyOid = '1.2.840.113549.1.1.1';
const ecKeyOid = '1.2.840.10045.2.1';

/** Names of keys that are refused, for the message. */
const otherKeys: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.10045.3.1.1': 'P-192',
  '1.3.132.0.33': 'P-224',
  '1.3.132.0.10': 'secp256k1',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};
/** Reads the key's algorithm before any computation: an old BoringSSL ends the process at an unknown curve. */
function keyKind({ subjectPublicKeyInfo }: Certificate): 'rsa' | 'ec' | undefined {
  const { algorithmId, algorithmParams } = subjectPublicKeyInfo.algorithm;
  if (algorithmId === rsaKeyOid) return 'rsa';
  const curve: unknown = algorithmParams;
  const isKnown = curve instanceof asn1js.ObjectIdentifier && curveOids.has(curve.valueBlock.toString());
  return algorithmId === ecKeyOid && isKnown ? 'ec' : undefined;
}

const nameOfOtherKey = ({ subjectPublicKeyInfo }: Certificate): string => {
  const { algorithmId, algorithmParams } = subjectPublicKeyInfo.algorithm;
  const curve: unknown = algorithmParams;
  const oid = curve instanceof asn1js.ObjectIdentifier ? curve.valueBlock.toString() : algorithmId;
  return otherKeys[oid] ?? oid;
};

/** The public key of a certificate, as far as rules and messages need it. */
export function readKey(certificate: X509Certificate, pki: Certificate): CertificateFacts['key'] {
  if (keyKind(pki) === undefined) return { kind: 'other', name: nameOfOtherKey(pki), strong: false };
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    if (asymmetricKeyType === 'rsa') {
      const bits = asymmetricKeyDetails?.modulusLength ?? 0;
      const exponent = asymmetricKeyDetails?.publicExponent ?? 0n;
      return { kind: 'rsa', name: `RSA ${bits}`, strong: bits >= 2048 && exponent > 2n };
    }
    const curve = curves[asymmetricKeyDetails?.namedCurve ?? ''];
    if (asymmetricKeyType === 'ec' && curve !== undefined) return { kind: 'ec', name: curve, strong: true };
  } catch {
    // Falls through: the numbers form no valid key.
  }
  return { kind: 'other', name: nameOfOtherKey(pki), strong: false };
}
