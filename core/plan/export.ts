/** The plan as files: JSON of the public contract, tables for spreadsheets, and the zone. */
import { csv } from '../base/csv.ts';
import type { Plan, PlannedNic, PlannedVm } from './model.ts';
import type { Text } from '../base/text.ts';

export { zoneFile } from './network/zone.ts';

/** What `plan --json` prints: fields of the public contract, and more. The same plan gives the same document. */
export function planDocument(plan: Plan) {
  const { site, fqdn, footprint, why, whyParams, datacentres, lan, wan, dhcpPool, totals, dns, firewall } = plan;
  return {
    site,
    fqdn,
    footprint: { option: footprint.option, scale: footprint.scale },
    why,
    whyParams,
    datacentres,
    networks: { lan, wan, dhcpPool },
    vms: plan.vms.map((vm) => ({
      name: vm.name,
      component: vm.component,
      index: vm.index,
      footprint: vm.footprint,
      role: vm.role,
      datacentre: vm.datacentre,
      endpoint: vm.endpointIndex,
      vcpu: vm.vcpu,
      memoryGb: vm.memoryGb,
      disks: vm.disks.map(({ sizeGb, class: kind }) => ({ sizeGb, class: kind })),
      nics: vm.nics.map(({ network, addresses }) => ({ network, addresses })),
    })),
    vips: plan.vips.map(({ name, address, network, members }) => ({ name, address, network, members })),
    totals,
    dns: dns.map(({ name, type, value, purpose }) => ({ name, type, value, purpose })),
    firewall,
  };
}
export type PlanDocument = ReturnType<typeof planDocument>;

const on = (vm: PlannedVm, network: PlannedNic['network']): string =>
  vm.nics
    .filter((nic) => nic.network === network)
    .flatMap(({ addresses }) => addresses)
    .join(' ');

const gigabytes = (vm: PlannedVm, kind: 'standard' | 'premium'): string =>
  vm.disks
    .filter((disk) => disk.class === kind)
    .map(({ sizeGb }) => sizeGb)
    .join(' ');

/** One row per server; several disks or addresses stand in one cell, separated by blanks. Sizes in GB. */
export const vmsCsv = (plan: Plan, { separator }: Pick<Text, 'separator'>): string =>
  csv(
    separator,
    [
      'name',
      'component',
      'role',
      'datacentre',
      'endpoint',
      'vcpu',
      'memoryGb',
      'standardDisksGb',
      'premiumDisksGb',
      'lanAddresses',
      'wanAddresses',
    ],
    plan.vms.map((vm) => [
      vm.name,
      vm.component,
      vm.role,
      vm.datacentre,
      vm.endpointIndex + 1,
      vm.vcpu,
      vm.memoryGb,
      gigabytes(vm, 'standard'),
      gigabytes(vm, 'premium'),
      on(vm, 'lan'),
      on(vm, 'wan'),
    ]),
  );

/** The firewall matrix in the order in which it applies, with reasons and places in the language of `text`. */
export function firewallCsv(plan: Plan, text: Text): string {
  const words = new Map<string, string>();
  // Compiling a message costs more than a row: thousands of rows share a few sentences.
  const word = (key: string, otherwise: string): string => {
    const known = words.get(key) ?? (text.has(key) ? text(key) : otherwise);
    if (known !== otherwise) words.set(key, known);
    return known;
  };
  const place = (value: string): string => word(`plan.firewall.place.${value}`, value);
  return csv(
    text.separator,
    ['number', 'action', 'source', 'sourceName', 'destination', 'destinationName', 'protocol', 'port', 'reason'],
    plan.firewall.map((row, index) => [
      index + 1,
      row.action,
      place(row.source),
      row.sourceName ?? '',
      place(row.destination),
      row.destinationName ?? '',
      row.protocol,
      row.port,
      word(`plan.firewall.reason.${row.reason}`, row.reason),
    ]),
  );
}
