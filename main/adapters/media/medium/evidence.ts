import { imageFor } from '../../../../core/media/catalogue.ts';
import type { CatalogueImage } from '../../../../core/media/catalogue.ts';
import type { NocPeer } from '../../../../core/media/peers.ts';
import type { Descriptor } from '../../../../core/media/ovf/ovf.ts';
import type { SignedText } from '../../../../core/media/proof.ts';
import type { CertificateSigner } from '../image/certificate.ts';
import type { FileIdentity } from '../image/file-identity.ts';
import type { VerifiedImage } from '../memory.ts';
import type { SampledBlocks } from '../image/sampled-blocks.ts';
import type { SignedCatalogue } from '../catalogue/signed-catalogue.ts';

/** The proof of a medium and its images, with times. */

/** Content of the catalogue, proven by its signature. */
export interface MediumSummary {
  /** Absolute path. */
  readonly folder: string;
  readonly release: string;
  /** UTC, ISO 8601. */
  readonly created: string;
  readonly expires: string;
  readonly catalogueSha256: string;
  readonly signer: { readonly name: string; readonly keyId: string };
  readonly signed: SignedText;
  readonly trustedComment: string;
  readonly clockSuspect: boolean;
  readonly peers: readonly NocPeer[];
  readonly recipients: readonly string[];
  /** Components of the plan that no image serves. */
  readonly missingComponents: readonly string[];
}

/** An image's entry in the catalogue, and its own descriptor. */
export interface ImageFront {
  readonly components: readonly string[];
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly descriptor: Descriptor;
}

/** The proof that one image is what ALE signed. */
export interface ImageEvidence extends ImageFront {
  /** UTC, ISO 8601. */
  readonly verifiedAt: string;
  /** Duration of the reading, in ms. */
  readonly seconds: number;
  /** True when an earlier reading on this laptop still holds. */
  readonly reused: boolean;
  readonly guest: CatalogueImage['guest'];
  readonly members: VerifiedImage['members'];
  readonly manifest: VerifiedImage['manifest'];
  readonly certificate: CertificateSigner | undefined;
  readonly identity: FileIdentity;
  readonly samples: SampledBlocks;
}

/** Time and version of the verification. */
export interface VerifiedSummary extends MediumSummary {
  readonly toolVersion: string;
  /** UTC, ISO 8601: when the verification began. */
  readonly verifiedAt: string;
}

export interface MediaEvidence extends VerifiedSummary {
  readonly images: readonly ImageEvidence[];
}

export function summaryOf(folder: string, signed: SignedCatalogue, components: readonly string[] = []): MediumSummary {
  const { catalogue } = signed;
  return {
    folder,
    release: catalogue.release,
    created: catalogue.created,
    expires: catalogue.expires,
    catalogueSha256: signed.sha256,
    signer: signed.signer,
    signed: signed.signed,
    trustedComment: signed.trustedComment,
    clockSuspect: signed.clockSuspect,
    peers: catalogue.noc?.peers ?? [],
    recipients: catalogue.handover?.recipients ?? [],
    missingComponents: components.filter((component) => imageFor(catalogue, component) === undefined),
  };
}

export function evidenceOf(image: CatalogueImage, verified: VerifiedImage, reused: boolean): ImageEvidence {
  const { verifiedAt, seconds, descriptor, members, manifest, certificate, identity, samples } = verified;
  return {
    ...frontOf(image, descriptor),
    guest: image.guest,
    reused,
    verifiedAt,
    seconds,
    members,
    manifest,
    certificate,
    identity,
    samples,
  };
}

/** A proven image has the size and SHA-256 of the catalogue. */
export const frontOf = ({ components, file, size, sha256 }: CatalogueImage, descriptor: Descriptor): ImageFront => ({
  components,
  file,
  sizeBytes: size,
  sha256,
  descriptor,
});
