/** What the runner needs of a platform: one small interface, which every platform implements in a folder of its own. */
import type { Result } from '../../core/base/errors.ts';
import type { MachineChange } from '../../core/deploy/operation.ts';
import type { EndpointInventory, Machine, Owner, Place } from '../../core/platform/inventory.ts';
import type { EndpointLayout } from '../../core/platform/platform.ts';
import type { Amount } from '../../core/run/event.ts';

/** What platforms may use of this machine. */
export interface PlatformTools {
  /** Gives the path of govc, proven to be ours. Fails with `common.program-missing` or `common.program-altered`. */
  readonly govcProgram: () => Promise<Result<string>>;
  /** Time limits in ms; each has a default of the platform. */
  readonly endpointTimeouts?: Readonly<Record<string, number>>;
}

export interface OpenInput extends Place {
  readonly tools: PlatformTools;
  readonly layout: EndpointLayout;
  /** The platform's section of the site file. */
  readonly section: unknown;
  /** From the secret store; missing where it has none. */
  readonly secret?: { readonly name: string; readonly value: string | undefined };
}

export interface UploadRequest {
  /** Absolute path of the verified image. */
  readonly file: string;
  readonly sha256: string;
  readonly storage: string;
  readonly onProgress: (amount: Amount) => void;
}

export interface CreateRequest {
  readonly name: string;
  /** The verified image: the absolute path of its file, or what was uploaded under its SHA-256 before. */
  readonly image: { readonly file: string } | { readonly sha256: string };
  readonly storage: string;
  /** Network of the image's descriptor to network of the platform. */
  readonly networks: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Marks the machine from its first moment. */
  readonly owner: Owner;
  readonly onProgress: (amount: Amount) => void;
}

/** After a failure `done` says how many of the changes were made, in their order; missing: none. */
export type ChangeResult = Result<void> & { readonly done?: number };

/** One endpoint, opened. Every call gives a value; failures are those of the platform. A machine is named by its id. */
export interface PlatformEndpoint {
  readonly url: string;
  inspect(signal?: AbortSignal): Promise<Result<EndpointInventory>>;
  /** Undefined: there is no machine of that name. */
  find(name: string, signal?: AbortSignal): Promise<Result<Machine | undefined>>;
  /** Only where the platform keeps images. */
  uploadImage?(request: UploadRequest, signal?: AbortSignal): Promise<Result<void>>;
  /** Makes a machine and gives its id. */
  create(request: CreateRequest, signal?: AbortSignal): Promise<Result<string>>;
  /** Makes the changes in their order and looks that each is there. A change that was made already is no failure. */
  change(
    machine: { readonly id: string; readonly name: string },
    changes: readonly MachineChange[],
    signal?: AbortSignal,
  ): Promise<ChangeResult>;
  /**
   * Removes the machine with its disks. One that is gone already is no failure. While the host is busy with it, it
   * waits and calls `onBusy`.
   */
  destroy(id: string, signal?: AbortSignal, onBusy?: () => void): Promise<Result<void>>;
  /** Removes what interrupted deployments left for machines of these names, as far as it is empty. */
  removeLeftovers(names: readonly string[], signal?: AbortSignal): Promise<Result<void>>;
  close(): Promise<void>;
}

/** A certificate that an endpoint shows, unchecked: for a person to compare and pin. */
export interface ShownCertificate {
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface PlatformDriver {
  open(input: OpenInput): Promise<Result<PlatformEndpoint>>;
  /** Nothing is logged in to. Only where the platform pins certificates. */
  readonly showCertificate?: (url: string, signal?: AbortSignal) => Promise<Result<ShownCertificate>>;
}
