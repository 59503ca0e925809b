/** Makes the plan of a site: its servers, their places and addresses. The same site always gives the same plan. */
import { type Result, ok } from '../base/errors.ts';
import { layoutOf } from '../platform/layout.ts';
import { placeServer } from './footprint/place.ts';
import { type SizedComponent, sizeFootprint } from './footprint/size.ts';
import { planAddresses, type SiteAddresses } from './network/address-plan.ts';
import { dnsRecords } from './network/dns.ts';
import { firewallRows } from './network/firewall.ts';
import { vipName } from './network/pins.ts';
import type { Plan, PlannedDatacentre, PlannedNic, PlannedVip, PlannedVm, Totals, VmRole } from './model.ts';
import type { Datacentre, Site } from '../site/schema.ts';

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

const diskGb = (vm: PlannedVm): number => sum(vm.disks.map(({ sizeGb }) => sizeGb));

const premiumGb = (vm: PlannedVm): number =>
  sum(vm.disks.map(({ sizeGb, class: kind }) => (kind === 'premium' ? sizeGb : 0)));

/** Endpoints among which servers are spread: standalone hosts; a vCenter and other platforms count as one. */
const endpointCount = (datacentre: Datacentre): number => layoutOf(datacentre)?.endpoints.length ?? 1;

const roleOf = ({ row, quantity, perFootprint }: SizedComponent, index: number): VmRole => {
  if (quantity === 1 || row.ha === 'none') return 'single';
  if (row.ha === 'M/M') return 'active';
  return (index - 1) % perFootprint === 0 ? 'master' : 'slave';
};

const nicsOf = ({ row }: SizedComponent, index: number, addresses: SiteAddresses): PlannedNic[] => {
  const on = (network: 'lan' | 'wan', each: number): PlannedNic => ({
    network,
    addresses: (addresses[network].servers.get(row.component) ?? []).slice((index - 1) * each, index * each),
  });
  // The order of NICs: LAN first.
  return [on('lan', row.lanAddresses), ...(row.wanAddresses > 0 ? [on('wan', row.wanAddresses)] : [])];
};

const vmsOf = (
  site: Site,
  component: SizedComponent,
  scale: number,
  addresses: SiteAddresses,
  endpoints: readonly number[],
): PlannedVm[] => {
  return Array.from({ length: component.quantity }, (_, position): PlannedVm => {
    const index = position + 1;
    const place = placeServer(component.row, index, endpoints);
    return {
      name: `${site.site.name}-${component.row.component}-${index}`,
      component: component.row.component,
      index,
      footprint: Math.min(scale, Math.floor(position / component.perFootprint) + 1),
      role: roleOf(component, index),
      datacentre: site.datacentres[place.datacentreIndex]?.name ?? '',
      endpointIndex: place.endpointIndex,
      vcpu: component.vcpu,
      memoryGb: component.memoryGb,
      disks: component.disks,
      nics: nicsOf(component, index, addresses),
    };
  });
};

const vipsOf = (
  { row }: SizedComponent,
  members: readonly PlannedVm[],
  scale: number,
  addresses: SiteAddresses,
): PlannedVip[] => {
  if (row.vips === 0) return [];
  const names = Array.from({ length: scale }, (): string[] => []);
  for (const { name, footprint } of members) names[footprint - 1]?.push(name);
  return Array.from({ length: row.vips * scale }, (_, position): PlannedVip => {
    const name = vipName(row, position + 1);
    return {
      name,
      address: addresses.lan.vips.get(name) ?? '',
      network: 'lan',
      members: names[Math.floor(position / row.vips)] ?? [],
    };
  });
};

const totalsOf = (vms: readonly PlannedVm[], vips: readonly PlannedVip[]): Totals => {
  const addresses = (network: string): number =>
    sum(vms.map(({ nics }) => sum(nics.map((nic) => (nic.network === network ? nic.addresses.length : 0)))));
  return {
    vms: vms.length,
    vcpu: sum(vms.map(({ vcpu }) => vcpu)),
    memoryGb: sum(vms.map(({ memoryGb }) => memoryGb)),
    diskGb: sum(vms.map(diskGb)),
    premiumGb: sum(vms.map(premiumGb)),
    lanAddresses: addresses('lan') + vips.length,
    wanAddresses: addresses('wan'),
  };
};

const datacentresOf = (site: Site, vms: readonly PlannedVm[]): PlannedDatacentre[] =>
  site.datacentres.map(({ name, platform }) => {
    const members = vms.filter(({ datacentre }) => datacentre === name);
    return {
      name,
      platform,
      vms: members.length,
      vcpu: sum(members.map(({ vcpu }) => vcpu)),
      memoryGb: sum(members.map(({ memoryGb }) => memoryGb)),
      diskGb: sum(members.map(diskGb)),
      premiumGb: sum(members.map(premiumGb)),
    };
  });

/**
 * The plan for a site. It follows the site file's wishes even where a rule of preflight refuses them; it fails only
 * where no address plan exists. Sizes in GB. `totals.lanAddresses` counts servers and VIPs, `totals.wanAddresses`
 * servers only. Failures (kind `input`): see {@link planAddresses}.
 */
export function makePlan(site: Site): Result<Plan> {
  const sizing = sizeFootprint(site);
  const planned = planAddresses(site, sizing);
  if (!planned.ok) return planned;
  const addresses = planned.value;
  const { option, scale } = sizing;
  const endpoints = site.datacentres.map(endpointCount);
  const byComponent = sizing.components.map((component) => vmsOf(site, component, scale, addresses, endpoints));
  const vms = byComponent.flat();
  const vips = sizing.components.flatMap((component, index) =>
    vipsOf(component, byComponent[index] ?? [], scale, addresses),
  );
  return ok({
    site: site.site.name,
    fqdn: site.domain.fqdn.toLowerCase(),
    footprint: { option, scale },
    why: sizing.why,
    whyParams: sizing.whyParams,
    datacentres: datacentresOf(site, vms),
    lan: addresses.lan.subnet,
    wan: addresses.wan.subnet,
    dhcpPool: addresses.dhcpPool,
    vms,
    vips,
    totals: totalsOf(vms, vips),
    dns: dnsRecords(site, vms),
    firewall: firewallRows(site, vms, vips, { lan: addresses.lan.subnet.cidr, wan: addresses.wan.subnet.cidr }),
  });
}
