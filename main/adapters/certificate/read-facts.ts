/** A certificate's DER as the plain facts that the rules look at. */
import { X509Certificate } from 'node:crypto';
import { Certificate, RSASSAPSSParams } from 'pkijs';
import * as asn1js from 'asn1js';
import { type CertificateFacts, oids, type ProfileFault } from '../../../core/certificate/facts.ts';
import { readKey } from './public-key.ts';
import { children, parseDer, readDirectoryName, readGeneralNames, readNameConstraints } from './general-names.ts';

/** A certificate in all the forms that are asked for. */
export interface LoadedCertificate {
  readonly der: Uint8Array;
  readonly node: X509Certificate;
  readonly pki: Certificate;
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

/** Extensions whose meaning the rules or the validating library apply. A critical one beside them is refused. */
const understood: ReadonlySet<string> = new Set([
  oids.subjectAltName,
  oids.keyUsage,
  oids.basicConstraints,
  oids.nameConstraints,
  oids.extendedKeyUsage,
  oids.certificatePolicies,
  '2.5.29.33', // policy mappings
  '2.5.29.36', // policy constraints
  '2.5.29.54', // inhibit any policy
]);

const emailOid = '1.2.840.113549.1.9.1';

/** On one line and short, without what could play tricks on a terminal. */
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

function bitsOf(der: Uint8Array): number[] {
  const block = parseDer(der);
  if (!(block instanceof asn1js.BitString)) throw new Error('not a bit string');
  return [...block.valueBlock.valueHexView].flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => (byte & (0x80 >> bit)) !== 0)
      .map((bit) => index * 8 + bit),
  );
}

function oidsOf(der: Uint8Array): string[] {
  return children(parseDer(der)).map((block) => {
    if (!(block instanceof asn1js.ObjectIdentifier)) throw new Error('not an object identifier');
    return block.valueBlock.toString();
  });
}

function constraintsOf(der: Uint8Array): NonNullable<CertificateFacts['constraints']> {
  const parts = children(parseDer(der));
  const [first] = parts;
  const ca = first instanceof asn1js.Boolean && first.valueBlock.value;
  const length = first instanceof asn1js.Boolean ? parts[1] : first;
  if (length === undefined) return { ca };
  if (!(length instanceof asn1js.Integer)) throw new Error('not basic constraints');
  const pathLength = Number(length.toBigInt());
  // A length that makes no sense allows nothing.
  return { ca, pathLength: pathLength >= 0 ? pathLength : 0 };
}

/** The address of the issuer's certificate, for a person to get it. */
function issuerUrlOf(der: Uint8Array): string | undefined {
  for (const access of children(parseDer(der))) {
    const [method, location] = children(access);
    if (!(method instanceof asn1js.ObjectIdentifier) || method.valueBlock.toString() !== '1.3.6.1.5.5.7.48.2') continue;
    const value = location?.valueBlock as { readonly valueHexView?: Uint8Array } | undefined;
    const url = Buffer.from(value?.valueHexView ?? []).toString('latin1');
    if (/^https?:\/\/[\x21-\x7e]{1,200}$/.test(url)) return url;
  }
  return undefined;
}

interface Extensions {
  readonly value: (oid: string) => Uint8Array | undefined;
  readonly critical: (oid: string) => boolean;
  readonly unknownCritical: readonly string[];
  readonly repeated: boolean;
}

function readExtensions({ extensions = [] }: Certificate): Extensions {
  const ids = extensions.map(({ extnID }) => extnID);
  const find = (oid: string) => extensions.find(({ extnID }) => extnID === oid);
  return {
    value: (oid) => find(oid)?.extnValue.valueBlock.valueHexView,
    critical: (oid) => find(oid)?.critical === true,
    unknownCritical: extensions
      .filter(({ critical, extnID }) => critical && !understood.has(extnID))
      .map((one) => one.extnID),
    repeated: new Set(ids).size !== ids.length,
  };
}

type Draft = { -readonly [Name in keyof CertificateFacts]: CertificateFacts[Name] };

