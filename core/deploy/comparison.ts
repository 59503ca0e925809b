/**
 * Compares plan and inventory, VM by VM and value by value. Reconciliation, status, preview, wizard and summary all
 * read this result.
 */
import type { EndpointInventory, Machine } from '../platform/inventory.ts';
import { layoutOf } from '../platform/layout.ts';
import type { Layout } from '../platform/platform.ts';
import { recordedPositions } from './nic-order.ts';
import { carriesSite, isOurs, isWhole } from './ownership.ts';
import { bytesPerGb, type Plan, type PlannedVm } from '../plan/model.ts';
import type { Datacentre } from '../site/schema.ts';

/**
 * Kinds of deviation of an existing VM from its plan. Words: `deploy.drift.<what>` with the VM's name,
 * `summary.difference.<what>` without.
 */
export const deviationKinds = [
  'vcpu',
  'memory',
  'disk-count',
  'disk-size',
  'disk-storage',
  'nic-count',
  'network',
  'addresses',
  'powered-off',
  'duplicate',
] as const;

export interface Deviation {
  readonly what: (typeof deviationKinds)[number];
  readonly planned: string;
  readonly found: string;
  /** Position of the disk or NIC, from 0. */
  readonly part?: number;
}

/**
 * `half-made`: the import was interrupted. `unknown`: its endpoint could not be read. `foreign`: another owner has a VM
 * of that name.
 */
export type VmStatus = 'as-planned' | 'differs' | 'missing' | 'half-made' | 'unknown' | 'foreign';

export interface FoundVm {
  readonly vm: Machine;
  readonly inventory: EndpointInventory;
}

export interface VmComparison {
  readonly planned: PlannedVm;
  /** Every VM of that name, of any owner. */
  readonly all: readonly FoundVm[];
  readonly found?: FoundVm;
  readonly status: VmStatus;
  readonly deviations: readonly Deviation[];
}

export interface Comparison {
  readonly vms: readonly VmComparison[];
  /** VMs of this site that are not in the plan, and copies of its VMs under another name. */
  readonly unplanned: readonly FoundVm[];
}

/**
 * Every machine of the inventories, by name. Two data centres of one vCenter have the same machines: each counts once.
 */
export function vmsByName(endpoints: readonly EndpointInventory[]): Map<string, FoundVm[]> {
  const byName = new Map<string, FoundVm[]>();
  for (const inventory of endpoints) {
    for (const vm of inventory.machines) {
      const list = byName.get(vm.name) ?? [];
      if (list.some((one) => one.vm.id === vm.id && one.inventory.url === inventory.url)) continue;
      byName.set(vm.name, [...list, { vm, inventory }]);
    }
  }
  return byName;
}

/** Addresses of the VM's NICs, then those of the VIPs that it shares. */
export const plannedAddresses = ({ vips }: Plan, { name, nics }: PlannedVm): readonly string[] => [
  ...nics.flatMap(({ addresses }) => addresses),
  ...vips.filter(({ members }) => members.includes(name)).map(({ address }) => address),
];

/**
 * The guest gets its addresses at the import. VMs of earlier versions have no VIPs on record, and some have no address.
 */
function addressDeviation(plan: Plan, planned: PlannedVm, vm: Machine): Deviation[] {
  const found = vm.addresses;
  const isTagged = vm.owner?.addresses !== undefined;
  const wanted = isTagged ? plannedAddresses(plan, planned) : planned.nics.flatMap(({ addresses }) => addresses);
  const isSame = found.length === 0 || wanted.every((address) => found.includes(address));
  return isSame ? [] : [{ what: 'addresses', planned: wanted.join(', '), found: found.join(', ') }];
}

/** The deviations of a complete machine from its planned VM. `layout` is that of the machine's data centre. */
export function deviationsOf(plan: Plan, planned: PlannedVm, vm: Machine, layout: Layout): readonly Deviation[] {
  const deviations: Deviation[] = [];
  const compare = (what: Deviation['what'], wanted: string, found: string, part?: number): void => {
    if (wanted !== found) deviations.push({ what, planned: wanted, found, ...(part === undefined ? {} : { part }) });
  };
  compare('vcpu', String(planned.vcpu), String(vm.vcpu));
  compare('memory', `${planned.memoryGb} GB`, `${vm.memoryMb / 1024} GB`);
  compare('disk-count', String(planned.disks.length), String(vm.disks.length));
  for (const [part, disk] of planned.disks.entries()) {
    const found = vm.disks[part];
    if (found === undefined) continue;
    compare('disk-size', `${disk.sizeGb} GB`, `${Math.round((found.capacityBytes / bytesPerGb) * 10) / 10} GB`, part);
    compare('disk-storage', layout.storage[disk.class], found.storage, part);
  }
  compare('nic-count', String(planned.nics.length), String(vm.nics.length));
  const positions = recordedPositions(planned.nics, vm.owner?.nics);
  for (const [index, nic] of planned.nics.entries()) {
    const part = positions[index] ?? index;
    const found = vm.nics[part];
    if (found !== undefined) compare('network', layout.networks[nic.network], found.network, part);
  }
  deviations.push(...addressDeviation(plan, planned, vm));
  if (!vm.poweredOn) deviations.push({ what: 'powered-off', planned: '', found: '' });
  return deviations;
}

/** Compares the plan with the inventories of the readable endpoints. */
export function compareInventory(
  plan: Plan,
  datacentres: readonly Datacentre[],
  endpoints: readonly EndpointInventory[],
): Comparison {
  const byName = vmsByName(endpoints);
  const layouts = new Map(datacentres.map((datacentre) => [datacentre.name, layoutOf(datacentre)]));
  const isReadable = ({ datacentre }: PlannedVm): boolean => {
    const wanted = layouts.get(datacentre)?.endpoints.length ?? 0;
    return wanted > 0 && endpoints.filter((one) => one.datacentre === datacentre).length >= wanted;
  };
  const vms = plan.vms.map((planned): VmComparison => {
    const all = byName.get(planned.name) ?? [];
    const found = all.find(({ vm }) => isOurs(plan.site, vm)) ?? all[0];
    if (found === undefined)
      return { planned, all, status: isReadable(planned) ? 'missing' : 'unknown', deviations: [] };
    if (!isOurs(plan.site, found.vm)) return { planned, all, found, status: 'foreign', deviations: [] };
    if (!isWhole(found.vm)) return { planned, all, found, status: 'half-made', deviations: [] };
    const layout = layouts.get(found.inventory.datacentre);
    const deviations = [
      ...(layout === undefined ? [] : deviationsOf(plan, planned, found.vm, layout)),
      ...(all.length > 1 ? [{ what: 'duplicate' as const, planned: '1', found: String(all.length) }] : []),
    ];
    return { planned, all, found, status: deviations.length === 0 ? 'as-planned' : 'differs', deviations };
  });
  const names = new Set(plan.vms.map(({ name }) => name));
  const unplanned = [...byName.values()].flat().filter(({ vm }) => !names.has(vm.name) && carriesSite(plan.site, vm));
  return { vms, unplanned };
}
