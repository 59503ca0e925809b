import { describe, expect, it } from 'vitest';
import { catalogue, catalogueRow } from '../../../../../core/plan/footprint/catalogue.ts';
import { components } from '../../../../../core/site/schema.ts';
import { planOf, plainSite } from '../../../../fixtures/sample-sites.ts';

describe('the catalogue', () => {
  it('has one row per component of the site file, in the same order', () => {
    expect(catalogue.map(({ component }) => component)).toEqual(components);
    for (const component of components) expect(catalogueRow(component).component).toBe(component);
  });

  // The last table of the technical overview's footprint chapters.
  it.each([
    ['small', false, [9, 34, 102, 7680, 2048]],
    ['small', true, [13, 55, 146, 12_032, 2048]],
    ['large', false, [27, 107, 522, 17_664, 3584]],
  ] as const)('gives the totals of the %s footprint, redundant media %s', (option, redundantMedia, totals) => {
    const plan = planOf(plainSite({ footprint: { option, redundantMedia } }));
    const { vms, vcpu, memoryGb, diskGb, premiumGb } = plan.totals;
    expect([vms, vcpu, memoryGb, diskGb, premiumGb]).toEqual(totals);
  });

  it('multiplies every row of the large footprint with the scale', () => {
    const network = { lan: { cidr: '10.0.0.0/16' }, wan: { cidr: '8.8.0.0/20', gateway: '8.8.0.1' } };
    const { totals } = planOf(plainSite({ network, footprint: { option: 'large', scale: 12 } }));
    expect(totals).toMatchObject({ vms: 27 * 12, vcpu: 107 * 12, memoryGb: 522 * 12, diskGb: 17_664 * 12 });
  });

  it.each([
    ['datalake', [1, 1, 4, 64]],
    ['message-bus', [1, 2, 8, 64]],
    ['repository-noc', [1, 2, 4, 256]],
    ['mailer', [1, 1, 1, 64]],
  ] as const)('adds the option %s with its own size to both footprints', (option, [vms, vcpu, memoryGb, diskGb]) => {
    for (const kind of ['small', 'large'] as const) {
      const before = planOf(plainSite({ footprint: { option: kind } })).totals;
      const after = planOf(plainSite({ footprint: { option: kind, options: [option] } })).totals;
      expect(after.vms - before.vms).toBe(vms);
      expect(after.vcpu - before.vcpu).toBe(vcpu);
      expect(after.memoryGb - before.memoryGb).toBe(memoryGb);
      expect(after.diskGb - before.diskGb).toBe(diskGb);
    }
  });

  it('knows roles, addresses and VIPs of the large footprint', () => {
    const plan = planOf(plainSite({ footprint: { option: 'large', options: ['mailer'] } }));
    expect(plan.vips.map(({ name, members }) => [name, members])).toEqual([
      ['edge-gw-vip', ['acme-edge-gw-1', 'acme-edge-gw-2']],
      ['mailer-vip', ['acme-mailer-1']],
      ['private-lb-vip-1', ['acme-private-lb-1', 'acme-private-lb-2']],
      ['private-lb-vip-2', ['acme-private-lb-1', 'acme-private-lb-2']],
    ]);
    expect(plan.totals).toMatchObject({ lanAddresses: 28 + 4, wanAddresses: 11 });
    expect(plan.vms.filter(({ component }) => component === 'business-db').map(({ role }) => role)).toEqual([
      'master',
      'slave',
      'slave',
    ]);
  });
});
