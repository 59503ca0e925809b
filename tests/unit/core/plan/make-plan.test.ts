import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, formatIpv4, ipv4Number, subnetOf } from '../../../../core/network/ipv4.ts';
import { planDocument } from '../../../../core/plan/export.ts';
import type { Plan } from '../../../../core/plan/model.ts';
import { makePlan } from '../../../../core/plan/make-plan.ts';
import { optionalComponents, type Site } from '../../../../core/site/schema.ts';
import { planOf, plainSite, sampleNames, sampleSite } from '../../../fixtures/sample-sites.ts';

const runs = 10_000;

/** Sites whose networks hold every place of the fixed layout, so that nothing has to move. */
const roomy = fc
  .record({
    concurrent: fc.integer({ min: 0, max: 60_000 }),
    option: fc.constantFrom('auto' as const, 'small' as const, 'large' as const),
    scale: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 3 })),
    options: fc.subarray([...optionalComponents]),
    redundantMedia: fc.boolean(),
    conferenceUsers: fc.integer({ min: 0, max: 900 }),
    endpoints: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    pins: fc.array(
      fc.record({
        name: fc.constantFrom(
          'edge-gw-1',
          'edge-gw-2',
          'logs-1',
          'public-lb-1',
          'conferencing-1',
          'stun-turn-2',
          'mailer-1',
        ),
        lan: fc.integer({ min: 1, max: 200 }),
        wan: fc.integer({ min: 2, max: 60 }),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ concurrent, conferenceUsers, endpoints, pins, ...footprint }): Site => {
    const lan = new Set<number>();
    const wan = new Set<number>();
    const addresses: Record<string, { lan: string; wan?: string }> = {};
    for (const pin of pins) {
      if (Object.hasOwn(addresses, pin.name) || lan.has(pin.lan) || wan.has(pin.wan)) continue;
      lan.add(pin.lan);
      wan.add(pin.wan);
      const onWan = pin.name === 'logs-1' ? {} : { wan: `198.18.0.${pin.wan}` };
      addresses[pin.name] = { lan: `10.20.0.${pin.lan}`, ...onWan };
    }
    return plainSite({
      sizing: { concurrentUsers: concurrent, registeredUsers: 4000, conferenceUsers },
      footprint,
      datacentres: endpoints.map((count, index) => ({
        name: `dc${index + 1}`,
        platform: 'vsphere',
        vsphere: {
          endpoints: Array.from({ length: count }, (_, host) => ({
            url: `https://esx${index}-${host}`,
            username: 'root',
          })),
          datastores: { standard: 's', premium: 'p' },
          networks: { lan: 'l', wan: 'w' },
        },
      })),
      network: {
        lan: { cidr: '10.20.0.0/21' },
        wan: { cidr: '198.18.0.0/23', gateway: '198.18.0.1' },
        addresses,
      },
    });
  });

const addressesOf = (plan: Plan): { name: string; network: 'lan' | 'wan'; address: string }[] => [
  ...plan.vips.map(({ name, network, address }) => ({ name, network, address })),
  ...plan.vms.flatMap(({ name, nics }) =>
    nics.flatMap(({ network, addresses }) => addresses.map((address) => ({ name, network, address }))),
  ),
];

/** Server or VIP and its position among its addresses -> address. */
const byHolder = (plan: Plan): Map<string, string> => {
  const result = new Map<string, string>();
  for (const { name, address } of plan.vips) result.set(name, address);
  for (const { name, nics } of plan.vms) {
    for (const { network, addresses } of nics)
      addresses.forEach((address, index) => result.set(`${name} ${network} ${index}`, address));
  }
  return result;
};

