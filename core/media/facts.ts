/** Facts about a medium: what its signed catalogue and its images say of themselves, as plain data. Bytes, UTC. */
import type { Failure } from '../base/errors.ts';
import type { SignedText } from './proof.ts';

/** Who signed an image's manifest, beside the signature of the catalogue. */
export interface ImageSigner {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, colon-separated. */
  readonly fingerprint: string;
  /** Whether the chain ends at an issuer that is known here; otherwise it is just what the certificate says. */
  readonly trusted: boolean;
}

/** An image as the signed catalogue and its own descriptor tell of it. */
export interface ImageFacts {
  readonly components: readonly string[];
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly networks: readonly string[];
  /** The network of each adapter, in the order in which the guest sees them. */
  readonly nics: readonly string[];
  readonly diskCapacityBytes: readonly number[];
  readonly properties: readonly string[];
  /** When its content was proven. Missing: it was not read to the end yet, so it may be planned with, not deployed. */
  readonly verifiedAt?: string;
  /** It was proven earlier in this visit and not read again. */
  readonly reused?: boolean;
  /** From the image's `.cert`, when it has one. */
  readonly certificate?: ImageSigner;
}

export interface NocPeer {
  readonly name: string;
  readonly publicKey: string;
  readonly endpoint: string;
  readonly allowedIps: readonly string[];
}

/** Evidence for a medium: who signed which release, and what it holds. */
export interface MediaFacts {
  readonly folder: string;
  readonly release: string;
  readonly created: string;
  readonly expires: string;
  readonly catalogueSha256: string;
  readonly signer: string;
  readonly keyId: string;
  readonly signed: SignedText;
  readonly verifiedAt: string;
  readonly toolVersion: string;
  readonly clockSuspect: boolean;
  readonly images: readonly ImageFacts[];
  readonly peers: readonly NocPeer[];
  readonly recipients: readonly string[];
}

/** A medium that was read: its facts, or why it was refused. */
export type MediaReading =
  | { readonly facts: MediaFacts; readonly failure?: undefined }
  | { readonly facts?: undefined; readonly failure: Failure };
