/** The evidence on a site's certificate. The rules read nothing else. */
import type { CertificateFacts } from './facts.ts';

export const certificateFormats = ['pem', 'der', 'pkcs12', 'pkcs7'] as const;
export type CertificateFormat = (typeof certificateFormats)[number];

/** How far the path from the leaf leads. */
export type PathOutcome =
  | {
      readonly kind: 'complete';
      /** `public`: to a root that comes with the application. `given`: to a root that the user named. */
      readonly trust: 'public' | 'given';
      /** Why the validating library refuses the path; missing where it accepts it. */
      readonly refusal?: string;
    }
  | {
      readonly kind: 'incomplete';
      /**
       * `missing`: the issuer of the last certificate is not there. `not-signed`: a certificate of that name is there, but it
       * did not sign. `unknown-root`: the chain ends at a root that is not recognised. `self-signed`: the leaf signed itself.
       */
      readonly reason: 'missing' | 'not-signed' | 'unknown-root' | 'self-signed';
    };

/**
 * What a file that should hold a private key holds instead. `protection`: a key whose encryption is not read here;
 * `pkcs12-protection`: the same of a PKCS#12 file. `ssh`: a key for logins. `damaged`: PEM that is not whole.
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

/** The private key to compare with: where it is from, and how it compares. `absent`: there is none. */
export type KeyMatch = 'match' | 'mismatch' | 'absent' | KeyFileFault;

export interface KeyEvidence {
  readonly source: 'given' | 'stored';
  readonly match: KeyMatch;
  /** Path of a key that was given. */
  readonly file?: string;
  /** Code of the failure that kept the secret store from answering. */
  readonly fault?: string;
}

export interface CertificateEvidence {
  readonly fqdn: string;
  readonly visibility: 'internet' | 'lan';
  readonly format: CertificateFormat;
  /** Leaf first, as far as the path leads; the root is the last when it is complete. Never empty. */
  readonly path: readonly [CertificateFacts, ...CertificateFacts[]];
  readonly outcome: PathOutcome;
  readonly inOrder: boolean;
  /** Subjects of certificates in the file that are on no path from the leaf. */
  readonly unrelated: readonly string[];
  /** Subjects of certificates in the file that lead upwards from the leaf, but to no trusted root although another way does. */
  readonly detours: readonly string[];
  /** A client that takes the first matching issuer follows such a dead end. */
  readonly misleading: boolean;
  /** The file holds a private key that anybody can read. */
  readonly openKey: boolean;
  readonly key: KeyEvidence;
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly now: string;
  /** The time cannot be earlier: a file at hand was made then. ISO 8601, UTC. */
  readonly earliest: string;
}
