/** The inventory of a platform: hosts, storage, networks and machines with their owners, as plain data. Bytes, UTC. */
import type { Failure } from '../base/errors.ts';

/** A place for disks: a datastore, a storage pool. */
export interface StorageSpace {
  readonly name: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
  readonly accessible: boolean;
}

export interface HostCapacity {
  readonly name: string;
  readonly cores: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  readonly inMaintenance: boolean;
}

export interface MachineDisk {
  readonly capacityBytes: number;
  /** Name of the storage space. */
  readonly storage: string;
}

export interface MachineNic {
  readonly network: string;
  /** Empty where the platform has assigned none yet. */
  readonly mac: string;
  /** The network of the plan that the guest is told for this NIC; see the change `tell-nics`. */
  readonly told?: string;
}

/**
 * `created`: the machine is whole. `configured`: it agrees with its plan. `handed-over`: ALE has confirmed the tunnel.
 * `sealed`: the installer has no access any more.
 */
export const ownerStages = ['created', 'configured', 'handed-over', 'sealed'] as const;
export type OwnerStage = (typeof ownerStages)[number];

/** The maker of a machine, as recorded in the machine. */
export interface Owner {
  readonly site: string;
  readonly component: string;
  /** The machine's name at its creation. A copy under another name keeps it. */
  readonly machine: string;
  /** Undefined: its creation was interrupted. */
  readonly stage?: OwnerStage;
  /** Digest of the plan that it agrees with. */
  readonly plan?: string;
  /** SHA-256 of its image. */
  readonly image?: string;
  /** Networks of the NICs in order, only if the order differs from the plan's. */
  readonly nics?: readonly string[];
  /** Addresses of the machine and of the VIPs that it shares. Machines of earlier versions have none on record. */
  readonly addresses?: readonly string[];
  /** Public WireGuard key that a gateway was configured with. */
  readonly wireguardKey?: string;
  /** Time of the seal, ISO 8601 in UTC; only with the stage `sealed`. */
  readonly sealedAt?: string;
  /** Fingerprint of the bootstrap key that its guest got at its creation, `SHA256:..`. Missing if it got none. */
  readonly bootstrapKey?: string;
}

export interface Machine {
  /** The platform's own id: unique on its endpoint (names are not) and opaque to core. */
  readonly id: string;
  readonly name: string;
  /** Empty where no host runs it. */
  readonly host: string;
  readonly poweredOn: boolean;
  /** Undefined if this product did not make it. */
  readonly owner?: Owner;
  /** IPv4 addresses of its guest, each once, as far as recorded. */
  readonly addresses: readonly string[];
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly disks: readonly MachineDisk[];
  readonly nics: readonly MachineNic[];
  /** Fingerprints of the SSH host keys that its guest has published, `SHA256:..`. Missing if it has published none. */
  readonly hostKeys?: readonly string[];
}

/** The data centre of a machine, and the index of the endpoint in it. */
export interface Place {
  readonly datacentre: string;
  readonly endpointIndex: number;
}

/** The inventory of one endpoint. */
export interface EndpointInventory extends Place {
  readonly url: string;
  /** Fingerprint of the endpoint's certificate or host key, `SHA256:..`. */
  readonly fingerprint: string;
  /** Missing if the endpoint has no certificate. */
  readonly certificate?: { readonly subject: string; readonly notBefore: string; readonly notAfter: string };
  readonly product: string;
  readonly version: string;
  /** The platform's word for an endpoint of this kind. */
  readonly kind: string;
  /** Whether the endpoint accepts changes. */
  readonly writable: boolean;
  readonly hosts: readonly HostCapacity[];
  readonly storage: readonly StorageSpace[];
  readonly networks: readonly string[];
  readonly machines: readonly Machine[];
  /** SHA-256 of the images that it keeps for new machines; missing if it keeps none. */
  readonly images?: readonly string[];
}

/** The answer of an endpoint: its inventory, or the failure. */
export interface EndpointReading extends Place {
  readonly url: string;
  /** Set once the endpoint showed its identity, even if the login failed. */
  readonly shownFingerprint?: string;
  readonly inventory?: EndpointInventory;
  readonly failure?: Failure;
}
