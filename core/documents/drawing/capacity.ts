/** Capacity per host and storage space: used, added by the plan, and free. Shared with the wizard. */
import { endpointNeeds } from '../../deploy/capacity.ts';
import type { EndpointInventory } from '../../platform/inventory.ts';
import { layoutNamed, type PlatformSite } from '../../platform/layout.ts';
import type { Plan } from '../../plan/model.ts';

export interface CapacityBar {
  /** Unique, stable: endpoint URL, resource and name. */
  readonly id: string;
  readonly datacentre: string;
  readonly url: string;
  /** Host or storage space. */
  readonly name: string;
  readonly resource: 'memory' | 'vcpu' | 'storage';
  readonly unit: 'bytes' | 'vcpu';
  readonly capacity: number;
  /** In use now, this edge's existing VMs included. vCPU: those of the VMs that run there. */
  readonly used: number;
  /** The amount that the plan still adds. */
  readonly planned: number;
  /** Capacity less used and planned; negative: it does not fit. */
  readonly free: number;
  /** True where several hosts share the work and the share of this one is only an estimate. */
  readonly estimated: boolean;
}

type BarInput = Omit<CapacityBar, 'id' | 'free'>;
const bar = (input: BarInput): CapacityBar => ({
  ...input,
  id: `${input.url} ${input.resource} ${input.name}`,
  free: input.capacity - input.used - input.planned,
});

/**
 * Bars for every host (memory, vCPU) and for every storage space that the plan uses or that holds something.
 * Behind one vCenter the plan names no host, so what is missing is shared evenly among the hosts that are in service.
 */
export function capacityBars(
  plan: Plan,
  datacentres: readonly PlatformSite[],
  endpoints: readonly EndpointInventory[],
): readonly CapacityBar[] {
  const needs = endpointNeeds(plan, datacentres, endpoints);
  return endpoints.flatMap((endpoint) => {
    const need = needs.find((one) => one.inventory === endpoint);
    const storage = new Map(need?.storage.map(({ storage: name, neededBytes }) => [name, neededBytes]));
    const inService = endpoint.hosts.filter(({ inMaintenance }) => !inMaintenance).length;
    const place = { datacentre: endpoint.datacentre, url: endpoint.url };
    const hosts = endpoint.hosts.flatMap((host): CapacityBar[] => {
      const share = host.inMaintenance || inService === 0 ? 0 : 1 / inService;
      const running = endpoint.machines.filter((vm) => vm.host === host.name && vm.poweredOn);
      const common = { ...place, name: host.name, estimated: inService > 1 };
      return [
        bar({
          ...common,
          resource: 'memory',
          unit: 'bytes',
          capacity: host.memoryBytes,
          used: host.memoryUsedBytes,
          planned: Math.round((need?.neededMemoryBytes ?? 0) * share),
        }),
        bar({
          ...common,
          resource: 'vcpu',
          unit: 'vcpu',
          capacity: host.threads,
          used: running.reduce((sum, vm) => sum + vm.vcpu, 0),
          planned: Math.ceil((need?.neededVcpu ?? 0) * share),
        }),
      ];
    });
    const wanted = namesInPlan(datacentres, endpoint);
    const spaces = endpoint.storage
      .filter(({ name }) => wanted.has(name) || storage.has(name))
      .map((space) =>
        bar({
          ...place,
          name: space.name,
          resource: 'storage',
          unit: 'bytes',
          capacity: space.capacityBytes,
          used: space.capacityBytes - space.freeBytes,
          planned: storage.get(space.name) ?? 0,
          estimated: false,
        }),
      );
    return [...hosts, ...spaces];
  });
}

function namesInPlan(datacentres: readonly PlatformSite[], endpoint: EndpointInventory): Set<string> {
  return new Set(Object.values(layoutNamed(datacentres, endpoint.datacentre)?.storage ?? {}));
}
