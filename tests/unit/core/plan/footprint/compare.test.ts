import { describe, expect, it } from 'vitest';
import { compareOptions } from '../../../../../core/plan/footprint/compare.ts';
import { allowedUse, capacityToOffer, losses } from '../../../../../core/plan/footprint/survival.ts';
import { planOf, plainSite, sampleNames, sampleSite } from '../../../../fixtures/sample-sites.ts';

const datacentres = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `dc${index + 1}`, platform: 'kvm' as const }));

describe('compareOptions', () => {
  it('puts both options side by side and proposes the one that auto picks', () => {
    const [small, large] = compareOptions(plainSite());
    expect(small).toMatchObject({ option: 'small', proposed: true, ruledOutBy: [] });
    expect(small?.totals).toEqual({
      vms: 9,
      vcpu: 34,
      memoryGb: 102,
      diskGb: 7680,
      standardGb: 5632,
      premiumGb: 2048,
      lanAddresses: 10,
      wanAddresses: 6,
      lanPrefix: 28,
      wanPrefix: 28,
    });
    expect(large).toMatchObject({ option: 'large', proposed: false });
    expect(large?.totals).toMatchObject({
      vms: 27,
      vcpu: 107,
      memoryGb: 522,
      diskGb: 17_664,
      premiumGb: 3584,
      wanAddresses: 10,
      wanPrefix: 28,
    });
  });

  it('never proposes small beyond its limits, and says why', () => {
    const sizing = { registeredUsers: 5001, concurrentUsers: 1001 };
    const [small] = compareOptions(plainSite({ sizing, datacentres: datacentres(2) }));
    expect(small).toMatchObject({
      proposed: false,
      ruledOutBy: ['concurrent-above-small', 'registered-above-small', 'several-datacentres'],
    });
  });

  it('agrees with the plan of every sample', () => {
    for (const name of sampleNames) {
      const site = sampleSite(name);
      const { totals, footprint } = planOf(site);
      const proposed = compareOptions(site).find(({ option }) => option === footprint.option);
      expect(proposed?.totals).toMatchObject(totals);
    }
  });
});

describe('the loss of any one data centre', () => {
  it.each([2, 3])('of %i leaves at least one server of every component that has several', (count) => {
    for (const scale of [1, 2, 5]) {
      const network = { lan: { cidr: '10.0.0.0/16' }, wan: { cidr: '8.8.0.0/20', gateway: '8.8.0.1' } };
      const plan = planOf(plainSite({ datacentres: datacentres(count), network, footprint: { scale } }));
      const all = losses(plan);
      expect(all).toHaveLength(count);
      for (const loss of all) expect(loss.gone).toEqual([]);
      if (count === 3) for (const loss of all) expect(loss.minority).toEqual([]);
      expect(all.reduce((sum, { lost }) => sum + lost.vcpu, 0)).toBe(plan.totals.vcpu);
    }
  });

  it.each([
    [2, 0.55],
    [3, 0.37],
  ])('of %i takes no more than its share of vCPU, memory and disk', (count, most) => {
    const plan = planOf(plainSite({ datacentres: datacentres(count) }));
    for (const { lost } of losses(plan)) {
      expect(lost.vcpu / plan.totals.vcpu).toBeLessThan(most);
      expect(lost.memoryGb / plan.totals.memoryGb).toBeLessThan(most);
      expect(lost.diskGb / plan.totals.diskGb).toBeLessThan(most + 0.02);
    }
  });

  it('needs data centres that are at most half used, of three at most two thirds', () => {
    expect([allowedUse(1), allowedUse(2), allowedUse(3)]).toEqual([1, 0.5, 2 / 3]);
    const plan = planOf(plainSite({ datacentres: datacentres(2) }));
    for (const [index, offer] of capacityToOffer(plan).entries()) {
      const carried = plan.datacentres[index];
      expect((carried?.vcpu ?? 0) / offer.vcpu).toBeLessThanOrEqual(0.5);
      expect((carried?.memoryGb ?? 0) / offer.memoryGb).toBeLessThanOrEqual(0.5);
    }
  });

  it('puts the backup server beside the primary data centre, and masters on both sides', () => {
    const plan = planOf(plainSite({ datacentres: datacentres(2) }));
    expect(plan.vms.find(({ component }) => component === 'backup')?.datacentre).toBe('dc2');
    expect(new Set(plan.vms.filter(({ role }) => role === 'master').map(({ datacentre }) => datacentre)).size).toBe(2);
    expect(losses(planOf(plainSite()))).toEqual([]);
  });
});
