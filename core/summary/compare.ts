/** Planned against read back, VM by VM and value by value. */
import { bytesPerGb, isOurs, tagKeys } from '../deploy.ts';
import type { EndpointFacts, SeenEndpoint, SeenVm } from '../facts.ts';
import { taggedPositions } from '../nic-order.ts';
import type { PlannedVm } from '../plan-model.ts';
import type { RunRecord } from '../run-record.ts';
import type { VsphereSite } from '../site/schema.ts';

export interface Difference {
  /** Locale key suffix under `summary.difference`. */
  readonly what:
    | 'vcpu'
    | 'memory'
    | 'disk-count'
    | 'disk-size'
    | 'disk-datastore'
    | 'nic-count'
    | 'network'
    | 'powered-off'
    | 'duplicate';
  readonly planned: string;
  readonly found: string;
}

/** `unknown`: its place could not be read. `foreign`: a VM of that name exists that this site did not make. */
export type VmStatus = 'as-planned' | 'differs' | 'missing' | 'unknown' | 'foreign';

export interface VmComparison {
  readonly planned: PlannedVm;
  readonly found?: { readonly vm: SeenVm; readonly endpoint: SeenEndpoint };
  readonly status: VmStatus;
  readonly differences: readonly Difference[];
}

export interface Comparison {
  readonly vms: readonly VmComparison[];
  /** VMs that carry this site's tag and are not in the plan. */
  readonly unplanned: readonly { readonly vm: SeenVm; readonly endpoint: SeenEndpoint }[];
}

const hasSeen = (facts: EndpointFacts): facts is EndpointFacts & { seen: SeenEndpoint } => facts.seen !== undefined;

export const seenEndpoints = (record: RunRecord): readonly SeenEndpoint[] =>
  record.endpoints.filter(hasSeen).map(({ seen }) => seen);

export function compareRecord(record: RunRecord): Comparison {
  const endpoints = seenEndpoints(record);
  const byName = new Map<string, { vm: SeenVm; endpoint: SeenEndpoint }[]>();
  for (const endpoint of endpoints) {
    for (const vm of endpoint.vms) byName.set(vm.name, [...(byName.get(vm.name) ?? []), { vm, endpoint }]);
  }
  const vsphere = new Map(record.site.datacentres.map((datacentre) => [datacentre.name, datacentre.vsphere]));
  const readable = (vm: PlannedVm): boolean => {
    const wanted = vsphere.get(vm.datacentre)?.endpoints.length ?? 0;
    const read = endpoints.filter(({ datacentre }) => datacentre === vm.datacentre).length;
    return wanted > 0 && read >= wanted;
  };
  const vms = record.plan.vms.map((planned): VmComparison => {
    const here = byName.get(planned.name) ?? [];
    const found = here.find(({ vm }) => isOurs(record.plan.site, vm)) ?? here[0];
    if (found === undefined) return { planned, status: readable(planned) ? 'missing' : 'unknown', differences: [] };
    if (!isOurs(record.plan.site, found.vm)) return { planned, found, status: 'foreign', differences: [] };
    const differences = differencesOf(planned, found.vm, vsphere.get(found.endpoint.datacentre));
    if (here.length > 1) differences.push({ what: 'duplicate', planned: '1', found: String(here.length) });
    return { planned, found, status: differences.length === 0 ? 'as-planned' : 'differs', differences };
  });
  const names = new Set(record.plan.vms.map(({ name }) => name));
  const unplanned = [...byName.values()].flat().filter(({ vm }) => !names.has(vm.name) && isOurs(record.plan.site, vm));
  return { vms, unplanned };
}

function differencesOf(planned: PlannedVm, vm: SeenVm, vsphere: VsphereSite | undefined): Difference[] {
  const differences: Difference[] = [];
  const compare = (what: Difference['what'], wanted: string, found: string): void => {
    if (wanted !== found) differences.push({ what, planned: wanted, found });
  };
  compare('vcpu', String(planned.vcpu), String(vm.vcpu));
  compare('memory', `${planned.memoryGb} GB`, `${vm.memoryMb / 1024} GB`);
  compare('disk-count', String(planned.disks.length), String(vm.disks.length));
  planned.disks.forEach((disk, position) => {
    const there = vm.disks[position];
    if (there === undefined) return;
    compare('disk-size', `${disk.sizeGb} GB`, `${there.capacityBytes / bytesPerGb} GB`);
    if (vsphere) compare('disk-datastore', vsphere.datastores[disk.class], there.datastore);
  });
  compare('nic-count', String(planned.nics.length), String(vm.nics.length));
  const positions = taggedPositions(planned.nics, vm.extraConfig[tagKeys.nics]);
  planned.nics.forEach((nic, index) => {
    const there = vm.nics[positions[index] ?? index];
    if (there && vsphere) compare('network', vsphere.networks[nic.network], there.network);
  });
  if (!vm.poweredOn) differences.push({ what: 'powered-off', planned: '', found: '' });
  return differences;
}
