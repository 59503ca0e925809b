/** The evidence on a site's certificate is the only input of the rules. */
import type { CertificateFacts } from './facts.ts';

export const certificateFormats = ['pem', 'der', 'pkcs12', 'pkcs7'] as const;
export type CertificateFormat = (typeof certificateFormats)[number];

/** The end of the path from the leaf. */
export type PathOutcome =
  | {
      readonly kind: 'complete';
      /** `public`: the root is part of the application. `given`: the user named the root. */
      readonly trust: 'public' | 'given';
      /** The validating library's reason to refuse the path; missing if it accepts the path. */
      readonly refusal?: string;
    }
  | {
      readonly kind: 'incomplete';
      /**
       * `missing`: the issuer of the last certificate is missing. `not-signed`: a certificate has the issuer's name,
       * but did not sign. `unknown-root`: the chain ends at a root that is not recognised. `self-signed`: the leaf
       * signed itself.
       */
      readonly reason: 'missing' | 'not-signed' | 'unknown-root' | 'self-signed';
    };

/**
 * The actual content of a file that should contain a private key. `protection`: a key with unsupported encryption;
 * `pkcs12-protection`: the same for a PKCS#12 file; `ssh`: an SSH key; `damaged`: incomplete PEM.
 */
export const keyFileFaults = [
  'encrypted',
  'wrong-passphrase',
  'protection',
  'pkcs12-protection',
  'public-key',
  'request',
  'certificate',
  'ssh',
  'damaged',
  'unreadable',
] as const;
export type KeyFileFault = (typeof keyFileFaults)[number];

/** The private key to compare with: its source, and the result. `absent`: no key exists. */
export type KeyMatch = 'match' | 'mismatch' | 'absent' | KeyFileFault;

export interface KeyEvidence {
  readonly source: 'given' | 'stored';
  readonly match: KeyMatch;
  /** Path of the given key. */
  readonly file?: string;
  /** Failure code of the secret store. */
  readonly fault?: string;
}

export interface CertificateEvidence {
  readonly fqdn: string;
  readonly visibility: 'internet' | 'lan';
  readonly format: CertificateFormat;
  /** The path, leaf first; if it is complete, the root is last. Never empty. */
  readonly path: readonly [CertificateFacts, ...CertificateFacts[]];
  readonly outcome: PathOutcome;
  readonly inOrder: boolean;
  /** Subjects of certificates in the file that are on no path from the leaf. */
  readonly unrelated: readonly string[];
  /**
   * Subjects of certificates in the file above the leaf that are on no trusted path, although another path is trusted.
   */
  readonly detours: readonly string[];
  /** A client that takes the first matching issuer would fail on such a certificate. */
  readonly misleading: boolean;
  /** The file contains a readable private key. */
  readonly openKey: boolean;
  readonly key: KeyEvidence;
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly now: string;
  /** The earliest possible time, by the date of an existing file. ISO 8601, UTC. */
  readonly earliest: string;
}
