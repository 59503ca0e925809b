import { X509Certificate } from 'node:crypto';
import { readBits, readCertificateFacts, readOids, readPathLength } from '../../../core/media/der.ts';
import type { CertificateFacts } from '../../../core/media/der.ts';

/**
 * Whether a chain of certificates may stand for a signature. Deliberately narrow: what these rules do not understand
 * (name constraints, unknown critical extensions) is no valid chain. Source: RFC 5280 section 6, as a subset.
 */

export type ChainFault = 'format' | 'self' | 'key' | 'usage' | 'chain' | 'validity';

const oids = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;

const understood: ReadonlySet<string> = new Set([oids.keyUsage, oids.basicConstraints, oids.extendedKeyUsage]);
const bit = { digitalSignature: 0, certificateSigning: 5 } as const;

/** RSA and ECDSA with SHA-256, 384, 512; Ed25519. */
const strongSignatures: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
]);

interface Link {
  readonly certificate: X509Certificate;
  readonly facts: CertificateFacts;
}

/**
 * Looks at a chain, leaf first, each next one the issuer of the one before. `nowMs`, when given, must be within every
 * validity. Returns the first fault, or undefined.
 */
export function chainFault(chain: readonly X509Certificate[], nowMs: number | undefined): ChainFault | undefined {
  const links: Link[] = [];
  for (const certificate of chain) {
    const facts = readCertificateFacts(certificate.raw);
    if (facts === undefined) return 'format';
    links.push({ certificate, facts });
  }
  const [leaf] = links;
  if (leaf === undefined) return 'format';
  if (leaf.certificate.subject === leaf.certificate.issuer) return 'self';
  if (!maySign(leaf)) return 'usage';
  for (const [index, link] of links.entries()) {
    if (!isStrong(link)) return 'key';
    if (link.facts.extensions.some(isBeyondUs)) return 'chain';
    const issuer = links[index + 1];
    if (issuer !== undefined && !mayIssue(issuer, link, index)) return 'chain';
    if (nowMs !== undefined && !isValidAt(link.certificate, nowMs)) return 'validity';
  }
  return undefined;
}

/** Whether one of `issuers` (PEM) is in the chain or issued its last certificate, by the same rules. */
export function endsAtIssuer(
  chain: readonly X509Certificate[],
  issuers: readonly string[],
  nowMs: number | undefined,
): boolean {
  const last = chain[chain.length - 1];
  if (last === undefined) return false;
  return issuers.some((pem) => {
    const issuer = new X509Certificate(pem);
    if (issuer.fingerprint256 === last.fingerprint256) return true;
    const [issuerFacts, lastFacts] = [readCertificateFacts(issuer.raw), readCertificateFacts(last.raw)];
    if (issuerFacts === undefined || lastFacts === undefined || issuerFacts.extensions.some(isBeyondUs)) return false;
    const anchor = { certificate: issuer, facts: issuerFacts };
    if (!isStrong(anchor) || (nowMs !== undefined && !isValidAt(issuer, nowMs))) return false;
    return mayIssue(anchor, { certificate: last, facts: lastFacts }, chain.length - 1);
  });
}

/** `depth` is how many certificates without the leaf lie below the issuer. */
function mayIssue(issuer: Link, subject: Link, depth: number): boolean {
  const { certificate, facts } = issuer;
  if (!certificate.ca || !subject.certificate.checkIssued(certificate)) return false;
  const usage = valueOf(facts, oids.keyUsage);
  if (usage !== undefined && readBits(usage)?.includes(bit.certificateSigning) !== true) return false;
  const constraints = valueOf(facts, oids.basicConstraints);
  const length = constraints === undefined ? undefined : readPathLength(constraints);
  if (length === undefined || depth > length) return false;
  return subject.certificate.verify(certificate.publicKey);
}

function maySign({ certificate, facts }: Link): boolean {
  const usage = valueOf(facts, oids.keyUsage);
  if (usage !== undefined && readBits(usage)?.includes(bit.digitalSignature) !== true) return false;
  const extended = valueOf(facts, oids.extendedKeyUsage);
  if (extended !== undefined && readOids(extended)?.includes(oids.codeSigning) !== true) return false;
  return !certificate.ca;
}

function isStrong({ certificate, facts }: Link): boolean {
  // A root's signature over itself proves nothing, so its algorithm does not matter; its key does.
  const isRoot = certificate.subject === certificate.issuer;
  if (!isRoot && !strongSignatures.has(facts.signature)) return false;
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  return asymmetricKeyType === 'ec' || asymmetricKeyType === 'ed25519';
}

function isBeyondUs(extension: { readonly oid: string; readonly critical: boolean }): boolean {
  return extension.oid === oids.nameConstraints || (extension.critical && !understood.has(extension.oid));
}

function isValidAt(certificate: X509Certificate, nowMs: number): boolean {
  return nowMs >= Date.parse(certificate.validFrom) && nowMs <= Date.parse(certificate.validTo);
}

function valueOf(facts: CertificateFacts, oid: string): Uint8Array | undefined {
  return facts.extensions.find((extension) => extension.oid === oid)?.value;
}
