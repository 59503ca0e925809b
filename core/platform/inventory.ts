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
  readonly mac: string;
}

/** Who made a machine, as the machine itself carries it. */
export interface Owner {
  readonly site: string;
  readonly component: string;
  /** The name under which the machine was made. A copy under another name keeps it. */
  readonly machine: string;
  /** Undefined: its creation was interrupted. `created`: it is whole. `configured`: it was brought to its plan. */
  readonly stage?: 'created' | 'configured';
  /** Digest of the plan that it was brought to. */
  readonly plan?: string;
  /** SHA-256 of the image that it was made from. */
  readonly image?: string;
  /** Networks of the NICs in order, only where that is another order than the plan's. */
  readonly nics?: readonly string[];
  /** Addresses of the machine and of the VIPs that it shares. Machines of earlier versions have none on record. */
  readonly addresses?: readonly string[];
}

export interface Machine {
  /** The platform's own id: unique on its endpoint (names are not) and opaque to core. */
  readonly id: string;
  readonly name: string;
  /** Empty where no host runs it. */
  readonly host: string;
  readonly poweredOn: boolean;
  /** Undefined: this product did not make it. */
  readonly owner?: Owner;
  /** IPv4 addresses that its guest was given, each once, as far as they are on record. */
  readonly addresses: readonly string[];
  readonly vcpu: number;
  readonly memoryMb: number;
  readonly disks: readonly MachineDisk[];
  readonly nics: readonly MachineNic[];
}

/** Where a machine lives: the data centre, and the index of the endpoint in it. */
export interface Place {
  readonly datacentre: string;
  readonly endpoint: number;
}

/** Everything that one endpoint of a platform has. */
export interface EndpointInventory extends Place {
  readonly url: string;
  /** Fingerprint of what the endpoint showed of itself, `SHA256:..`. */
  readonly fingerprint: string;
  /** Missing where the endpoint has no certificate. */
  readonly certificate?: { readonly subject: string; readonly notBefore: string; readonly notAfter: string };
  readonly product: string;
  readonly version: string;
  /** What the platform calls an endpoint of this kind. */
  readonly kind: string;
  /** Whether the endpoint takes changes. */
  readonly writable: boolean;
  readonly hosts: readonly HostCapacity[];
  readonly storage: readonly StorageSpace[];
  readonly networks: readonly string[];
  readonly machines: readonly Machine[];
  /** SHA-256 of the images that it keeps for machines to be made from; missing where it keeps none. */
  readonly images?: readonly string[];
}

/** An endpoint that was asked: its inventory, or why it could not be read. */
export interface EndpointReading extends Place {
  readonly url: string;
  /** Set as soon as the endpoint showed what it is, even if the login failed. */
  readonly shownFingerprint?: string;
  readonly inventory?: EndpointInventory;
  readonly failure?: Failure;
}
