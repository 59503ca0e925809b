import { X509Certificate, createVerify } from 'node:crypto';
import type { TextMember } from '../../../core/media/ova.ts';
import { refuse } from '../../../core/media/refusal.ts';

/** The `.cert` member of an OVA: a signature over the manifest, and the certificate of who made it. */

export interface CertificateSigner {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, colon-separated. */
  readonly fingerprint: string;
  /** UTC, ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether the chain ends at one of the issuers that were given; without issuers it is false. */
  readonly trusted: boolean;
}

export interface CertificateTrust {
  /** PEM texts of the issuers that may sign manifests. */
  readonly issuers?: readonly string[];
  /** UTC, ISO 8601; validity is checked only when it is given. */
  readonly nowIso?: string;
}

const signatureLine = /^(SHA-?256|SHA-?384|SHA-?512) ?\((.+)\) ?= ?([0-9A-Fa-f]+)$/i;
const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Checks that the certificate vouches for the manifest. Throws refusals of kind `trust`: `media.certificate-format`,
 * `media.certificate-name` (it is about another manifest), `media.certificate-signature`, `media.certificate-self`,
 * `media.certificate-chain`, `media.certificate-validity`.
 */
export function verifyCertificate(
  manifest: TextMember,
  member: TextMember,
  trust: CertificateTrust,
): CertificateSigner {
  const place = { member: member.name, byte: 0 };
  const text = Buffer.from(member.bytes).toString('latin1');
  const line = signatureLine.exec((text.split('\n')[0] ?? '').trim());
  if (line === null) return refuse('certificate-format', place, {}, 'trust');
  const [, algorithm = '', name, hex = ''] = line;
  if (name !== manifest.name) refuse('certificate-name', place, { name: manifest.name }, 'trust');
  const chain = readChain(text, place);
  const [leaf] = chain;
  if (leaf === undefined) return refuse('certificate-format', place, {}, 'trust');
  const verifier = createVerify(algorithm.toUpperCase().replace('-', ''));
  verifier.update(manifest.bytes);
  if (!verifier.verify(leaf.publicKey, Buffer.from(hex, 'hex'))) refuse('certificate-signature', place, {}, 'trust');
  checkChain(chain, trust, place);
  return {
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    fingerprint: leaf.fingerprint256,
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    trusted: endsAtIssuer(chain, trust),
  };
}

function readChain(
  text: string,
  place: { readonly member: string; readonly byte: number },
): readonly X509Certificate[] {
  try {
    return (text.match(pemBlock) ?? []).map((pem) => new X509Certificate(pem));
  } catch {
    return refuse('certificate-format', place, {}, 'trust');
  }
}

function checkChain(
  chain: readonly X509Certificate[],
  trust: CertificateTrust,
  place: { readonly member: string; readonly byte: number },
): void {
  const [leaf] = chain;
  if (leaf !== undefined && leaf.subject === leaf.issuer) refuse('certificate-self', place, {}, 'trust');
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer !== undefined && !isIssuedBy(certificate, issuer)) refuse('certificate-chain', place, {}, 'trust');
    if (trust.nowIso === undefined) continue;
    const now = Date.parse(trust.nowIso);
    if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) {
      refuse('certificate-validity', place, { from: certificate.validFrom, to: certificate.validTo }, 'trust');
    }
  }
  if ((trust.issuers?.length ?? 0) > 0 && !endsAtIssuer(chain, trust)) refuse('certificate-chain', place, {}, 'trust');
}

function endsAtIssuer(chain: readonly X509Certificate[], trust: CertificateTrust): boolean {
  const last = chain[chain.length - 1];
  if (last === undefined) return false;
  return (trust.issuers ?? []).some((pem) => {
    const issuer = new X509Certificate(pem);
    return issuer.fingerprint256 === last.fingerprint256 || isIssuedBy(last, issuer);
  });
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
