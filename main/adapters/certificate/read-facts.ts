/** Turns a certificate's DER into the facts that the rules check. */
import { type Certificate, RSASSAPSSParams } from 'pkijs';
import * as asn1js from 'asn1js';
import { type CertificateFacts, oids, type ProfileFault, profileFaults } from '../../../core/certificate/facts.ts';
import { type Extensions, parseCertificate, type ParsedCertificate, readExtensions } from '../../x509/certificate.ts';
import { bitsOf, children, constraintsOf, contentOf, contextClass, oidsOf, type Block } from '../../x509/der.ts';
import {
  authorityIdentifierOf,
  checkDistributionPoints,
  countOf,
  identifierOf,
  isSpecial,
  issuerUrlOf,
  serialHex,
  unknownCritical,
} from './extensions.ts';
import { readDirectoryName, readGeneralNames, readNameConstraints } from './general-names.ts';
import { readKey } from './public-key.ts';

/** A certificate in every form that a caller needs. */
export interface LoadedCertificate extends ParsedCertificate {
  readonly facts: CertificateFacts;
}

const digests: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'SHA-1',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};
const strongDigests: ReadonlySet<string> = new Set(['SHA-256', 'SHA-384', 'SHA-512']);

const signatures: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'RSA with MD2',
  '1.2.840.113549.1.1.4': 'RSA with MD5',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1',
  '1.3.14.3.2.29': 'RSA with SHA-1',
  '1.2.840.113549.1.1.14': 'RSA with SHA-224',
  '1.2.840.113549.1.1.11': 'RSA with SHA-256',
  '1.2.840.113549.1.1.12': 'RSA with SHA-384',
  '1.2.840.113549.1.1.13': 'RSA with SHA-512',
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.1': 'ECDSA with SHA-224',
  '1.2.840.10045.4.3.2': 'ECDSA with SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA with SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA with SHA-512',
};
const pssOid = '1.2.840.113549.1.1.10';

const emailOid = '1.2.840.113549.1.9.1';

/** Shortens a text to one line, without control characters. */
export const oneLine = (name: string): string => {
  const line = name.split('\n').toReversed().join(', ');
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 200);
};

function readSignature({ signatureAlgorithm }: Certificate): CertificateFacts['signature'] {
  const { algorithmId, algorithmParams } = signatureAlgorithm;
  if (algorithmId === pssOid) {
    const { hashAlgorithm } = new RSASSAPSSParams({ schema: algorithmParams as unknown });
    const digest = digests[hashAlgorithm.algorithmId] ?? hashAlgorithm.algorithmId;
    return { name: `RSA-PSS with ${digest}`, strong: strongDigests.has(digest) };
  }
  const name = signatures[algorithmId] ?? algorithmId;
  return { name, strong: strongDigests.has(name.split(' ').at(-1) ?? '') };
}

type MutableFacts = { -readonly [Name in keyof CertificateFacts]: CertificateFacts[Name] };

/** Most policies per certificate. Public ones have one or two; the library compares all policies of a path pairwise. */
const mostPolicies = 64;

/** Positions in the body of a certificate after its version. RFC 5280 section 4.1. */
const validityPosition = 3;

interface Dates {
  /** ISO 8601 in UTC, or `invalid`. */
  readonly iso: readonly [string, string];
  /**
   * Whether a date is not written as YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, or is no calendar date. RFC 5280 section
   * 4.1.2.5.
   */
  readonly odd: boolean;
  /** A year before 2050 as GeneralizedTime. */
  readonly early: boolean;
}

