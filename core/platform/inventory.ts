/** What adapters saw of the real world: plain data, so that rules and reconciliation stay pure. Bytes, UTC. */
import type { Failure } from '../base/errors.ts';
import type { SignedText } from '../media/proof.ts';

export interface SeenDatastore {
  readonly name: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
  readonly accessible: boolean;
}

export interface SeenHost {
  readonly name: string;
  readonly cores: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  readonly inMaintenance: boolean;
}

export interface SeenDisk {
  readonly key: number;
  readonly capacityBytes: number;
  readonly datastore: string;
}

export interface SeenNic {
  readonly key: number;
  readonly network: string;
  readonly mac: string;
}

export interface SeenVm {
  readonly name: string;
  /** Managed object reference, unique on its endpoint (names are not). */
  readonly moref: string;
  readonly host: string;
  readonly poweredOn: boolean;
  readonly annotation: string;
  readonly extraConfig: Readonly<Record<string, string>>;
  /** Properties that the import gave to the guest, where vSphere keeps them (ESXi does not). */
  readonly properties?: Readonly<Record<string, string>>;
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly disks: readonly SeenDisk[];
  readonly nics: readonly SeenNic[];
}

/** One vSphere endpoint as it was seen. */
export interface SeenEndpoint {
  readonly datacentre: string;
  /** Index in the data centre's list of endpoints. */
  readonly endpoint: number;
  readonly url: string;
  /** Fingerprint of the certificate that the endpoint showed, `SHA256:..`. */
  readonly fingerprint: string;
  readonly certificate: { readonly subject: string; readonly notBefore: string; readonly notAfter: string };
  readonly product: string;
  readonly version: string;
  readonly kind: 'esxi' | 'vcenter';
  /** Whether the API takes changes; a free ESXi licence refuses them. */
  readonly writable: boolean;
  readonly hosts: readonly SeenHost[];
  readonly datastores: readonly SeenDatastore[];
  readonly networks: readonly string[];
  readonly vms: readonly SeenVm[];
}

/** An endpoint that was asked: what was seen, or why not. */
export interface EndpointFacts {
  readonly datacentre: string;
  readonly endpoint: number;
  readonly url: string;
  /** Set as soon as a TLS connection showed a certificate, even if the login failed. */
  readonly shownFingerprint?: string;
  readonly seen?: SeenEndpoint;
  readonly failure?: Failure;
}

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

/** A medium that was looked at: what it is, or why it was refused. */
export type SeenMedia =
  | { readonly seen: MediaFacts; readonly failure?: undefined }
  | { readonly seen?: undefined; readonly failure: Failure };

/** What was deployed last from a site file, as this computer remembers it. */
export interface DeployedSite {
  readonly site: string;
  readonly fqdn: string;
  readonly datacentres: readonly string[];
  /** How many VMs the plan had. */
  readonly vms: number;
  readonly planDigest: string;
  /** Absolute path of the site file. */
  readonly siteFile: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** Everything that preflight looks at beside the site and its plan. Missing: not asked yet, so its rules are pending. */
export interface Facts {
  readonly endpoints?: readonly EndpointFacts[];
  readonly media?: SeenMedia;
  readonly secrets?: { readonly names: readonly string[]; readonly backend: string; readonly failure?: Failure };
  /** What was deployed from this site file before; null: nothing. */
  readonly deployed?: DeployedSite | null;
  /** The laptop's clock, ISO 8601 in UTC. */
  readonly now: string;
}
