/** The result of a certificate check, for the wizard, the command line and preflight. Plain data without secrets. */
import type { Finding } from '../base/findings.ts';
import type { CertificateFormat } from './evidence.ts';

export interface LeafInWords {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names of the subject alternative name. */
  readonly names: readonly string[];
  /** `SHA256:AB:CD:..` */
  readonly fingerprint: string;
  /** `P-256`, `RSA 2048`. */
  readonly key: string;
  /** `ECDSA with SHA-256`. */
  readonly signature: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
}

export interface ChainLink {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint: string;
  /** ISO 8601, UTC. */
  readonly notAfter: string;
}

export interface CertificateReport {
  readonly format: CertificateFormat;
  readonly findings: readonly Finding[];
  readonly blocking: number;
  readonly leaf: LeafInWords;
  /** The path, leaf first, with the root if known. */
  readonly chain: readonly ChainLink[];
  /**
   * `public`: a recognised authority. `given`: a root that the user named. `none`: the chain leads to no trusted root.
   */
  readonly trust: 'public' | 'given' | 'none';
  /** The chain as a server needs it: leaf first, root left out, PEM. */
  readonly chainPem: string;
}