/** Departures from the profile that OpenSSL's strict mode refuses. Source: check_chain_extensions of x509_vfy.c, RFC 5280. */
function profileFaults(facts: Draft, pki: Certificate, extensions: Extensions): ProfileFault[] {
  const ca = facts.constraints?.ca === true;
  const aki = extensions.value(oids.authorityKeyIdentifier);
  const empty = pki.subject.typesAndValues.length === 0;
  const checks: readonly (readonly [ProfileFault, boolean])[] = [
    ['version', pki.version !== 2],
    ['serial', pki.serialNumber.valueBlock.valueHexView.length > 21],
    [
      'signature',
      pki.signature.algorithmId !== pki.signatureAlgorithm.algorithmId ||
        !pki.signature.isEqual(pki.signatureAlgorithm),
    ],
    ['dates', !(Date.parse(facts.notBefore) <= Date.parse(facts.notAfter))],
    ['repeated', extensions.repeated],
    ['issuer-empty', pki.issuer.typesAndValues.length === 0],
    ['subject-empty', empty && (ca || !extensions.critical(oids.subjectAltName))],
    ['names-empty', extensions.value(oids.subjectAltName) !== undefined && facts.names.length === 0],
    ['constraints-not-critical', ca && !extensions.critical(oids.basicConstraints)],
    ['path-length', facts.constraints?.pathLength !== undefined && (!ca || facts.keyUsage?.includes(5) !== true)],
    ['usage-missing', ca && facts.keyUsage === undefined],
    [
      'identifier-critical',
      extensions.critical(oids.authorityKeyIdentifier) || extensions.critical(oids.subjectKeyIdentifier),
    ],
    ['subject-identifier-missing', ca && extensions.value(oids.subjectKeyIdentifier) === undefined],
    ['authority-identifier-missing', aki === undefined && !facts.selfIssued],
  ];
  return checks.filter(([, broken]) => broken).map(([fault]) => fault);
}

const isoOf = (date: Date): string => (Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString());

function readFacts(node: X509Certificate, pki: Certificate): CertificateFacts {
  const extensions = readExtensions(pki);
  const subjectBlock = pki.subject.toSchema() as unknown as Parameters<typeof readDirectoryName>[0];
  const facts: Draft = {
    fingerprint: `SHA256:${node.fingerprint256}`,
    subject: oneLine(node.subject ?? '') || oneLine(node.subjectAltName ?? '') || node.serialNumber,
    issuer: oneLine(node.issuer ?? ''),
    subjectNames: readDirectoryName(subjectBlock),
    subjectEmail: pki.subject.typesAndValues.some(({ type }) => type === emailOid),
    selfIssued: node.subject === node.issuer,
    notBefore: isoOf(pki.notBefore.value),
    notAfter: isoOf(pki.notAfter.value),
    signature: readSignature(pki),
    key: readKey(node, pki),
    commonName: oneLine(/(?:^|\n)CN=(.*)/.exec(node.subject ?? '')?.[1] ?? ''),
    names: [],
    unknownCritical: extensions.unknownCritical,
    faults: [],
  };
  let unreadable = false;
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
  const faults = profileFaults(facts, pki, extensions);
  facts.faults = unreadable ? [...faults, 'unreadable-extension'] : faults;
  // Only a convenience: nothing is wrong with a certificate whose address cannot be read.
  const url = extensions.value(oids.authorityInfoAccess);
  try {
    const issuerUrl = url === undefined ? undefined : issuerUrlOf(url);
    return issuerUrl === undefined ? facts : { ...facts, issuerUrl };
  } catch {
    return facts;
  }
}

/** Reads one certificate; undefined where `der` is none, or where two readers do not agree on that. */
export function loadCertificate(der: Uint8Array): LoadedCertificate | undefined {
  try {
    parseDer(der);
    const node = new X509Certificate(der);
    if (!Buffer.from(node.raw).equals(der)) return undefined;
    const pki = Certificate.fromBER(new Uint8Array(der));
    return { der, node, pki, facts: readFacts(node, pki) };
  } catch {
    return undefined;
  }
}
