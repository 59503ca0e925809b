/**
 * What this library takes and gives back. Sizes say their unit in the name: `Bytes` are bytes, `Mb` is MiB as vSphere
 * counts memory, `Gib` is GiB. A `moref` is vSphere's own id of an object ('vm-42' on vCenter, '12' on ESXi): unique on
 * its endpoint, which a name is not.
 */
import type {
  About,
  Datastore,
  Everything,
  Host,
  Inventory,
  Network,
  Vm,
  VmDisk,
  VmNic,
  Writability,
} from './inventory-types.ts';

/** Time limits in milliseconds; each has a default in `createGovc`. */
export interface GovcTimeouts {
  /** A command that reads. Default 60 000. */
  readonly read?: number;
  /** A command that changes something and waits for its task. Default 600 000. */
  readonly change?: number;
  /** Longest silence of an upload (no further byte sent). Default 120 000. An upload as a whole has no limit. */
  readonly uploadStall?: number;
  /** What govc has to abort its lease and to log out after it was asked to stop; then it is killed. Default 12 000. */
  readonly stop?: number;
  /** How long `destroy` waits for a VM that another task keeps busy. Default 360 000: a lease of ESXi lasts 300 000. */
  readonly busy?: number;
}

export interface GovcOptions {
  /**
   * Path of the govc executable, or a function that gives it before each start. What the function throws rejects the
   * call, and nothing is started.
   */
  readonly binary: string | (() => Promise<string>);
  /** DNS name in ASCII, IPv4 address, or IPv6 address without brackets. The library reads no URL: its caller did. */
  readonly host: string;
  /** TCP port, default 443. */
  readonly port?: number;
  readonly username: string;
  readonly password: string;
  /**
   * Pinned certificate, `SHA256:AB:CD:…` over the DER of the server's own certificate. With a pin no authority counts,
   * only this very certificate. Without one the system's authorities decide; there is no way to skip the check.
   */
  readonly fingerprint?: string;
  /** Where the private folder is made. Default: the system's folder for temporary files. */
  readonly homeDir?: string;
  /** Needed when the endpoint has more than one datacenter. */
  readonly datacenter?: string;
  /** Further environment of govc, for instance `SSL_CERT_FILE`. Names that start with `GOVC_` are refused. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeouts?: GovcTimeouts;
  /**
   * All commands share one session: a govc of our own build logs in before the first of them, keeps the session in the
   * private folder, and logs out with `dispose` or when this process has ended. Default: each command logs in and out.
   */
  readonly shareSession?: boolean;
}

export interface CallOptions {
  /** Stops the call: govc's whole process tree has ended before the promise rejects with kind `aborted`. */
  readonly signal?: AbortSignal;
}

export interface DestroyOptions extends CallOptions {
  /** Called before each wait for a busy VM. */
  readonly onBusy?: () => void;
}

export interface RemoveFoldersRequest {
  /** Name or inventory path of the datastore. */
  readonly datastore: string;
  /** Names of folders, without a path. */
  readonly folders: readonly string[];
}

/** One managed object by its id, or a VM by its name; a name that fits several VMs is an error of kind `ambiguous`. */
export type VmRef = { readonly moref: string } | { readonly name: string };

export interface ApplyRequest {
  readonly vm: { readonly moref: string };
  readonly cpus?: number;
  /** MiB. */
  readonly memoryMb?: number;
  /** Values go through a file, never through argv. */
  readonly extraConfig?: Readonly<Record<string, string>>;
  /** Disks by their place from 0. They only grow. */
  readonly grow?: readonly { readonly index: number; readonly sizeBytes: number }[];
  /** New disks, thin. A disk of that name that the VM has already is not made again. */
  readonly create?: readonly {
    /** Name or inventory path. */
    readonly datastore: string;
    /** `<folder>/<file>` below the datastore, without '.vmdk'. The folder is made where it is missing. */
    readonly name: string;
    readonly sizeBytes: number;
  }[];
  /** NICs by their place from 0. */
  readonly nics?: readonly { readonly index: number; readonly network: string }[];
  /**
   * Names of NICs by their place from 0, as one value of `extraConfig` under `key`: `<mac>=<name>` in this order,
   * separated by commas. A NIC without a MAC address gets a static one, since a standalone host assigns it at the first
   * power-on only.
   */
  readonly nicNames?: {
    readonly key: string;
    readonly names: readonly { readonly index: number; readonly name: string }[];
  };
  readonly powerOn?: boolean;
}

export interface ImportProgress {
  /** Base name of the file in the OVA that is being sent. */
  readonly file: string;
  /** 1 for the first file; govc does not tell how many there are. */
  readonly fileNumber: number;
  /** Of this file, 0 to 100. */
  readonly percent: number;
  /** Bytes sent of this file; whole percent of `totalBytes`, where that is known. */
  readonly bytes: number;
  /** Size of this file in the OVA. */
  readonly totalBytes?: number;
  /** Bytes per second over the last second. */
  readonly rate: number;
}

