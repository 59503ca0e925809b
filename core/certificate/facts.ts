/** The content of a certificate as plain data, made by the adapter from DER. It contains all inputs of the rules. */

/** Extended key usages and other object identifiers that the rules use. */
export const oids = {
  subjectAltName: '2.5.29.17',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  policyConstraints: '2.5.29.36',
  inhibitAnyPolicy: '2.5.29.54',
  distributionPoints: '2.5.29.31',
  netscapeType: '2.16.840.1.113730.1.1',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** Bits of the key usage extension that the rules use, by their number in RFC 5280 section 4.2.1.3. */
export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5 } as const;

/** The bit of Netscape's certificate type for TLS servers. */
export const netscapeServer = 1;

/** A name in a subject alternative name, or the base of a name constraint. */
export type GeneralName =
  | { readonly kind: 'dns'; readonly value: string }
  /** Bytes of the address; in a constraint the mask follows them. */
  | { readonly kind: 'ip'; readonly value: readonly number[] }
  /** One comparable string per relative distinguished name, outermost first. */
  | { readonly kind: 'directory'; readonly value: readonly string[] }
  | { readonly kind: 'other'; readonly type: string };

/** The issuer by the authority key identifier. RFC 5280 section 4.2.1.1. */
export interface AuthorityIdentifier {
  /** Hexadecimal. */
  readonly keyIdentifier?: string;
  /** The issuer's issuer, in the form of {@link CertificateFacts.issuerNames}. */
  readonly issuerNames?: readonly string[];
  /** The issuer's serial number, hexadecimal. */
  readonly serial?: string;
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
  /** The extension or one of its lists is empty, which RFC 5280 does not define. */
  readonly empty?: boolean;
}

/**
 * Violations of RFC 5280 by a certificate, and their status. `warn`: no client of an edge enforces the rule.
 * docs/certificates.md gives the section of the RFC and the reason for each.
 */
export const profileFaults = {
  version: 'fail',
  serial: 'fail',
  'serial-negative': 'fail',
  'serial-zero': 'warn',
  /** The two fields with the signature algorithm differ. */
  signature: 'fail',
  /** A date has a form outside RFC 5280, or does not exist. */
  'date-form': 'fail',
  'date-type': 'warn',
  dates: 'fail',
  'unique-identifier': 'warn',
  /** An extension occurs twice. */
  repeated: 'fail',
  'unreadable-extension': 'fail',
  'special-purpose': 'fail',
  'issuer-empty': 'fail',
  'subject-empty': 'fail',
  'names-empty': 'fail',
  'constraints-not-critical': 'fail',
  'path-length': 'fail',
  'usage-missing': 'fail',
  'name-constraints-leaf': 'fail',
  'name-constraints-empty': 'fail',
  'name-constraints-not-critical': 'warn',
  'name-constraints-dot': 'warn',
  'policy-constraints-not-critical': 'warn',
  /** More policies than the limit. The certificate is refused without comparing them. */
  'policies-many': 'fail',
  'identifier-critical': 'fail',
  'subject-identifier-missing': 'fail',
  'authority-identifier-missing': 'fail',
  'authority-identifier-without-key': 'fail',
} as const;
export type ProfileFault = keyof typeof profileFaults;

export interface CertificateFacts {
  /** `SHA256:AB:CD:..` over the whole certificate. */
  readonly fingerprint: string;
  /** One line without control characters, for messages. */
  readonly subject: string;
  readonly issuer: string;
  /** The subject in the form for name constraints. */
  readonly subjectNames: readonly string[];
  readonly issuerNames: readonly string[];
  /** Hexadecimal, without leading zeros. */
  readonly serial: string;
  /** The subject contains an e-mail address, to which name constraints apply. */
  readonly subjectEmail: boolean;
  readonly selfIssued: boolean;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** `name` for messages, e.g. `RSA with SHA-256`. */
  readonly signature: { readonly name: string; readonly strong: boolean };
  /** `RSA 2048`, `P-256`. */
  readonly key: { readonly name: string; readonly strong: boolean; readonly kind: 'rsa' | 'ec' | 'other' };
  readonly commonName: string;
  readonly names: readonly GeneralName[];
  readonly constraints?: { readonly ca: boolean; readonly pathLength?: number };
  /** Numbers of the set bits. */
  readonly keyUsage?: readonly number[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly nameConstraints?: NameConstraints;
  /** Hexadecimal. */
  readonly subjectIdentifier?: string;
  readonly authorityIdentifier?: AuthorityIdentifier;
  /** Bits of Netscape's certificate type, which OpenSSL still honours. */
  readonly netscapeType?: readonly number[];
  /** Object identifiers of critical extensions that are not implemented. */
  readonly unknownCritical: readonly string[];
  readonly faults: readonly ProfileFault[];
  /** URL of the issuer's certificate, if given. */
  readonly issuerUrl?: string;
}
