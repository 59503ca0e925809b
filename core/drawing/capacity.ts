/** Capacity per host and datastore: what is used, what the plan still adds, what stays free. Shared with the wizard. */
import { bytesPerGb } from '../deploy.ts';
import type { SeenEndpoint, SeenVm } from '../facts.ts';
import type { Plan, PlannedVm } from '../plan-model.ts';
import type { Datacentre } from '../site/schema.ts';

export interface CapacityBar {
  /** Unique, stable: endpoint URL, resource and name. */
  readonly id: string;
  readonly datacentre: string;
  readonly url: string;
  /** Host or datastore. */
  readonly name: string;
  readonly resource: 'memory' | 'vcpu' | 'datastore';
  readonly unit: 'bytes' | 'vcpu';
  readonly capacity: number;
  /** In use now, this edge's existing VMs included. vCPU: those of the VMs that run there. */
  readonly used: number;
  /** What the plan still adds to it. */
  readonly planned: number;
  /** Capacity less used and planned; negative: it does not fit. */
  readonly free: number;
  /** True where several hosts share the work and the share of this one is only an estimate. */
  readonly estimated: boolean;
}

const endpointKey = (datacentre: string, endpoint: number): string => `${datacentre}/${endpoint}`;

interface Need {
  vcpu: number;
  memory: number;
  readonly disks: Map<string, number>;
}

/** What the plan still adds to each endpoint: everything for a missing VM, only the growth for one that exists. */
function needs(plan: Plan, datacentres: readonly Datacentre[], endpoints: readonly SeenEndpoint[]): Map<string, Need> {
  const existing = new Map<string, { vm: SeenVm; key: string }>();
  for (const seen of endpoints) {
    for (const vm of seen.vms) existing.set(vm.name, { vm, key: endpointKey(seen.datacentre, seen.endpoint) });
  }
  const sites = new Map(datacentres.map((datacentre) => [datacentre.name, datacentre.vsphere]));
  const result = new Map<string, Need>();
  for (const planned of plan.vms) {
    const found = existing.get(planned.name);
    const key = found?.key ?? endpointKey(planned.datacentre, planned.endpoint);
    const need = result.get(key) ?? { vcpu: 0, memory: 0, disks: new Map<string, number>() };
    result.set(key, need);
    const running = found?.vm.poweredOn === true;
    need.vcpu += running ? Math.max(0, planned.vcpu - found.vm.vcpu) : planned.vcpu;
    const memoryMb = planned.memoryGb * 1024;
    need.memory += (running ? Math.max(0, memoryMb - found.vm.memoryMb) : memoryMb) * 1024 ** 2;
    addDisks(need, planned, found?.vm, sites.get(planned.datacentre)?.datastores);
  }
  return result;
}

function addDisks(
  need: Need,
  planned: PlannedVm,
  found: SeenVm | undefined,
  datastores: { readonly standard: string; readonly premium: string } | undefined,
): void {
  if (datastores === undefined) return;
  planned.disks.forEach((disk, position) => {
    const there = found?.disks[position];
    const datastore = there?.datastore ?? datastores[disk.class];
    const missing = Math.max(0, disk.sizeGb * bytesPerGb - (there?.capacityBytes ?? 0));
    need.disks.set(datastore, (need.disks.get(datastore) ?? 0) + missing);
  });
}

type BarInput = Omit<CapacityBar, 'id' | 'free'>;
const bar = (input: BarInput): CapacityBar => ({
  ...input,
  id: `${input.url} ${input.resource} ${input.name}`,
  free: input.capacity - input.used - input.planned,
});

/**
 * Bars for every host (memory, vCPU) and for every datastore that the plan uses or that holds something.
 * Behind one vCenter the plan names no host, so what is missing is shared evenly among the hosts that are in service.
 */
export function capacityBars(
  plan: Plan,
  datacentres: readonly Datacentre[],
  endpoints: readonly SeenEndpoint[],
): readonly CapacityBar[] {
  const missing = needs(plan, datacentres, endpoints);
  return endpoints.flatMap((endpoint) => {
    const need = missing.get(endpointKey(endpoint.datacentre, endpoint.endpoint));
    const inService = endpoint.hosts.filter(({ inMaintenance }) => !inMaintenance).length;
    const place = { datacentre: endpoint.datacentre, url: endpoint.url };
    const hosts = endpoint.hosts.flatMap((host): CapacityBar[] => {
      const share = host.inMaintenance || inService === 0 ? 0 : 1 / inService;
      const running = endpoint.vms.filter((vm) => vm.host === host.name && vm.poweredOn);
      const common = { ...place, name: host.name, estimated: inService > 1 };
      return [
        bar({
          ...common,
          resource: 'memory',
          unit: 'bytes',
          capacity: host.memoryBytes,
          used: host.memoryUsedBytes,
          planned: Math.round((need?.memory ?? 0) * share),
        }),
        bar({
          ...common,
          resource: 'vcpu',
          unit: 'vcpu',
          capacity: host.threads,
          used: running.reduce((sum, vm) => sum + vm.vcpu, 0),
          planned: Math.ceil((need?.vcpu ?? 0) * share),
        }),
      ];
    });
    const wanted = namesInPlan(datacentres, endpoint);
    const datastores = endpoint.datastores
      .filter(({ name }) => wanted.has(name) || need?.disks.has(name) === true)
      .map((datastore) =>
        bar({
          ...place,
          name: datastore.name,
          resource: 'datastore',
          unit: 'bytes',
          capacity: datastore.capacityBytes,
          used: datastore.capacityBytes - datastore.freeBytes,
          planned: need?.disks.get(datastore.name) ?? 0,
          estimated: false,
        }),
      );
    return [...hosts, ...datastores];
  });
}

function namesInPlan(datacentres: readonly Datacentre[], endpoint: SeenEndpoint): Set<string> {
  const vsphere = datacentres.find(({ name }) => name === endpoint.datacentre)?.vsphere;
  return new Set(vsphere ? [vsphere.datastores.standard, vsphere.datastores.premium] : []);
}