export interface ImportOvaRequest {
  /** Absolute path of the OVA. */
  readonly file: string;
  readonly name: string;
  /** Name or inventory path. */
  readonly datastore: string;
  /** Network name in the OVF -> name (or path) of the port group: exactly the OVF's networks, no more, no fewer. */
  readonly networks: Readonly<Record<string, string>>;
  /** OVF property key -> value. Anyone who may read the VM may read them: no secret. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Set together with the VM, in one call: a half-imported VM already has it. */
  readonly annotation: string;
  /** Inventory path or moref (`Folder:group-v3`). */
  readonly folder?: string;
  readonly pool?: string;
  readonly host?: string;
  readonly diskProvisioning?: 'thin' | 'thick' | 'eagerZeroedThick';
  /** OVF deployment option (`Configuration`). */
  readonly deployment?: string;
  /**
   * Also write the properties as `guestinfo.ovfEnv`: needed on ESXi, where nobody else does. govc does not escape the
   * values, so a key or value with `& < > "` or a line break is refused as `invalid-argument`.
   */
  readonly injectOvfEnv?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ChangeVmRequest {
  readonly vm: VmRef;
  readonly cpus?: number;
  /** MiB. */
  readonly memoryMb?: number;
  /** An empty value removes the key. Values go through files, never through argv. */
  readonly extraConfig?: Readonly<Record<string, string>>;
  /** Not empty: govc cannot clear an annotation. */
  readonly annotation?: string;
}

export interface CreateDiskRequest {
  readonly vm: VmRef;
  /** Name or inventory path. */
  readonly datastore: string;
  /** Path below the datastore, with or without '.vmdk', '<folder>/<file>'. */
  readonly name: string;
  /** GiB (2^30 bytes). */
  readonly sizeGib: number;
  /** Default true. */
  readonly thin?: boolean;
  /** govc's name of the controller ('pvscsi-1000'); default: the first with a free place. */
  readonly controller?: string;
}

export interface GrowDiskRequest {
  readonly vm: VmRef;
  readonly disk: { readonly key: number } | { readonly label: string };
  readonly sizeBytes: number;
}

export interface ConnectNicRequest {
  readonly vm: VmRef;
  /** Place among the VM's NICs from 0, or the label. */
  readonly nic: { readonly index: number } | { readonly label: string };
  /** Name or inventory path of the port group. */
  readonly network: string;
}

/** Certificate that a server showed, unchecked: for a person to compare, and to pin. */
export interface ServerCertificate {
  /** `SHA256:AB:CD:…` over the DER of the leaf. */
  readonly fingerprint: string;
  readonly pem: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Every call rejects with a `GovcError`. Changes read back what they did and say `bad-output` if it is not there. */
export interface Govc {
  about(options?: CallOptions): Promise<About>;
  inventory(options?: CallOptions): Promise<Inventory>;
  hosts(options?: CallOptions): Promise<readonly Host[]>;
  datastores(options?: CallOptions): Promise<readonly Datastore[]>;
  networks(options?: CallOptions): Promise<readonly Network[]>;
  vms(options?: CallOptions): Promise<readonly Vm[]>;
  /** One VM as it is now; `not-found`, or `ambiguous` for a name of several. */
  vm(ref: VmRef, options?: CallOptions): Promise<Vm>;
  /**
   * Whether the API takes changes, found without changing anything: the licences and the host's `managementServerIp`
   * are read. A free licence shows the edition `esxBasic`/'vSphere 8 Hypervisor' without the feature `vSphere API`.
   */
  writable(options?: CallOptions): Promise<Writability>;
  /**
   * About, inventory and writability by one command. Needs our own build of govc, as `applyToVm` and `importVerified`
   * do.
   */
  everything(options?: CallOptions): Promise<Everything>;
  /** One VM as it is now, by one command; undefined when it is gone. */
  vmNow(vm: { readonly moref: string }, options?: CallOptions): Promise<Vm | undefined>;
  importOva(request: ImportOvaRequest, options?: CallOptions): Promise<Vm>;
  /**
   * As `importOva`, for an OVA whose descriptor the caller has read: `networks` and `properties` are its own, and
   * nothing is read before or afterwards. Gives the moref of the new VM, whose NICs the caller has to look at.
   */
  importVerified(request: ImportOvaRequest, options?: CallOptions): Promise<string>;
  /**
   * Makes changes of one VM by one reconfiguration, powers it on, and reads it back once: all by one command. What is
   * so already is not changed. Rejects with `bad-output` when the VM does not show a change.
   */
  applyToVm(request: ApplyRequest, options?: CallOptions): Promise<Vm>;
  changeVm(request: ChangeVmRequest, options?: CallOptions): Promise<Vm>;
  createDisk(request: CreateDiskRequest, options?: CallOptions): Promise<VmDisk>;
  growDisk(request: GrowDiskRequest, options?: CallOptions): Promise<VmDisk>;
  connectNic(request: ConnectNicRequest, options?: CallOptions): Promise<VmNic>;
  /** No error when it already is on. */
  powerOn(vm: VmRef, options?: CallOptions): Promise<void>;
  /** Hard power off; no error when it already is off. */
  powerOff(vm: VmRef, options?: CallOptions): Promise<void>;
  /** Asks the guest; needs VMware Tools; returns at once, the guest takes its time. */
  shutdownGuest(vm: VmRef, options?: CallOptions): Promise<void>;
  /**
   * Powers off and deletes the VM with its disks, and the folders of its disks that are empty then. A VM that is gone
   * meanwhile is no error. While vSphere says that the VM is busy (an import lease is open) it waits, and rejects with
   * `invalid-state` when that takes longer than `timeouts.busy`.
   */
  destroy(vm: VmRef, options?: DestroyOptions): Promise<void>;
  /** Removes those of the folders at the top of a datastore that exist and are empty; gives their names. */
  removeEmptyFolders(request: RemoveFoldersRequest, options?: CallOptions): Promise<readonly string[]>;
  /** Ends what still runs and removes the private folder. Later calls reject with `aborted`. */
  dispose(): Promise<void>;
}
