/**
 * Compares the plan's remaining need with the capacity of each endpoint, for preflight, the wizard and the documents.
 * Amounts are bytes; 1 GB of the domain's tables is 2^30 bytes.
 */
import { bytesPerGb } from '../plan/model.ts';
import { isOurs, isWhole } from './ownership.ts';
import type { EndpointInventory, Machine } from '../platform/inventory.ts';
import type { Plan, PlannedVm } from '../plan/model.ts';
import { layoutNamed, type PlatformSite } from '../platform/layout.ts';
import type { Layout } from '../platform/platform.ts';

export interface StorageNeed {
  readonly storage: string;
  readonly neededBytes: number;
  /** 0 if the endpoint has no storage of that name. */
  readonly freeBytes: number;
}

export interface EndpointNeed {
  readonly inventory: EndpointInventory;
  readonly layout: Layout;
  /** VMs that still need a power-on: missing, half-made or off. */
  readonly starting: readonly PlannedVm[];
  /** vCPU of every planned VM on this endpoint, running or not. */
  readonly vcpu: number;
  /** vCPU of planned VMs that do not run. */
  readonly neededVcpu: number;
  /** Hardware threads of the hosts in service. */
  readonly threads: number;
  /** Memory of planned VMs that do not run. A VM that is off uses none. */
  readonly neededMemoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly storage: readonly StorageNeed[];
}

interface Placed {
  readonly planned: PlannedVm;
  /** The complete VM of this site; undefined for a missing or half-made VM, which is imported. */
  readonly found: Machine | undefined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const isPlannedFor = ({ datacentre, endpointIndex }: PlannedVm, inventory: EndpointInventory): boolean =>
  inventory.datacentre === datacentre && inventory.endpointIndex === endpointIndex;

/**
 * The endpoint of each planned VM: where it exists, else where it is planned. A foreign VM of that name does not count.
 */
function vmsByEndpoint(plan: Plan, endpoints: readonly EndpointInventory[]): Map<EndpointInventory, Placed[]> {
  const placed = new Map<EndpointInventory, Placed[]>(endpoints.map((inventory) => [inventory, []]));
  for (const planned of plan.vms) {
    const own = endpoints.flatMap((inventory) =>
      inventory.machines
        .filter((vm) => vm.name === planned.name && isOurs(plan.site, vm))
        .map((vm) => ({ inventory, vm })),
    );
    // Two data centres of one vCenter have the same machines.
    const existing = own.find(({ inventory }) => isPlannedFor(planned, inventory)) ?? own[0];
    const inventory = existing?.inventory ?? endpoints.find((one) => isPlannedFor(planned, one));
    const found = existing !== undefined && isWhole(existing.vm) ? existing.vm : undefined;
    if (inventory !== undefined) placed.get(inventory)?.push({ planned, found });
  }
  return placed;
}

/** Bytes still needed on each storage: whole disks of VMs to import, missing disks, and growth of existing disks. */
function storageNeeds(vms: readonly Placed[], layout: Layout): Map<string, number> {
  const needs = new Map<string, number>();
  for (const { planned, found } of vms) {
    for (const [position, { sizeGb, class: kind }] of planned.disks.entries()) {
      const existing = found?.disks[position];
      const storage = existing?.storage ?? layout.storage[kind];
      const missing = Math.max(0, sizeGb * bytesPerGb - (existing?.capacityBytes ?? 0));
      needs.set(storage, (needs.get(storage) ?? 0) + missing);
    }
  }
  return needs;
}

/** The need of every endpoint with an inventory, in the order given. Endpoints of unknown data centres are left out. */
export function endpointNeeds(
  plan: Plan,
  datacentres: readonly PlatformSite[],
  endpoints: readonly EndpointInventory[],
): EndpointNeed[] {
  return [...vmsByEndpoint(plan, endpoints)].flatMap(([inventory, vms]): EndpointNeed[] => {
    const layout = layoutNamed(datacentres, inventory.datacentre);
    if (layout === undefined) return [];
    const hosts = inventory.hosts.filter(({ inMaintenance }) => !inMaintenance);
    const running = ({ found }: Placed): Machine | undefined => (found?.poweredOn === true ? found : undefined);
    const missingOf = (wanted: (vm: PlannedVm) => number, has: (vm: Machine) => number): number =>
      sum(
        vms.map((vm) => {
          const machine = running(vm);
          return Math.max(0, wanted(vm.planned) - (machine === undefined ? 0 : has(machine)));
        }),
      );
    return [
      {
        inventory,
        layout,
        starting: vms.filter((vm) => running(vm) === undefined).map(({ planned }) => planned),
        vcpu: sum(vms.map(({ planned }) => planned.vcpu)),
        neededVcpu: missingOf(
          ({ vcpu }) => vcpu,
          ({ vcpu }) => vcpu,
        ),
        threads: sum(hosts.map(({ threads }) => threads)),
        neededMemoryBytes: missingOf(
          ({ memoryGb }) => memoryGb * bytesPerGb,
          ({ memoryMb }) => memoryMb * 1024 ** 2,
        ),
        freeMemoryBytes: sum(hosts.map(({ memoryBytes, memoryUsedBytes }) => memoryBytes - memoryUsedBytes)),
        storage: [...storageNeeds(vms, layout)].map(([storage, neededBytes]) => ({
          storage,
          neededBytes,
          freeBytes: inventory.storage.find(({ name }) => name === storage)?.freeBytes ?? 0,
        })),
      },
    ];
  });
}
