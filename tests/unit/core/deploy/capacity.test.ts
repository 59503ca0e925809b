import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../../core/deploy/reconcile.ts';
import { bytesPerGb } from '../../../../core/plan/model.ts';
import { tagKeys } from '../../../../core/deploy/ownership.ts';
import { endpointNeeds } from '../../../../core/deploy/capacity.ts';
import { capacityBars } from '../../../../core/documents/drawing/capacity.ts';
import type { SeenEndpoint, SeenVm } from '../../../../core/platform/inventory.ts';
import { infrastructureRules } from '../../../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../../../core/preflight/rule.ts';
import { planOf } from '../../../fixtures/sample-sites.ts';
import { applyAll, operationsIn, reconcileInput, twoHosts, vsphereSite } from '../../../fixtures/vsphere-model.ts';

const site = vsphereSite();
const plan = planOf(site);
const { datacentres } = site;
const operations = (endpoints: readonly SeenEndpoint[]) => {
  const result = reconcile(reconcileInput(endpoints));
  if (!result.ok) throw new Error(result.failure.code);
  return operationsIn(result.value);
};
const finished = applyAll(twoHosts(), operations(twoHosts()));
const changed = (endpoints: readonly SeenEndpoint[], change: (vm: SeenVm) => SeenVm): SeenEndpoint[] =>
  endpoints.map((endpoint) => ({ ...endpoint, vms: endpoint.vms.map(change) }));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const totals = (endpoints: readonly SeenEndpoint[]) => {
  const needs = endpointNeeds(plan, datacentres, endpoints);
  return {
    memoryGb: sum(needs.map(({ neededMemoryBytes }) => neededMemoryBytes)) / bytesPerGb,
    vcpu: sum(needs.map(({ neededVcpu }) => neededVcpu)),
    diskGb: sum(needs.flatMap(({ datastores }) => datastores.map(({ neededBytes }) => neededBytes))) / bytesPerGb,
    starting: sum(needs.map(({ starting }) => starting.length)),
  };
};
const everything = {
  memoryGb: plan.totals.memoryGb,
  vcpu: plan.totals.vcpu,
  diskGb: plan.totals.diskGb,
  starting: plan.totals.vms,
};

describe('what the plan still needs', () => {
  it('is everything while nothing exists, and nothing once all VMs run', () => {
    expect(totals(twoHosts())).toEqual(everything);
    expect(totals(finished)).toEqual({ memoryGb: 0, vcpu: 0, diskGb: 0, starting: 0 });
  });

  it('is memory and vCPU of VMs that are off, whose disks exist', () => {
    const off = changed(finished, (vm) => ({ ...vm, poweredOn: false }));
    expect(totals(off)).toEqual({ ...everything, diskGb: 0 });
  });

  it('is everything for half-made VMs: they are imported once more', () => {
    const halfMade = changed(finished, (vm) => ({ ...vm, poweredOn: false, extraConfig: {} }));
    expect(totals(halfMade)).toEqual(everything);
  });

  it('is everything for a planned name that a foreign VM has', () => {
    const foreign = changed(finished, (vm) => ({ ...vm, annotation: '', extraConfig: {} }));
    expect(totals(foreign)).toEqual(everything);
    const other = changed(finished, (vm) => ({ ...vm, extraConfig: { ...vm.extraConfig, [tagKeys.site]: 'other' } }));
    expect(totals(other)).toEqual(everything);
  });

  it('counts a moved VM where it is', () => {
    const [first, second] = finished;
    if (first === undefined || second === undefined) throw new Error('two hosts');
    const off = (vm: SeenVm): SeenVm => ({ ...vm, poweredOn: false });
    const moved = [
      { ...first, vms: [] },
      { ...second, vms: [...first.vms, ...second.vms].map(off) },
    ];
    const [one, two] = endpointNeeds(plan, datacentres, moved);
    expect([one?.neededMemoryBytes, one?.datastores]).toEqual([0, []]);
    expect(two?.neededMemoryBytes).toBe(plan.totals.memoryGb * bytesPerGb);
  });

  it('counts disks that are still missing, and growth, on the datastore of their class', () => {
    const small = changed(finished, (vm) => ({
      ...vm,
      disks: vm.disks.slice(0, 1).map((disk) => ({ ...disk, capacityBytes: 10 * bytesPerGb })),
    }));
    expect(totals(small).diskGb).toBe(plan.totals.diskGb - 10 * plan.totals.vms);
    const premium = endpointNeeds(plan, datacentres, small).flatMap(({ datastores }) =>
      datastores.filter(({ datastore }) => datastore === 'high-perf'),
    );
    expect(sum(premium.map(({ neededBytes }) => neededBytes)) / bytesPerGb).toBeGreaterThan(0);
  });

  it('counts a VM of a vCenter once, although two data centres see it', () => {
    const [first] = twoHosts();
    if (first === undefined) throw new Error('a host');
    const vms = finished.flatMap((endpoint) => endpoint.vms).map((vm) => ({ ...vm, poweredOn: false }));
    const both = twoHosts().map((endpoint) => ({ ...endpoint, url: first.url, vms }));
    expect(totals(both).memoryGb).toBe(plan.totals.memoryGb);
  });
});

describe('the readers of that answer', () => {
  const all = operations(twoHosts());
  /** Hosts that are just large enough, or too small by a byte, for the memory that is still needed. */
  const withRoom = (endpoints: readonly SeenEndpoint[], spare: number): SeenEndpoint[] => {
    const needs = endpointNeeds(plan, datacentres, endpoints);
    return endpoints.map((endpoint, index) => {
      const need = needs[index];
      return {
        ...endpoint,
        hosts: endpoint.hosts.map((host) => ({
          ...host,
          memoryUsedBytes: host.memoryBytes - (need?.neededMemoryBytes ?? 0) - spare,
        })),
        datastores: endpoint.datastores.map((datastore) => ({
          ...datastore,
          freeBytes: (need?.datastores.find((one) => one.datastore === datastore.name)?.neededBytes ?? 0) + spare,
        })),
      };
    });
  };

  it('agree at every moment of a deployment, to the byte', () => {
    fc.assert(
      fc.property(fc.nat(all.length), fc.constantFrom(-1, 0), (count, spare) => {
        const endpoints = withRoom(applyAll(twoHosts(), all.slice(0, count)), spare);
        const asked = endpoints.map((seen) => ({ datacentre: 'dc1', endpoint: seen.endpoint, url: seen.url, seen }));
        const facts = { now: '2026-11-22T10:00:00Z', endpoints: asked };
        const findings = applyRules(infrastructureRules, { site, plan, facts });
        const failed = (rule: string): boolean =>
          findings.some((finding) => finding.rule === rule && finding.status === 'fail');
        const bars = capacityBars(plan, datacentres, endpoints);
        const over = (resource: string): boolean =>
          bars.some((bar) => bar.resource === resource && bar.free < 0 && bar.planned > 0);
        const needs = endpointNeeds(plan, datacentres, endpoints);
        const memory = needs.some(({ neededMemoryBytes }) => neededMemoryBytes > 0) && spare < 0;
        const disk = needs.some((need) => need.datastores.some(({ neededBytes }) => neededBytes > 0)) && spare < 0;
        const needed = { memory, disk };
        expect({ memory: over('memory'), disk: over('datastore') }).toEqual(needed);
        expect({ memory: failed('infrastructure.memory'), disk: failed('infrastructure.disk') }).toEqual(needed);
      }),
      { numRuns: 60 },
    );
  });
});
