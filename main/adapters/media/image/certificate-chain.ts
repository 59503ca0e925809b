import { X509Certificate } from 'node:crypto';
import { isDer, parseCertificate, readExtensions } from '../../../x509/certificate.ts';
import { bitsOf, constraintsOf, oidsOf } from '../../../x509/der.ts';

/**
 * Whether a certificate chain makes a signature valid. Deliberately narrow: a chain with extensions that these rules do
 * not understand (name constraints, unknown critical ones) is invalid. Source: RFC 5280 section 6, as a subset.
 */

export type ChainFault =
  | { readonly rule: 'format' | 'self' | 'key' | 'usage' | 'chain' }
  /** UTC, ISO 8601: the validity of the certificate that is not valid. */
  | { readonly rule: 'validity'; readonly from: string; readonly to: string }
  /** The object identifier of the extension that these rules do not understand. */
  | { readonly rule: 'extension'; readonly extension: string };

const oids = {
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;

const understood: ReadonlySet<string> = new Set([oids.keyUsage, oids.basicConstraints, oids.extendedKeyUsage]);
const bit = { digitalSignature: 0, certificateSigning: 5 } as const;

/** RSA and ECDSA with SHA-256, 384, 512: the algorithms for the digests of a signature line. */
const strongSignatures: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]);

/** NIST P-256, P-384, P-521. */
const strongCurves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const leastRsaBits = 2048;

/** Fields of a certificate that node:crypto does not expose. */
interface Link {
  readonly certificate: X509Certificate;
  /** Object identifier of the signature algorithm. */
  readonly signature: string;
  /** Numbers of the bits; undefined where the certificate does not limit its use. */
  readonly usage: readonly number[] | undefined;
  readonly extendedUsage: readonly string[] | undefined;
  /** Path length limit; undefined if the certificate has no basic constraints. */
  readonly pathLength: number | undefined;
  /** Object identifier of an extension that these rules do not understand. */
  readonly beyond: string | undefined;
}

/**
 * Reads the fields that the rules check. Returns undefined if the certificate is not DER, or an extension is repeated
 * or malformed.
 */
export function readLink(raw: Uint8Array): Link | undefined {
  const parsed = parseCertificate(raw);
  if (parsed === undefined || !isDer(parsed)) return undefined;
  const { ids, critical, value, repeated } = readExtensions(parsed.pki);
  if (repeated) return undefined;
  const [usage, extendedUsage, constraints] = [oids.keyUsage, oids.extendedKeyUsage, oids.basicConstraints].map(value);
  try {
    return {
      certificate: parsed.node,
      signature: parsed.pki.signatureAlgorithm.algorithmId,
      usage: usage && bitsOf(usage),
      extendedUsage: extendedUsage && oidsOf(extendedUsage),
      pathLength: constraints && (constraintsOf(constraints).pathLength ?? Number.POSITIVE_INFINITY),
      beyond: ids.find((id) => id === oids.nameConstraints || (critical(id) && !understood.has(id))),
    };
  } catch {
    return undefined;
  }
}

/**
 * Checks a chain, leaf first, each certificate followed by its issuer. `nowMs`, if given, must be within every
 * validity. Returns the first fault, or undefined.
 */
export function chainFault(chain: readonly X509Certificate[], nowMs: number | undefined): ChainFault | undefined {
  const links: Link[] = [];
  for (const certificate of chain) {
    const link = readLink(certificate.raw);
    if (link === undefined) return { rule: 'format' };
    links.push(link);
  }
  const [leaf] = links;
  if (leaf === undefined) return { rule: 'format' };
  if (leaf.certificate.subject === leaf.certificate.issuer) return { rule: 'self' };
  if (!maySign(leaf)) return { rule: 'usage' };
  for (const [index, link] of links.entries()) {
    const issuer = links[index + 1];
    const fault = linkFault(link, nowMs);
    if (fault !== undefined) return fault;
    if (issuer !== undefined && !mayIssue(issuer, link, index)) return { rule: 'chain' };
  }
  return undefined;
}

/** The fault of a single certificate, or undefined. */
function linkFault({ certificate, signature, beyond }: Link, nowMs: number | undefined): ChainFault | undefined {
  if (!isStrongKey(certificate) || (!strongSignatures.has(signature) && !isRoot(certificate))) {
    return { rule: 'key' };
  }
  if (beyond !== undefined) return { rule: 'extension', extension: beyond };
  return validityFault(certificate, nowMs);
}

/**
 * Checks that the chain ends at one of `issuers` (PEM): an issuer is in it or issued its last certificate, by the
 * same rules, and is valid at `nowMs`. Returns the fault, or undefined.
 */
export function anchorFault(
  chain: readonly X509Certificate[],
  issuers: readonly string[],
  nowMs: number | undefined,
): ChainFault | undefined {
  // A renewed root occurs twice, with the same name and key.
  const anchors = issuers.map((pem) => new X509Certificate(pem)).filter((issuer) => isAnchorOf(issuer, chain));
  const faults = anchors.map((anchor) => validityFault(anchor, nowMs));
  if (faults.includes(undefined)) return undefined;
  return faults[0] ?? { rule: 'chain' };
}

/** Whether the chain ends at `issuer`. The issuer's own signature is not checked: it is a given trust anchor. */
function isAnchorOf(issuer: X509Certificate, chain: readonly X509Certificate[]): boolean {
  const last = chain[chain.length - 1];
  if (last === undefined || issuer.fingerprint256 === last.fingerprint256) return last !== undefined;
  const [anchor, lastLink] = [readLink(issuer.raw), readLink(last.raw)];
  if (anchor === undefined || lastLink === undefined || anchor.beyond !== undefined) return false;
  return isStrongKey(issuer) && mayIssue(anchor, lastLink, chain.length - 1);
}

/** Whether the key is RSA of 2048 bits or more, or on one of the NIST curves from P-256 up. */
export function isStrongKey({ publicKey }: X509Certificate): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= leastRsaBits;
  return asymmetricKeyType === 'ec' && strongCurves.has(asymmetricKeyDetails?.namedCurve);
}

/** Whether the certificate is self-signed, by any algorithm. Equal names are not enough. */
const isRoot = (certificate: X509Certificate): boolean =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);

/** `depth`: number of certificates below the issuer, without the leaf. */
function mayIssue({ certificate, usage, pathLength }: Link, subject: Link, depth: number): boolean {
  if (!certificate.ca || !subject.certificate.checkIssued(certificate)) return false;
  if (usage !== undefined && !usage.includes(bit.certificateSigning)) return false;
  if (pathLength === undefined || depth > pathLength) return false;
  return subject.certificate.verify(certificate.publicKey);
}

function maySign({ certificate, usage, extendedUsage }: Link): boolean {
  if (usage !== undefined && !usage.includes(bit.digitalSignature)) return false;
  if (extendedUsage !== undefined && !extendedUsage.includes(oids.codeSigning)) return false;
  return !certificate.ca;
}

function validityFault(certificate: X509Certificate, nowMs: number | undefined): ChainFault | undefined {
  const { fromMs, toMs } = validity(certificate);
  if (nowMs === undefined || (nowMs >= fromMs && nowMs <= toMs)) return undefined;
  return { rule: 'validity', from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** When a certificate is valid, ms UTC; NaN for an invalid time. */
export function validity({ validFrom, validTo }: X509Certificate): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.parse(validFrom), toMs: Date.parse(validTo) };
}
