/** What is read from an endpoint: product, hosts, storage, networks and VMs. */

export interface About {
  /** 'VMware ESXi' or 'VMware vCenter Server'. */
  readonly name: string;
  /** 'VMware ESXi 8.0.2 build-22380479'. */
  readonly fullName: string;
  readonly version: string;
  readonly build: string;
  readonly apiVersion: string;
  /** 'HostAgent' is a host of its own, 'VirtualCenter' a vCenter. */
  readonly apiType: 'HostAgent' | 'VirtualCenter';
  readonly instanceUuid?: string;
  readonly licenseProductName?: string;
}

export interface License {
  readonly name: string;
  readonly edition: string;
  /** Labels of the licensed features, as the endpoint gives them. */
  readonly features: readonly string[];
}

/** Whether the API takes changes. `unknown` when the user may not read licences and nothing else told. */
export interface Writability {
  readonly writable: 'yes' | 'no' | 'unknown';
  /**
   * 'free-license': vSphere Hypervisor licence; 'managed-by-vcenter': the host belongs to the vCenter of `managedBy`.
   */
  readonly reason?: 'free-license' | 'managed-by-vcenter';
  readonly managedBy?: string;
  readonly licenses: readonly License[];
}

export interface Entity {
  /**
   * Type of the managed object: 'Datacenter', 'Folder', 'ComputeResource', 'ClusterComputeResource', 'ResourcePool', …
   */
  readonly type: string;
  readonly moref: string;
  readonly name: string;
  /** Inventory path, '/DC0/host/Cluster1/Resources', with '/' in names written as '%2f'. */
  readonly path: string;
}

export interface Host {
  readonly moref: string;
  readonly name: string;
  readonly path: string;
  readonly version: string;
  readonly build: string;
  readonly cpuCores: number;
  readonly cpuThreads: number;
  /** Clock of one core in MHz. */
  readonly cpuMhz: number;
  /** Used by running VMs, in MHz over all cores. */
  readonly cpuUsedMhz: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  readonly maintenanceMode: boolean;
  readonly connectionState: 'connected' | 'disconnected' | 'notResponding';
  readonly powerState: 'poweredOn' | 'poweredOff' | 'standBy' | 'unknown';
  /** Address of the vCenter that manages this host, where one does and the endpoint is the host itself. */
  readonly managedBy?: string;
  /** Morefs of what the host can reach. */
  readonly datastores: readonly string[];
  readonly networks: readonly string[];
  /** Moref and type of the cluster or compute resource above it. */
  readonly parent: { readonly type: string; readonly moref: string };
}

export interface Datastore {
  readonly moref: string;
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
  /** Promised to thin disks and not yet written. */
  readonly uncommittedBytes?: number;
  readonly accessible: boolean;
  readonly maintenanceMode: boolean;
}

export interface Network {
  readonly moref: string;
  readonly name: string;
  readonly path: string;
  readonly kind: 'standard' | 'distributed' | 'opaque';
  readonly accessible: boolean;
  /** 0 means untagged, 4095 every VLAN; absent when the endpoint does not tell, or when hosts disagree. */
  readonly vlanId?: number;
  /** True for the port group that a distributed switch keeps for its own uplinks. */
  readonly uplink: boolean;
}

export interface VmDisk {
  /** 'Hard disk 1'. */
  readonly label: string;
  readonly key: number;
  readonly capacityBytes: number;
  /** Name of the datastore. */
  readonly datastore: string;
  /** '[datastore] folder/file.vmdk'. */
  readonly fileName: string;
  readonly controllerKey: number;
  readonly unitNumber: number;
  readonly thin: boolean;
}

export interface VmNic {
  /** 'Network adapter 1'. */
  readonly label: string;
  /** govc's name of it, from its slot: 'ethernet-0'. */
  readonly device: string;
  readonly key: number;
  /** Name of the port group; empty when it has none or it cannot be resolved. */
  readonly network: string;
  readonly networkMoref?: string;
  readonly mac: string;
  readonly connected: boolean;
  readonly startConnected: boolean;
}

export interface Vm {
  readonly moref: string;
  readonly name: string;
  readonly path: string;
  /** Name and moref of the host; absent for a VM that none runs. */
  readonly host?: string;
  readonly hostMoref?: string;
  readonly powerState: 'poweredOn' | 'poweredOff' | 'suspended';
  readonly connectionState: 'connected' | 'disconnected' | 'orphaned' | 'inaccessible' | 'invalid';
  readonly template: boolean;
  readonly annotation: string;
  readonly extraConfig: Readonly<Record<string, string>>;
  readonly numCpu: number;
  readonly memoryMb: number;
  readonly guestId: string;
  readonly hardwareVersion: string;
  readonly disks: readonly VmDisk[];
  readonly nics: readonly VmNic[];
  readonly guestIp?: string;
  readonly toolsRunning: boolean;
  /** Bytes really taken on the datastores. */
  readonly committedBytes?: number;
  /** vApp property by `class.id.instance` as OVF writes it; where the VM has any. */
  readonly vAppProperties?: Readonly<Record<string, string>>;
}

/** One look at the endpoint. Reads take place one after another: it is no snapshot. */
export interface Inventory {
  readonly hosts: readonly Host[];
  readonly datastores: readonly Datastore[];
  readonly networks: readonly Network[];
  readonly vms: readonly Vm[];
  /** Datacenters, folders, compute resources, clusters, resource pools and vApps. */
  readonly entities: readonly Entity[];
}

/** What one look at an endpoint tells, by one command. */
export interface Everything {
  readonly about: About;
  readonly inventory: Inventory;
  readonly writability: Writability;
}
