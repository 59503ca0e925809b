/** What the plan still needs on each endpoint, against what is there. GB are GiB. */
import { bytesPerGb, isOurs } from '../deploy.ts';
import type { SeenEndpoint } from '../facts.ts';
import type { Plan, PlannedVm } from '../plan-model.ts';
import type { Site, VsphereSite } from '../site/schema.ts';

export interface DatastoreNeed {
  readonly datastore: string;
  readonly neededGb: number;
  readonly freeGb: number;
  readonly capacityGb: number;
}

export interface EndpointNeed {
  readonly endpoint: SeenEndpoint;
  readonly vsphere: VsphereSite;
  /** VMs that are not there yet. */
  readonly missing: readonly PlannedVm[];
  /** vCPU of every planned VM on this endpoint, there already or not. */
  readonly vcpu: number;
  readonly threads: number;
  readonly neededMemoryGb: number;
  readonly freeMemoryGb: number;
  readonly memoryGb: number;
  readonly datastores: readonly DatastoreNeed[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** The need of every endpoint that was seen, in the order of the site file. */
export function endpointNeeds(site: Site, plan: Plan, endpoints: readonly SeenEndpoint[]): EndpointNeed[] {
  const existing = new Map<string, SeenEndpoint>();
  for (const endpoint of endpoints) {
    for (const vm of endpoint.vms) if (isOurs(plan.site, vm)) existing.set(vm.name, endpoint);
  }
  return endpoints.flatMap((endpoint): EndpointNeed[] => {
    const vsphere = site.datacentres.find(({ name }) => name === endpoint.datacentre)?.vsphere;
    if (vsphere === undefined) return [];
    const here = plan.vms.filter((vm) => {
      const found = existing.get(vm.name);
      if (found !== undefined) return found === endpoint;
      return vm.datacentre === endpoint.datacentre && vm.endpoint === endpoint.endpoint;
    });
    const missing = here.filter(({ name }) => !existing.has(name));
    const hosts = endpoint.hosts.filter(({ inMaintenance }) => !inMaintenance);
    const datastores = new Map<string, number>();
    for (const disk of missing.flatMap(({ disks }) => disks)) {
      const name = disk.class === 'premium' ? vsphere.datastores.premium : vsphere.datastores.standard;
      datastores.set(name, (datastores.get(name) ?? 0) + disk.sizeGb);
    }
    const memory = sum(hosts.map(({ memoryBytes }) => memoryBytes));
    const used = sum(hosts.map(({ memoryUsedBytes }) => memoryUsedBytes));
    return [
      {
        endpoint,
        vsphere,
        missing,
        vcpu: sum(here.map(({ vcpu }) => vcpu)),
        threads: sum(hosts.map(({ threads }) => threads)),
        neededMemoryGb: sum(missing.map(({ memoryGb }) => memoryGb)),
        freeMemoryGb: Math.floor((memory - used) / bytesPerGb),
        memoryGb: Math.floor(memory / bytesPerGb),
        datastores: [...datastores].map(([datastore, neededGb]) => {
          const seen = endpoint.datastores.find(({ name }) => name === datastore);
          return {
            datastore,
            neededGb,
            freeGb: Math.floor((seen?.freeBytes ?? 0) / bytesPerGb),
            capacityGb: Math.floor((seen?.capacityBytes ?? 0) / bytesPerGb),
          };
        }),
      },
    ];
  });
}