/** What a plan must never be, in words; a plain walk, since ten thousand plans have a million addresses. */
function faultsOf(plan: Plan, site: Site): string[] {
  const faults: string[] = [];
  const subnets = { lan: subnetOf(site.network.lan.cidr), wan: subnetOf(site.network.wan.cidr) };
  const from = ipv4Number(plan.dhcpPool?.from ?? '') ?? 0;
  const to = ipv4Number(plan.dhcpPool?.to ?? '') ?? -1;
  if (plan.dhcpPool !== null && to - from + 1 !== plan.dhcpPool.size) faults.push('size of the DHCP pool');
  const seen = new Set<string>([site.network.wan.gateway]);
  const count = { lan: 0, wan: 0 };
  for (const { name, network, address } of addressesOf(plan)) {
    if (seen.has(address)) faults.push(`${name}: ${address} twice`);
    seen.add(address);
    count[network] += 1;
    const subnet = subnets[network];
    const number = ipv4Number(address) ?? -1;
    if (subnet === undefined || !contains(subnet, number)) faults.push(`${name}: ${address} outside`);
    else if (number === subnet.network || number === subnet.broadcast) faults.push(`${name}: ${address} is no host`);
    if (number >= from && number <= to) faults.push(`${name}: ${address} in the DHCP pool`);
  }
  const sums = {
    vms: 0,
    vcpu: 0,
    memoryGb: 0,
    diskGb: 0,
    premiumGb: 0,
    lanAddresses: count.lan,
    wanAddresses: count.wan,
  };
  for (const vm of plan.vms) {
    sums.vms += 1;
    sums.vcpu += vm.vcpu;
    sums.memoryGb += vm.memoryGb;
    for (const disk of vm.disks) {
      sums.diskGb += disk.sizeGb;
      if (disk.class === 'premium') sums.premiumGb += disk.sizeGb;
    }
  }
  if (JSON.stringify(sums) !== JSON.stringify(plan.totals)) faults.push('totals');
  if (plan.datacentres.reduce((sum, { vms }) => sum + vms, 0) !== sums.vms) faults.push('sum of the data centres');
  const holders = byHolder(plan);
  for (const [name, pin] of Object.entries(site.network.addresses)) {
    for (const network of ['lan', 'wan'] as const) {
      const pinned = typeof pin === 'string' ? undefined : pin[network];
      const given = holders.get(`acme-${name} ${network} 0`);
      if (pinned !== undefined && given !== undefined && given !== pinned) faults.push(`${name}: pin`);
    }
  }
  return faults;
}

describe('any plan', () => {
  it('uses no address twice and none outside its subnet; totals equal the sum; pins are honoured; same site, same plan', () => {
    let pinned = 0;
    fc.assert(
      fc.property(roomy, (site) => {
        const plan = planOf(site);
        pinned += Object.keys(site.network.addresses).length;
        expect(faultsOf(plan, site)).toEqual([]);
        expect(JSON.stringify(planOf(site)) === JSON.stringify(plan)).toBe(true);
      }),
      { numRuns: runs },
    );
    expect(pinned).toBeGreaterThan(runs);
  }, 120_000);

  it('moves no address when a component, a footprint or a server is added', () => {
    const addition = fc.constantFrom<(site: Site) => Site>(
      ...optionalComponents.map((option) => (site: Site): Site => ({
        ...site,
        footprint: { ...site.footprint, options: [...new Set([...site.footprint.options, option])] },
      })),
      (site) => ({ ...site, footprint: { ...site.footprint, redundantMedia: true } }),
      (site) => ({
        ...site,
        footprint: { ...site.footprint, overrides: { conferencing: { quantity: 40 }, api: { quantity: 40 } } },
      }),
      (site) => ({ ...site, footprint: { ...site.footprint, scale: 4 } }),
    );
    fc.assert(
      fc.property(roomy, addition, (site, add) => {
        const before = byHolder(planOf(site));
        const plan = planOf(add(site));
        const after = byHolder(plan);
        // A smaller explicit scale than before would take servers away; only what stays is compared.
        const moved = [...before].filter(([holder, address]) => (after.get(holder) ?? address) !== address);
        expect(moved).toEqual([]);
      }),
      { numRuns: runs },
    );
  }, 120_000);

  it('keeps placement and addresses of the sample sites', () => {
    for (const name of sampleNames) {
      const document = planDocument(planOf(sampleSite(name)));
      expect(
        document.vms.map((vm) =>
          [vm.name, vm.datacentre, vm.endpoint, ...vm.nics.flatMap((nic) => nic.addresses)].join(' '),
        ),
      ).toMatchSnapshot(name);
    }
  });
});

describe('pins', () => {
  const withPins = (addresses: Site['network']['addresses'], network: object = {}): Plan =>
    planOf(
      plainSite({
        footprint: { option: 'large' },
        network: {
          lan: { cidr: '10.20.0.0/24' },
          wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' },
          addresses,
          ...network,
        },
      }),
    );
  const plain = byHolder(withPins({}));

  it('on another one’s place swap the two and move nobody else', () => {
    const logs = plain.get('acme-logs-1 lan 0') ?? '';
    const api = plain.get('acme-api-1 lan 0') ?? '';
    const after = byHolder(withPins({ 'logs-1': { lan: api } }));
    expect(after.get('acme-logs-1 lan 0')).toBe(api);
    expect(after.get('acme-api-1 lan 0')).toBe(logs);
    for (const [holder, address] of plain) {
      if (!holder.startsWith('acme-logs-1') && !holder.startsWith('acme-api-1'))
        expect(after.get(holder)).toBe(address);
    }
  });

  it('take VIPs as text and several WAN addresses as a list', () => {
    const plan = withPins({ 'edge-gw-vip': '10.20.0.254', 'public-lb-2': { wan: ['203.0.113.14', '203.0.113.13'] } });
    expect(plan.vips[0]?.address).toBe('10.20.0.254');
    expect(plan.lan.gateway).toBe('10.20.0.254');
    expect(plan.vms.find(({ name }) => name === 'acme-public-lb-2')?.nics[1]?.addresses).toEqual([
      '203.0.113.14',
      '203.0.113.13',
    ]);
  });

  it('take the gateway of the LAN for the Edge GW VIP', () => {
    const plan = withPins({}, { lan: { cidr: '10.20.0.0/24', gateway: '10.20.0.254' } });
    expect(plan.vips[0]?.address).toBe('10.20.0.254');
    expect(plan.vms[0]?.nics[0]?.addresses).toEqual(['10.20.0.2']);
  });
});

