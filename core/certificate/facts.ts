/** What a certificate says, as plain data. Made by the adapter out of DER; everything the rules look at is in here. */

/** Extended key usages and other object identifiers that rules ask for. */
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
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** Bits of the key usage extension that matter here, by their number in RFC 5280 section 4.2.1.3. */
export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5 } as const;

/** A name in a subject alternative name, or the base of a name constraint. */
export type GeneralName =
  | { readonly kind: 'dns'; readonly value: string }
  /** Bytes of the address; in a constraint the mask follows them. */
  | { readonly kind: 'ip'; readonly value: readonly number[] }
  /** One string per relative distinguished name, outermost first, in a form that can be compared. */
  | { readonly kind: 'directory'; readonly value: readonly string[] }
  | { readonly kind: 'other'; readonly type: string };

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/**
 * Departures from RFC 5280 that OpenSSL's strict mode refuses: Python's TLS uses it by default. `repeated`: an extension is
 * there twice. `signature`: its algorithm is written in two places that differ.
 */
export type ProfileFault =
  | 'version'
  | 'serial'
  | 'signature'
  | 'dates'
  | 'repeated'
  | 'unreadable-extension'
  | 'issuer-empty'
  | 'subject-empty'
  | 'names-empty'
  | 'constraints-not-critical'
  | 'path-length'
  | 'usage-missing'
  | 'identifier-critical'
  | 'subject-identifier-missing'
  | 'authority-identifier-missing';

export interface CertificateFacts {
  /** `SHA256:AB:CD:..` over the whole certificate. */
  readonly fingerprint: string;
  /** On one line, without control characters: it goes into messages. */
  readonly subject: string;
  readonly issuer: string;
  /** The subject as it is compared with name constraints. */
  readonly subjectNames: readonly string[];
  /** The subject holds an e-mail address, which name constraints would have to be applied to. */
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
  /** Numbers of the bits that are set. */
  readonly keyUsage?: readonly number[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly nameConstraints?: NameConstraints;
  /** Critical extensions that nobody here understands: object identifiers. */
  readonly unknownCritical: readonly string[];
  readonly faults: readonly ProfileFault[];
  /** Where the issuer's certificate can be had, when it says so. */
  readonly issuerUrl?: string;
}
