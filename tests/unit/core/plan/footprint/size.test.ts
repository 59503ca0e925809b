import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueRow } from '../../../../../core/plan/footprint/catalogue.ts';
import { placeServer } from '../../../../../core/plan/footprint/place.ts';
import { sizeFootprint } from '../../../../../core/plan/footprint/size.ts';
import type { SiteInput } from '../../../../../core/site/schema.ts';
import { plainSite } from '../../../../fixtures/sample-sites.ts';

const users = (concurrentUsers: number, registeredUsers: number): Partial<SiteInput> => ({
  sizing: { concurrentUsers, registeredUsers },
});
const quantity = (site: Partial<SiteInput>, component: string): number =>
  sizeFootprint(plainSite(site)).components.find(({ row }) => row.component === component)?.quantity ?? 0;

describe('the footprint option', () => {
  it.each([
    [1000, 5000, 'small', 'fits-small'],
    [1001, 5000, 'large', 'concurrent-above-small'],
    [1000, 5001, 'large', 'registered-above-small'],
    [0, 1, 'small', 'fits-small'],
  ])('for %i concurrent and %i registered users is %s', (concurrent, registered, option, why) => {
    const sizing = sizeFootprint(plainSite(users(concurrent, registered)));
    expect(sizing.option).toBe(option);
    expect(sizing.why).toContain(why);
  });

  it('is large with several data centres, or with redundancy in the application', () => {
    const datacentres = [
      { name: 'a', platform: 'kvm' as const },
      { name: 'b', platform: 'kvm' as const },
    ];
    expect(sizeFootprint(plainSite({ datacentres })).why).toContain('several-datacentres');
    const sizing = { concurrentUsers: 1, registeredUsers: 1, redundancy: 'application' as const };
    expect(sizeFootprint(plainSite({ sizing }))).toMatchObject({
      option: 'large',
      why: ['application-redundancy', 'conferencing-assumed'],
    });
  });
});

describe('the scale', () => {
  it.each([
    [20_000, 100_000, 1],
    [20_001, 100_000, 2],
    [40_000, 100_000, 2],
    [40_001, 100_000, 3],
    [5000, 100_001, 2],
    [5000, 10_000_000, 100],
    [10_000_000, 10_000_000, 500],
  ])('for %i concurrent and %i registered users is %i', (concurrent, registered, scale) => {
    expect(sizeFootprint(plainSite(users(concurrent, registered))).scale).toBe(scale);
  });

  it('follows the site file, and is 1 for the small footprint', () => {
    expect(sizeFootprint(plainSite({ footprint: { option: 'large', scale: 7 } })).scale).toBe(7);
    expect(sizeFootprint(plainSite({ footprint: { option: 'small', scale: 7 } })).scale).toBe(1);
  });
});

describe('conferencing servers', () => {
  it('grow with the users in conferences, by the assumed users per server', () => {
    const sizing = { concurrentUsers: 900, registeredUsers: 4000 };
    expect(quantity({ sizing: { ...sizing, conferenceUsers: 0 } }, 'conferencing')).toBe(1);
    expect(quantity({ sizing: { ...sizing, conferenceUsers: 100 } }, 'conferencing')).toBe(1);
    expect(quantity({ sizing: { ...sizing, conferenceUsers: 101 } }, 'conferencing')).toBe(2);
    const assumed = { ...sizing, conferenceUsers: 101, conferenceUsersPerServer: 25 };
    expect(quantity({ sizing: assumed }, 'conferencing')).toBe(5);
    expect(sizeFootprint(plainSite({ sizing: assumed }))).toMatchObject({
      whyParams: { perServer: 25, conferencing: 5 },
    });
  });
});

describe('overrides', () => {
  it('raise what they name and leave the rest', () => {
    const overrides = {
      logs: { disks: [2048] },
      conferencing: { quantity: 3 },
      'business-db': { memoryGb: 128, disks: [64, 512] },
    };
    const { components } = sizeFootprint(plainSite({ footprint: { option: 'large', overrides } }));
    const of = (name: string) => components.find(({ row }) => row.component === name);
    expect(of('logs')?.disks).toEqual([{ sizeGb: 2048, class: 'premium' }]);
    expect(of('conferencing')?.quantity).toBe(3);
    expect(of('business-db')).toMatchObject({ quantity: 3, vcpu: 4, memoryGb: 128 });
    expect(of('business-db')?.disks.map(({ sizeGb }) => sizeGb)).toEqual([64, 512, 256]);
  });

  it('never go below the minimum', () => {
    const overrides = { logs: { disks: [1], vcpu: 1, memoryGb: 1 }, core: { quantity: 1 } };
    const { components } = sizeFootprint(plainSite({ footprint: { option: 'large', overrides } }));
    const of = (name: string) => components.find(({ row }) => row.component === name);
    expect(of('logs')).toMatchObject({ vcpu: 4, memoryGb: 32, disks: [{ sizeGb: 1024 }] });
    expect(of('core')?.quantity).toBe(2);
  });
});

describe('placement', () => {
  it('keeps neighbours in number apart wherever there is a choice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom('edge-gw', 'messages-db', 'conferencing', 'object-storage'),
        (endpoints, index, component) => {
          const row = catalogueRow(component);
          const one = placeServer(row, index, endpoints);
          const next = placeServer(row, index + 1, endpoints);
          expect(one.endpointIndex).toBeLessThan(endpoints[one.datacentreIndex] ?? 0);
          if (endpoints.length > 1) expect(next.datacentreIndex).not.toBe(one.datacentreIndex);
          else if ((endpoints[0] ?? 1) > 1) expect(next.endpointIndex).not.toBe(one.endpointIndex);
        },
      ),
    );
  });
});