describe('networks', () => {
  const network = (lan: string, wan: string, gateway = formatIpv4((subnetOf(wan)?.network ?? 0) + 1)) => ({
    lan: { cidr: lan },
    wan: { cidr: wan, gateway },
  });

  it.each([
    ['small', '10.20.0.0/28', '203.0.113.0/28'],
    ['large', '10.20.0.0/24', '203.0.113.0/28'],
    ['large', '10.20.0.0/26', '203.0.113.0/28'],
    ['large', '10.20.0.0/27', '203.0.113.0/28'],
  ] as const)('of %s fit %s and %s', (option, lan, wan) => {
    expect(makePlan(plainSite({ footprint: { option }, network: network(lan, wan) })).ok).toBe(true);
  });

  it('keep every option and two more conferencing servers in a /24 and a /28', () => {
    const footprint = {
      option: 'large' as const,
      options: [...optionalComponents],
      overrides: { conferencing: { quantity: 4 } },
    };
    const plan = planOf(plainSite({ footprint, network: network('10.20.0.0/24', '203.0.113.0/28', '203.0.113.14') }));
    expect(plan.wan).toMatchObject({ usable: 14, used: 14 });
  });

  it.each([
    ['203.0.113.0/28', 2, 'plan.subnet-too-small', { network: 'WAN', needed: 21, available: 14, prefix: 27 }],
    ['203.0.113.0/30', 1, 'plan.subnet-too-small', { network: 'WAN', needed: 11, available: 2, prefix: 28 }],
  ])('that are too small are refused: %s for %i footprints', (wan, scale, code, params) => {
    const result = makePlan(
      plainSite({ footprint: { option: 'large', scale }, network: network('10.20.0.0/16', wan) }),
    );
    expect(result).toMatchObject({ ok: false, failure: { kind: 'input', code, params } });
  });

  it('for two footprints fit a /27 WAN, as the refusal says', () => {
    const site = plainSite({
      footprint: { option: 'large', scale: 2 },
      network: network('10.20.0.0/16', '203.0.113.0/27'),
    });
    expect(planOf(site).totals.wanAddresses).toBe(20);
  });

  it.each([
    ['plan.cidr', { ...network('10.20.0.0', '203.0.113.0/28') }],
    ['plan.gateway', { ...network('10.20.0.0/24', '203.0.113.0/28', 'router') }],
    [
      'plan.pin-outside',
      { ...network('10.20.0.0/24', '203.0.113.0/28'), addresses: { 'logs-1': { lan: '10.20.1.1' } } },
    ],
    [
      'plan.pin-twice',
      { ...network('10.20.0.0/24', '203.0.113.0/28'), addresses: { 'logs-1': '10.20.0.9', 'backup-1': '10.20.0.9' } },
    ],
    [
      'plan.pin-on-gateway',
      { ...network('10.20.0.0/24', '203.0.113.0/28'), addresses: { 'edge-gw-1': { wan: '203.0.113.1' } } },
    ],
  ])('that make no plan possible give %s', (code, broken) => {
    expect(makePlan(plainSite({ network: broken }))).toMatchObject({ ok: false, failure: { kind: 'input', code } });
  });
});

describe('the pairs of a site with several data centres', () => {
  it('are on different sites and, in one data centre, on different hosts', () => {
    for (const name of sampleNames) {
      const site = sampleSite(name);
      const plan = planOf(site);
      for (const component of new Set(plan.vms.map((vm) => vm.component))) {
        const group = plan.vms.filter((vm) => vm.component === component);
        const places = new Set(group.map(({ datacentre, endpointIndex }) => `${datacentre} ${endpointIndex}`));
        const choice = site.datacentres.length > 1 || (site.datacentres[0]?.vsphere?.endpoints.length ?? 1) > 1;
        if (group.length > 1 && choice) expect(places.size).toBeGreaterThan(1);
        if (group.length > 1 && site.datacentres.length > 1) {
          expect(new Set(group.map(({ datacentre }) => datacentre)).size).toBe(
            Math.min(group.length, site.datacentres.length),
          );
        }
      }
    }
  });
});
