import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../../core/deploy/reconcile.ts';
import { bytesPerGb } from '../../../../core/plan/model.ts';
import { endpointNeeds } from '../../../../core/deploy/capacity.ts';
import { capacityBars } from '../../../../core/documents/drawing/capacity.ts';
import type { EndpointInventory, Machine, Owner } from '../../../../core/platform/inventory.ts';
import { infrastructureRules } from '../../../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../../../core/preflight/rule.ts';
import { planOf } from '../../../fixtures/sample-sites.ts';
import { applyAll, operationsIn, reconcileInput, twoHosts, vsphereSite } from '../../../fixtures/vsphere-model.ts';

const site = vsphereSite();
const plan = planOf(site);
const { datacentres } = site;
const noOwner: Owner = { site: '', component: '', machine: '' };
const operations = (endpoints: readonly EndpointInventory[]) => {
  const result = reconcile(reconcileInput(endpoints));
  if (!result.ok) throw new Error(result.failure.code);
  return operationsIn(result.value);
};
const finished = applyAll(twoHosts(), operations(twoHosts()));
const changed = (endpoints: readonly EndpointInventory[], change: (vm: Machine) => Machine): EndpointInventory[] =>
  endpoints.map((endpoint) => ({ ...endpoint, machines: endpoint.machines.map(change) }));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const totals = (endpoints: readonly EndpointInventory[]) => {
  const needs = endpointNeeds(plan, datacentres, endpoints);
  return {
    memoryGb: sum(needs.map(({ neededMemoryBytes }) => neededMemoryBytes)) / bytesPerGb,
    vcpu: sum(needs.map(({ neededVcpu }) => neededVcpu)),
    diskGb: sum(needs.flatMap(({ storage }) => storage.map(({ neededBytes }) => neededBytes))) / bytesPerGb,
    starting: sum(needs.map(({ starting }) => starting.length)),
  };
};
const everything = {
  memoryGb: plan.totals.memoryGb,
  vcpu: plan.totals.vcpu,
  diskGb: plan.totals.diskGb,
  starting: plan.totals.vms,
};

describe('the remaining need of the plan', () => {
  it('is everything while nothing exists, and nothing once all VMs run', () => {
    expect(totals(twoHosts())).toEqual(everything);
    expect(totals(finished)).toEqual({ memoryGb: 0, vcpu: 0, diskGb: 0, starting: 0 });
  });

  it('is memory and vCPU of VMs that are off, whose disks exist', () => {
    const off = changed(finished, (vm) => ({ ...vm, poweredOn: false }));
    expect(totals(off)).toEqual({ ...everything, diskGb: 0 });
  });

  it('is everything for half-made VMs: they are imported once more', () => {
    const halfMade = changed(finished, ({ owner: { stage: _stage, ...owner } = noOwner, ...vm }) => ({
      ...vm,
      poweredOn: false,
      owner,
    }));
    expect(totals(halfMade)).toEqual(everything);
  });

  it('is everything for a planned name that a foreign VM has', () => {
    const foreign = changed(finished, ({ owner: _owner, ...vm }) => vm);
    expect(totals(foreign)).toEqual(everything);
    const other = changed(finished, (vm) => ({ ...vm, owner: { ...(vm.owner ?? noOwner), site: 'other' } }));
    expect(totals(other)).toEqual(everything);
  });

  it('counts a moved VM on its present host', () => {
    const [first, second] = finished;
    if (first === undefined || second === undefined) throw new Error('two hosts');
    const off = (vm: Machine): Machine => ({ ...vm, poweredOn: false });
    const moved = [
      { ...first, machines: [] },
      { ...second, machines: [...first.machines, ...second.machines].map(off) },
    ];
    const [one, two] = endpointNeeds(plan, datacentres, moved);
    expect([one?.neededMemoryBytes, one?.storage]).toEqual([0, []]);
    expect(two?.neededMemoryBytes).toBe(plan.totals.memoryGb * bytesPerGb);
  });

  it('counts disks that are still missing, and growth, on the storage of their class', () => {
    const small = changed(finished, (vm) => ({
      ...vm,
      disks: vm.disks.slice(0, 1).map((disk) => ({ ...disk, capacityBytes: 10 * bytesPerGb })),
    }));
    expect(totals(small).diskGb).toBe(plan.totals.diskGb - 10 * plan.totals.vms);
    const premium = endpointNeeds(plan, datacentres, small).flatMap(({ storage }) =>
      storage.filter((one) => one.storage === 'high-perf'),
    );
    expect(sum(premium.map(({ neededBytes }) => neededBytes)) / bytesPerGb).toBeGreaterThan(0);
  });

  it('counts a VM of a vCenter once, although two data centres see it', () => {
    const [first] = twoHosts();
    if (first === undefined) throw new Error('a host');
    const machines = finished.flatMap((endpoint) => endpoint.machines).map((vm) => ({ ...vm, poweredOn: false }));
    const both = twoHosts().map((endpoint) => ({ ...endpoint, url: first.url, machines }));
    expect(totals(both).memoryGb).toBe(plan.totals.memoryGb);
  });
});

describe('the readers of the need', () => {
  const all = operations(twoHosts());
  /** Hosts that are just large enough, or too small by a byte, for the memory that is still needed. */
  const withRoom = (endpoints: readonly EndpointInventory[], spare: number): EndpointInventory[] => {
    const needs = endpointNeeds(plan, datacentres, endpoints);
    return endpoints.map((endpoint, index) => {
      const need = needs[index];
      return {
        ...endpoint,
        hosts: endpoint.hosts.map((host) => ({
          ...host,
          memoryUsedBytes: host.memoryBytes - (need?.neededMemoryBytes ?? 0) - spare,
        })),
        storage: endpoint.storage.map((space) => ({
          ...space,
          freeBytes: (need?.storage.find((one) => one.storage === space.name)?.neededBytes ?? 0) + spare,
        })),
      };
    });
  };

  it('agree at every moment of a deployment, to the byte', () => {
    fc.assert(
      fc.property(fc.nat(all.length), fc.constantFrom(-1, 0), (count, spare) => {
        const endpoints = withRoom(applyAll(twoHosts(), all.slice(0, count)), spare);
        const asked = endpoints.map((inventory) => ({
          datacentre: 'dc1',
          endpointIndex: inventory.endpointIndex,
          url: inventory.url,
          inventory,
        }));
        const facts = { now: '2026-11-22T10:00:00Z', endpoints: asked };
        const findings = applyRules(infrastructureRules, { site, plan, facts });
        const failed = (rule: string): boolean =>
          findings.some((finding) => finding.rule === rule && finding.status === 'fail');
        const bars = capacityBars(plan, datacentres, endpoints);
        const over = (resource: string): boolean =>
          bars.some((bar) => bar.resource === resource && bar.free < 0 && bar.planned > 0);
        const needs = endpointNeeds(plan, datacentres, endpoints);
        const memory = needs.some(({ neededMemoryBytes }) => neededMemoryBytes > 0) && spare < 0;
        const disk = needs.some((need) => need.storage.some(({ neededBytes }) => neededBytes > 0)) && spare < 0;
        const needed = { memory, disk };
        expect({ memory: over('memory'), disk: over('storage') }).toEqual(needed);
        expect({ memory: failed('infrastructure.memory'), disk: failed('infrastructure.disk') }).toEqual(needed);
      }),
      { numRuns: 60 },
    );
  });
});
