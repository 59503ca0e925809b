import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../../core/deploy/reconcile.ts';
import type { EndpointInventory, Machine } from '../../../../core/platform/inventory.ts';
import type { DeployedSite, PreflightFacts } from '../../../../core/preflight/facts.ts';
import type { Finding } from '../../../../core/base/findings.ts';
import { applyRules } from '../../../../core/preflight/rule.ts';
import { renamedSite, secondEdgeRules } from '../../../../core/preflight/second-edge-rules.ts';
import type { Site } from '../../../../core/site/schema.ts';
import { planOf } from '../../../fixtures/sample-sites.ts';
import { applyAll, operationsIn, reconcileInput, twoHosts, vsphereSite } from '../../../fixtures/vsphere-model.ts';

const now = '2026-11-22T10:00:00.000Z';
const site = vsphereSite();
const renamed = vsphereSite({ site: { ...site.site, name: 'acme-three' } });

function deployedOnHosts(): EndpointInventory[] {
  const made = reconcile(reconcileInput(twoHosts()));
  if (!made.ok) throw new Error(made.failure.code);
  return applyAll(twoHosts(), operationsIn(made.value));
}
const deployed = deployedOnHosts();

const each = (endpoints: readonly EndpointInventory[], change: (vm: Machine) => Machine): EndpointInventory[] =>
  endpoints.map((one) => ({ ...one, machines: one.machines.map(change) }));

const factsOf = (endpoints: readonly EndpointInventory[], note: DeployedSite | null = null): PreflightFacts => ({
  now,
  deployed: note,
  endpoints: endpoints.map((inventory) => ({ ...inventory, inventory })),
});

const judge = (rule: string, of: Site, facts: PreflightFacts): Finding[] =>
  applyRules(secondEdgeRules, { site: of, plan: planOf(of), facts }).filter(
    (one) => one.rule === `infrastructure.${rule}` && one.status !== 'pass',
  );

describe('planned addresses that another site of this product uses', () => {
  it('pass for the same site, and without a deployment', () => {
    expect(judge('addresses', site, factsOf(deployed))).toEqual([]);
    expect(judge('addresses', renamed, factsOf(twoHosts()))).toEqual([]);
  });

  it('fail for LAN, VIP and WAN after the site was renamed', () => {
    const found = judge('addresses', renamed, factsOf(deployed));
    expect(found).toMatchObject([
      { status: 'fail', path: 'network.lan.cidr', params: { site: 'acme', name: 'acme-three' } },
      { status: 'fail', path: 'network.wan.cidr', params: { site: 'acme' } },
    ]);
  });

  it('fail also for a VIP alone', () => {
    const vip = planOf(site).vips[0]?.address ?? '';
    const one = each(deployed, (vm) => ({ ...vm, addresses: [vip] }));
    expect(judge('addresses', renamed, factsOf(one))).toMatchObject([{ params: { addresses: vip } }]);
  });

  it('fail for a half-made VM, which has an owner and no stage yet', () => {
    const half = each(deployed, (vm) => ({
      ...vm,
      owner: { site: 'acme', component: 'edge-gw', machine: vm.name },
      addresses: ['203.0.113.2', '203.0.113.3'],
    }));
    expect(judge('addresses', renamed, factsOf(half))).toMatchObject([{ path: 'network.wan.cidr' }]);
  });

  it('only warn where no network is shared: the networks may be separate', () => {
    const apart = each(deployed, (vm) => ({ ...vm, nics: vm.nics.map((nic) => ({ ...nic, network: 'Lab' })) }));
    expect(judge('addresses', renamed, factsOf(apart)).map(({ status }) => status)).toEqual(['warn', 'warn']);
  });

  it('pass for VMs of other owners, with any addresses', () => {
    const foreign = each(deployed, ({ owner: _owner, ...vm }) => vm);
    expect(judge('addresses', renamed, factsOf(foreign))).toEqual([]);
  });

  it('pass for another site with other addresses', () => {
    const other = vsphereSite({
      site: { ...site.site, name: 'other' },
      network: {
        ...site.network,
        lan: { ...site.network.lan, cidr: '10.99.0.0/24' },
        wan: { cidr: '198.51.100.0/28', gateway: '198.51.100.1' },
      },
    });
    expect(judge('addresses', other, factsOf(deployed))).toEqual([]);
  });

  it('name each VM once where two data centres show the same vCenter', () => {
    const [first] = deployed;
    if (first === undefined) throw new Error('no endpoint');
    const twice = [first, { ...first, datacentre: 'dc2' }];
    expect(judge('addresses', renamed, factsOf(twice))).toEqual(judge('addresses', renamed, factsOf([first])));
  });
});

describe('a site file whose site name differs from the deployed one', () => {
  const note: DeployedSite = {
    site: 'acme',
    fqdn: 'edge.acme.example',
    datacentres: ['dc1'],
    vms: 9,
    planDigest: 'd',
    siteFile: '/site.yaml',
    at: now,
  };

  it('fails while VMs of that site exist, with their number', () => {
    expect(judge('renamed', renamed, factsOf(deployed, note))).toMatchObject([
      { status: 'fail', step: 'site', path: 'site.name', params: { site: 'acme', name: 'acme-three', count: 9 } },
    ]);
  });

  it('fails in the wizard without facts', () => {
    const { endpoints: _endpoints, ...unasked } = factsOf([], note);
    expect(judge('renamed', renamed, unasked)).toEqual([renamedSite(note, 'acme-three')]);
  });

  it('passes when the name is the old one, nothing was deployed, or its VMs are gone', () => {
    expect(judge('renamed', site, factsOf(deployed, note))).toEqual([]);
    expect(judge('renamed', renamed, factsOf(deployed, null))).toEqual([]);
    expect(judge('renamed', renamed, factsOf(twoHosts(), note))).toEqual([]);
  });

  it('does not pass if a host cannot be read', () => {
    const unread: PreflightFacts = {
      now,
      deployed: note,
      endpoints: [{ datacentre: 'dc1', endpointIndex: 0, url: 'https://esx1' }],
    };
    expect(judge('renamed', renamed, unread)).toHaveLength(1);
  });
});
