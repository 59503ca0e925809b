/**
 * The DNS records of an edge. Clients find it under its own name and, by the wildcard that its certificate covers too,
 * under every name below it; media servers and gateways have names of their own. Sources: RFC 1035, 4592 (wildcards),
 * 5389 and 5928 (STUN and TURN discovery), 7208 (SPF), 7489 (DMARC).
 */
import type { DnsRecord, NetworkName, PlannedVm } from '../model.ts';
import type { Component, Site } from '../../site/schema.ts';
import { fqdnFault } from '../../network/fqdn.ts';
import { mailRecords } from './mail-records.ts';

/** Addresses of a VM on one network. */
export const addressesOn = (vm: PlannedVm, network: NetworkName): readonly string[] =>
  vm.nics.find((nic) => nic.network === network)?.addresses ?? [];

interface HostRow {
  readonly component: Component;
  /** The first label: `<label>-<n>`. */
  readonly label: string;
  readonly purpose: string;
  /** `visible`: the WAN address, or the LAN address where visibility is LAN only. */
  readonly network: 'visible' | 'wan';
}

const hostRows: readonly HostRow[] = [
  { component: 'edge-gw', label: 'edge-gw', purpose: 'tunnel', network: 'wan' },
  { component: 'stun-turn', label: 'turn', purpose: 'turn', network: 'visible' },
  { component: 'conferencing', label: 'conference', purpose: 'conferencing', network: 'visible' },
  { component: 'mailer', label: 'mail', purpose: 'mailer', network: 'wan' },
];

const discovery: readonly (readonly [name: string, port: number])[] = [
  ['_stun._udp', 3478],
  ['_turn._udp', 3478],
  ['_turn._tcp', 3478],
  ['_turns._tcp', 5349],
];

/** Records for the public DNS; for visibility `lan`, the customer's internal DNS. Empty while the name is not valid. */
export function dnsRecords(site: Site, vms: readonly PlannedVm[]): DnsRecord[] {
  if (fqdnFault(site.domain.fqdn) !== undefined) return [];
  const fqdn = site.domain.fqdn.toLowerCase();
  const visible: NetworkName = site.sizing.visibility === 'internet' ? 'wan' : 'lan';
  const records: DnsRecord[] = [];
  const entries = vms
    .filter(({ component }) => component === 'public-lb' || component === 'all-in-one')
    .flatMap((vm) => addressesOn(vm, visible));
  for (const value of entries) records.push({ name: fqdn, type: 'A', value, purpose: 'entry' });
  for (const value of entries) records.push({ name: `*.${fqdn}`, type: 'A', value, purpose: 'services' });
  for (const { component, label, purpose, network } of hostRows) {
    for (const vm of vms) {
      if (vm.component !== component) continue;
      for (const value of addressesOn(vm, network === 'visible' ? visible : network)) {
        records.push({ name: `${label}-${vm.index}.${fqdn}`, type: 'A', value, purpose });
      }
    }
  }
  for (const [service, port] of discovery) {
    for (const vm of vms) {
      if (vm.component !== 'stun-turn') continue;
      const value = `0 0 ${port} turn-${vm.index}.${fqdn}.`;
      records.push({ name: `${service}.${fqdn}`, type: 'SRV', value, purpose: 'turn-discovery' });
    }
  }
  for (const { ready, name, type, value, purpose } of mailRecords(site, vms)) {
    if (ready) records.push({ name, type, value, purpose });
  }
  return records;
}
