/** Facts about a medium, from its signed catalogue and its images, as plain data. Bytes, UTC. */
import type { Failure } from '../base/errors.ts';
import type { SignedText } from './proof.ts';

/** The signer of an image's manifest, independent of the catalogue's signature. */
export interface ImageSigner {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, colon-separated. */
  readonly fingerprint: string;
  /** Whether the chain ends at a known issuer; otherwise the certificate's names are unproven. */
  readonly trusted: boolean;
}

/** An image by the signed catalogue and its descriptor. */
export interface ImageFacts {
  readonly components: readonly string[];
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly networks: readonly string[];
  /** The network of each NIC, in the guest's order. */
  readonly nics: readonly string[];
  readonly diskCapacityBytes: readonly number[];
  readonly properties: readonly string[];
  /** Time of the proof of its content. If missing, the image may be planned but not deployed. */
  readonly verifiedAt?: string;
  /** Whether it was proven earlier in this visit and not read again. */
  readonly reused?: boolean;
  /** From the image's `.cert`, if it has one. */
  readonly certificate?: ImageSigner;
}

export interface NocPeer {
  readonly name: string;
  readonly publicKey: string;
  readonly endpoint: string;
  readonly allowedIps: readonly string[];
}

/** The first check of a medium: signature and catalogue, without the content of images. */
export interface MediaOverview {
  readonly folder: string;
  readonly release: string;
  readonly created: string;
  readonly expires: string;
  readonly signer: string;
  readonly keyId: string;
  readonly images: readonly {
    readonly file: string;
    readonly components: readonly string[];
    readonly sizeBytes: number;
    readonly present: boolean;
  }[];
}

/** Evidence for a medium: signer, release and content. */
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

/** The result of reading a medium: its facts, or the refusal. */
export type MediaReading =
  | { readonly facts: MediaFacts; readonly failure?: undefined }
  | { readonly facts?: undefined; readonly failure: Failure };
