/**
 * The operations of a deployment as data. Each has a target (an endpoint or a machine) and an executor (the platform,
 * SSH, or a person). The preview shows operations, and the runner runs the same ones.
 */
import type { NetworkName } from '../plan/model.ts';
import type { Owner, Place } from '../platform/inventory.ts';

export interface EndpointTarget {
  readonly kind: 'endpoint';
  readonly place: Place;
}

export interface MachineTarget {
  readonly kind: 'machine';
  readonly place: Place;
  readonly machine: string;
  /** The platform's id of the machine, if it exists and is kept. */
  readonly id?: string;
}

export type Target = EndpointTarget | MachineTarget;

export interface ToldNic {
  /** Position of the NIC. */
  readonly nic: number;
  readonly network: NetworkName;
}

/**
 * A change of a machine that exists. A platform may make several of one machine at once, in this order. Sizes are GiB.
 */
export type MachineChange =
  | { readonly kind: 'mark'; readonly owner: Owner }
  | { readonly kind: 'set-hardware'; readonly vcpu: number; readonly memoryMb: number }
  | { readonly kind: 'grow-disk'; readonly disk: number; readonly sizeGb: number }
  | { readonly kind: 'add-disk'; readonly disk: number; readonly sizeGb: number; readonly storage: string }
  | { readonly kind: 'connect-nic'; readonly nic: number; readonly network: string }
  /**
   * Tells the guest, by MAC address, which NIC is on which network of the plan. The platform makes sure that the NICs
   * have MAC addresses. Source: docs/image-contract.md, `edge.nics`.
   */
  | { readonly kind: 'tell-nics'; readonly nics: readonly ToldNic[] }
  | { readonly kind: 'power-on' };

export const changeKinds = [
  'mark',
  'set-hardware',
  'grow-disk',
  'add-disk',
  'connect-nic',
  'tell-nics',
  'power-on',
] as const;

export interface ImageSource {
  readonly file: string;
  readonly sha256: string;
  /** The endpoint keeps the image: an earlier operation of the endpoint uploads it. */
  readonly isKept: boolean;
}

interface OnEndpoint {
  readonly id: string;
  readonly target: EndpointTarget;
}

interface OnMachine {
  readonly id: string;
  readonly target: MachineTarget;
}

export type PlatformOperation = { readonly by: 'platform' } & (
  | (OnEndpoint & { readonly kind: 'upload-image'; readonly image: ImageSource; readonly storage: string })
  | (OnMachine &
      (
        | { readonly kind: 'discard-partial' }
        | {
            readonly kind: 'create-machine';
            readonly image: ImageSource;
            readonly storage: string;
            /** Network of the image's descriptor to network of the platform. */
            readonly networks: Readonly<Record<string, string>>;
            /** Properties that the guest reads at its first boot. */
            readonly properties: Readonly<Record<string, string>>;
            /** Marks the machine from its first moment. */
            readonly owner: Owner;
          }
        | MachineChange
      ))
);

export type SshOperation = { readonly by: 'ssh' } & OnMachine & {
    readonly kind: 'configure-gateway';
    readonly address: string;
  };

/** A person makes the machine, by the document of manual steps. */
export type HandOperation = { readonly by: 'hand' } & OnMachine & { readonly kind: 'make-by-hand' };

export type Operation = PlatformOperation | SshOperation | HandOperation;
export type OperationKind = Operation['kind'];

/** The name of a target for people: the machine's name, or the data centre and the number of the endpoint in it. */
export const targetName = (target: Target): string =>
  target.kind === 'machine' ? target.machine : `${target.place.datacentre}/${target.place.endpointIndex + 1}`;

/** The operations on one target, in order. Work items of one phase are independent, except for uploaded images. */
export type Work =
  | { readonly target: EndpointTarget; readonly operations: readonly Operation[] }
  | { readonly target: MachineTarget; readonly component: string; readonly operations: readonly Operation[] };

export type MachineWork = Extract<Work, { readonly component: string }>;

export const isMachineWork = (work: Work): work is MachineWork => work.target.kind === 'machine';
