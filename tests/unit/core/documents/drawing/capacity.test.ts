import { describe, expect, it } from 'vitest';
import { bytesPerGb } from '../../../../../core/plan/model.ts';
import { capacityBars } from '../../../../../core/documents/drawing/capacity.ts';
import { endpointsOf, planOf, siteOf } from '../../../../fixtures/run-record.ts';

const site = siteOf('small');
const plan = planOf(site);
const full = endpointsOf(site, plan);
const empty = full.map((endpoint) => ({ ...endpoint, machines: [] }));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe('capacity bars', () => {
  it('still plans everything while nothing exists', () => {
    const bars = capacityBars(plan, site.datacentres, empty);
    const planned = (resource: string): number =>
      sum(bars.filter((bar) => bar.resource === resource).map((bar) => bar.planned));
    expect(planned('vcpu')).toBe(plan.totals.vcpu);
    expect(planned('memory')).toBe(plan.totals.memoryGb * bytesPerGb);
    expect(planned('storage')).toBe(plan.totals.diskGb * bytesPerGb);
    const premium = bars.filter(({ name }) => name === 'high-perf');
    expect(sum(premium.map((bar) => bar.planned))).toBe(plan.totals.premiumGb * bytesPerGb);
  });

  it('plans nothing more once everything exists', () => {
    const bars = capacityBars(plan, site.datacentres, full);
    expect(bars.map((bar) => bar.planned)).toEqual(bars.map(() => 0));
    expect(sum(bars.filter(({ resource }) => resource === 'vcpu').map(({ used }) => used))).toBe(plan.totals.vcpu);
  });

  it('counts only the growth of a disk that exists', () => {
    const [first, ...rest] = full;
    const shrunk = first && {
      ...first,
      machines: first.machines.map((vm, position) =>
        position === 0
          ? {
              ...vm,
              disks: vm.disks.map((disk, key) => (key === 0 ? { ...disk, capacityBytes: 10 * bytesPerGb } : disk)),
            }
          : vm,
      ),
    };
    const bars = capacityBars(plan, site.datacentres, [...(shrunk ? [shrunk] : []), ...rest]);
    expect(sum(bars.filter(({ resource }) => resource === 'storage').map((bar) => bar.planned))).toBe(54 * bytesPerGb);
  });

  it('goes below zero where the plan does not fit', () => {
    const tight = empty.map((endpoint) => ({
      ...endpoint,
      storage: endpoint.storage.map((space) => ({
        ...space,
        capacityBytes: bytesPerGb,
        freeBytes: bytesPerGb,
      })),
    }));
    const bars = capacityBars(plan, site.datacentres, tight).filter(({ resource }) => resource === 'storage');
    expect(bars.some(({ free }) => free < 0)).toBe(true);
    for (const bar of bars) expect(bar.free).toBe(bar.capacity - bar.used - bar.planned);
  });

  it('shares what is missing among the hosts of a vCenter that are in service, and says that it is an estimate', () => {
    const [first] = empty;
    const host = first?.hosts[0];
    if (first === undefined || host === undefined) throw new Error('the fixture has a host');
    const hosts = [host, { ...host, name: 'b' }, { ...host, name: 'c', inMaintenance: true }];
    const bars = capacityBars(plan, site.datacentres, [{ ...first, hosts }]).filter(
      ({ resource }) => resource === 'memory',
    );
    expect(bars.map(({ estimated }) => estimated)).toEqual([true, true, true]);
    expect(bars[0]?.planned).toBe(bars[1]?.planned);
    expect(bars[0]?.planned).toBeGreaterThan(0);
    expect(bars[2]?.planned).toBe(0);
  });
});