function readDate(block: asn1js.BaseBlock | undefined): { readonly iso: string; readonly early: boolean } {
  const text = block === undefined ? '' : Buffer.from(contentOf(block)).toString('latin1');
  const short = block instanceof asn1js.UTCTime && !(block instanceof asn1js.GeneralizedTime);
  if (!(short ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) return { iso: 'invalid', early: false };
  const full = short ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const iso = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  // `Date` turns 31 February into a day in March: such a date is invalid.
  const isDate = !Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString() === iso;
  return { iso: isDate ? iso : 'invalid', early: !short && full < '2050' };
}

/** The dates as written: the libraries accept more than RFC 5280 allows. */
function readDates(certificate: Block): Dates {
  const body = children(children(certificate)[0]);
  const offset = body[0]?.idBlock.tagClass === contextClass ? 1 : 0;
  const [from, to] = children(body[offset + validityPosition]).map(readDate);
  const iso = [from?.iso ?? 'invalid', to?.iso ?? 'invalid'] as const;
  return { iso, odd: iso.includes('invalid'), early: from?.early === true || to?.early === true };
}

/**
 * Violations of the RFC 5280 profile, including all that OpenSSL's strict mode refuses (check_extensions of
 * x509_vfy.c).
 */
function findFaults(
  facts: MutableFacts,
  pki: Certificate,
  extensions: Extensions,
  dates: Dates,
  found: Readonly<Record<'unreadable-extension' | 'policies-many', boolean>>,
): ProfileFault[] {
  const ca = facts.constraints?.ca === true;
  const { authorityIdentifier, nameConstraints } = facts;
  const serial = pki.serialNumber.valueBlock.valueHexView;
  const empty = pki.subject.typesAndValues.length === 0;
  const constraints = [...(nameConstraints?.permitted ?? []), ...(nameConstraints?.excluded ?? [])];
  const isOptional = (oid: string): boolean => extensions.value(oid) !== undefined && !extensions.critical(oid);
  const checks: Readonly<Record<ProfileFault, boolean>> = {
    ...found,
    version: pki.version !== 2,
    serial: serial.length > 21,
    'serial-negative': ((serial[0] ?? 0) & 0x80) !== 0,
    'serial-zero': serial.every((byte) => byte === 0),
    signature:
      pki.signature.algorithmId !== pki.signatureAlgorithm.algorithmId ||
      !pki.signature.isEqual(pki.signatureAlgorithm),
    'date-form': dates.odd,
    'date-type': dates.early,
    dates: Date.parse(facts.notBefore) > Date.parse(facts.notAfter),
    'unique-identifier': pki.issuerUniqueID !== undefined || pki.subjectUniqueID !== undefined,
    repeated: extensions.repeated,
    'special-purpose': isSpecial(extensions),
    'issuer-empty': pki.issuer.typesAndValues.length === 0,
    'subject-empty': empty && (ca || !extensions.critical(oids.subjectAltName)),
    'names-empty': extensions.value(oids.subjectAltName) !== undefined && facts.names.length === 0,
    'constraints-not-critical': ca && !extensions.critical(oids.basicConstraints),
    'path-length': facts.constraints?.pathLength !== undefined && (!ca || facts.keyUsage?.includes(5) !== true),
    'usage-missing': ca && facts.keyUsage === undefined,
    'name-constraints-leaf': nameConstraints !== undefined && !ca,
    'name-constraints-empty': nameConstraints?.empty === true,
    'name-constraints-not-critical': isOptional(oids.nameConstraints),
    'name-constraints-dot': constraints.some((base) => base.kind === 'dns' && base.value.startsWith('.')),
    'policy-constraints-not-critical': isOptional(oids.policyConstraints) || isOptional(oids.inhibitAnyPolicy),
    'identifier-critical':
      extensions.critical(oids.authorityKeyIdentifier) || extensions.critical(oids.subjectKeyIdentifier),
    'subject-identifier-missing': ca && facts.subjectIdentifier === undefined,
    'authority-identifier-missing': authorityIdentifier === undefined && !facts.selfIssued,
    'authority-identifier-without-key':
      authorityIdentifier !== undefined && authorityIdentifier.keyIdentifier === undefined,
  };
  return (Object.keys(profileFaults) as ProfileFault[]).filter((fault) => checks[fault]);
}

const schemaOf = (name: Certificate['subject']): Parameters<typeof readDirectoryName>[0] => name.toSchema();

function readFacts({ node, pki, block }: ParsedCertificate): CertificateFacts {
  const extensions = readExtensions(pki);
  const dates = readDates(block);
  const [subjectNames, issuerNames] = [
    readDirectoryName(schemaOf(pki.subject)),
    readDirectoryName(schemaOf(pki.issuer)),
  ];
  const facts: MutableFacts = {
    fingerprint: `SHA256:${node.fingerprint256}`,
    subject: oneLine(node.subject ?? '') || oneLine(node.subjectAltName ?? '') || node.serialNumber,
    issuer: oneLine(node.issuer ?? ''),
    subjectNames,
    issuerNames,
    serial: serialHex(pki.serialNumber.valueBlock.valueHexView),
    subjectEmail: pki.subject.typesAndValues.some(({ type }) => type === emailOid),
    selfIssued: node.subject === node.issuer || subjectNames.join('\n') === issuerNames.join('\n'),
    notBefore: dates.iso[0],
    notAfter: dates.iso[1],
    signature: readSignature(pki),
    key: readKey(node, pki),
    commonName: oneLine(/(?:^|\n)CN=(.*)/.exec(node.subject ?? '')?.[1] ?? ''),
    names: [],
    unknownCritical: unknownCritical(extensions),
    faults: [],
  };
  let unreadable = false;
  let policies = 0;
  const read = <T>(oid: string, reader: (der: Uint8Array) => T | undefined, put: (value: T) => void): void => {
    const der = extensions.value(oid);
    if (der === undefined) return;
    try {
      const value = reader(der);
      if (value !== undefined) put(value);
    } catch {
      unreadable = true;
    }
  };
  read(oids.subjectAltName, readGeneralNames, (value) => (facts.names = value));
  read(oids.keyUsage, bitsOf, (value) => (facts.keyUsage = value));
  read(oids.basicConstraints, constraintsOf, (value) => (facts.constraints = value));
  read(oids.extendedKeyUsage, oidsOf, (value) => (facts.extendedKeyUsage = value));
  read(oids.nameConstraints, readNameConstraints, (value) => (facts.nameConstraints = value));
  read(oids.subjectKeyIdentifier, identifierOf, (value) => (facts.subjectIdentifier = value));
  read(oids.authorityKeyIdentifier, authorityIdentifierOf, (value) => (facts.authorityIdentifier = value));
  read(oids.netscapeType, bitsOf, (value) => (facts.netscapeType = value));
  read(oids.authorityInfoAccess, issuerUrlOf, (value) => (facts.issuerUrl = value));
  for (const oid of [oids.certificatePolicies, oids.policyMappings]) read(oid, countOf, (count) => (policies += count));
  read(oids.distributionPoints, checkDistributionPoints, () => undefined);
  const more = { 'unreadable-extension': unreadable, 'policies-many': policies > mostPolicies };
  facts.faults = findFaults(facts, pki, extensions, dates, more);
  return facts;
}

/** Reads one certificate; undefined where `der` is none. */
export function loadCertificate(der: Uint8Array): LoadedCertificate | undefined {
  try {
    const parsed = parseCertificate(der);
    return parsed === undefined ? undefined : { ...parsed, facts: readFacts(parsed) };
  } catch {
    return undefined;
  }
}
