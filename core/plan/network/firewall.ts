/**
 * The firewall matrix for the customer's firewall team. Source of the principle: the technical overview's rules for the
 * gateway (inbound nothing but WireGuard, outbound unrestricted) and for visibility; ports are those of the protocols'
 * RFCs (9293, 5389, 8656, 5766, 3550). The first row that matches decides; the last one closes the WAN.
 */
import { automaticSite } from '../../platform/layout.ts';
import { backupPorts, packageCachePort } from './ports.ts';
import type { FirewallRow, PlannedVip, PlannedVm } from '../model.ts';
import type { Component, Site } from '../../site/schema.ts';
import { addressesOn } from './dns.ts';

interface Service {
  readonly component: Component;
  readonly protocol: 'tcp' | 'udp';
  readonly port: string;
  readonly reason: string;
}

/** Rows for users. They come from the Internet, or from the corporate network if the edge is visible there only. */
export const userServices: readonly Service[] = [
  { component: 'public-lb', protocol: 'tcp', port: '443', reason: 'client-access' },
  { component: 'all-in-one', protocol: 'tcp', port: '443', reason: 'client-access' },
  { component: 'stun-turn', protocol: 'udp', port: '3478', reason: 'turn' },
  { component: 'stun-turn', protocol: 'tcp', port: '3478', reason: 'turn' },
  { component: 'stun-turn', protocol: 'tcp', port: '5349', reason: 'turn-tls' },
  { component: 'stun-turn', protocol: 'udp', port: '49152-65535', reason: 'turn-relay' },
  { component: 'conferencing', protocol: 'udp', port: '49152-65535', reason: 'conference-media' },
];

/** Components that may open connections to the Internet from their own WAN address. */
const outbound: readonly { component: Component; protocol: FirewallRow['protocol']; port: string; reason: string }[] = [
  { component: 'edge-gw', protocol: 'any', port: 'any', reason: 'gateway-outbound' },
  { component: 'stun-turn', protocol: 'udp', port: 'any', reason: 'media-outbound' },
  { component: 'conferencing', protocol: 'udp', port: 'any', reason: 'media-outbound' },
  { component: 'mailer', protocol: 'tcp', port: '25', reason: 'mail-outbound' },
];

/** Services that the gateways offer to the LAN on their VIP. */
const lanServices: readonly { protocol: 'tcp' | 'udp'; port: string; reason: string }[] = [
  { protocol: 'udp', port: '53', reason: 'lan-dns' },
  { protocol: 'tcp', port: '53', reason: 'lan-dns' },
  { protocol: 'udp', port: '67', reason: 'lan-dhcp' },
  { protocol: 'udp', port: '123', reason: 'lan-ntp' },
  { protocol: 'tcp', port: String(packageCachePort), reason: 'lan-mirror' },
];

const mailPorts = { none: 25, starttls: 587, tls: 465 } as const;

const allow = (row: Omit<FirewallRow, 'action'>): FirewallRow => ({ ...row, action: 'allow' });
const deny = (row: Omit<FirewallRow, 'action'>): FirewallRow => ({ ...row, action: 'deny' });

/**
 * All rows, in the order in which they apply.
 * @param subnets the two networks in CIDR notation
 */
export function firewallRows(
  site: Site,
  vms: readonly PlannedVm[],
  vips: readonly PlannedVip[],
  subnets: { readonly lan: string; readonly wan: string },
): FirewallRow[] {
  const of = new Map<Component, PlannedVm[]>();
  for (const vm of vms) {
    const list = of.get(vm.component);
    if (list === undefined) of.set(vm.component, [vm]);
    else list.push(vm);
  }
  const servers = (component: Component): readonly PlannedVm[] => of.get(component) ?? [];
  const rows: FirewallRow[] = [];
  const port = String(site.network.wireguard.port);

  for (const vm of servers('edge-gw')) {
    for (const destination of addressesOn(vm, 'wan')) {
      const to = { destination, destinationName: vm.name };
      rows.push(allow({ source: 'internet', ...to, protocol: 'udp', port, reason: 'wireguard' }));
      rows.push(deny({ source: 'internet', ...to, protocol: 'any', port: 'any', reason: 'gateway-closed' }));
    }
  }

  const open = site.sizing.visibility === 'internet';
  for (const { component, protocol, port: servicePort, reason } of userServices) {
    for (const vm of servers(component)) {
      for (const destination of addressesOn(vm, open ? 'wan' : 'lan')) {
        const source = open ? 'internet' : 'corporate';
        rows.push(allow({ source, destination, destinationName: vm.name, protocol, port: servicePort, reason }));
      }
    }
  }
  for (const { component, protocol, port: to, reason } of outbound) {
    for (const vm of servers(component)) {
      for (const source of addressesOn(vm, 'wan')) {
        rows.push(allow({ source, sourceName: vm.name, destination: 'internet', protocol, port: to, reason }));
      }
    }
  }

  for (const vip of vips) {
    if (!vip.name.startsWith('edge-gw-vip')) continue;
    for (const service of lanServices) {
      if (service.reason === 'lan-dhcp' && site.network.lan.dhcp === undefined) continue;
      rows.push(allow({ source: subnets.lan, destination: vip.address, destinationName: vip.name, ...service }));
    }
  }
  rows.push(allow({ source: subnets.lan, destination: subnets.lan, protocol: 'vrrp', port: 'any', reason: 'vrrp' }));
  for (const vm of servers('edge-gw')) {
    for (const destination of addressesOn(vm, 'lan')) {
      const to = { destination, destinationName: vm.name };
      rows.push(allow({ source: 'noc-tunnel', ...to, protocol: 'any', port: 'any', reason: 'noc-operation' }));
      rows.push(allow({ source: 'installer', ...to, protocol: 'tcp', port: '22', reason: 'gateway-configuration' }));
    }
  }
  if (servers('edge-gw').length > 0) {
    const to = { destination: subnets.lan, protocol: 'any', port: 'any' } as const;
    rows.push(allow({ source: 'noc-tunnel', ...to, reason: 'noc-servers' }));
  }

  for (const destination of site.network.dnsForwarders) {
    for (const protocol of ['udp', 'tcp'] as const) {
      rows.push(allow({ source: 'gateways', destination, protocol, port: '53', reason: 'dns-forwarder' }));
    }
  }
  for (const destination of site.network.ntp) {
    rows.push(allow({ source: 'gateways', destination, protocol: 'udp', port: '123', reason: 'ntp' }));
  }
  const { mail, backup } = site;
  if (mail.mode !== 'mailer' && mail.host !== undefined) {
    const to = String(mail.port ?? mailPorts[mail.tls]);
    rows.push(allow({ source: subnets.lan, destination: mail.host, protocol: 'tcp', port: to, reason: 'mail-relay' }));
  }
  const backupPort = String(backup.port ?? backupPorts[backup.type]);
  rows.push(
    allow({ source: 'backup-server', destination: backup.host, protocol: 'tcp', port: backupPort, reason: 'backup' }),
    allow({
      source: 'gateways',
      destination: backup.host,
      protocol: 'tcp',
      port: backupPort,
      reason: 'gateway-backup',
    }),
  );
  for (const datacentre of site.datacentres) {
    const automatic = automaticSite(datacentre);
    for (const { host, port } of automatic?.layout.endpoints ?? []) {
      rows.push(
        allow({
          source: 'installer',
          destination: host,
          destinationName: datacentre.name,
          protocol: 'tcp',
          port: String(port),
          reason: automatic?.platform.firewallReason ?? '',
        }),
      );
    }
  }

  const closing = open ? 'wan-closed' : 'lan-only';
  rows.push(deny({ source: 'internet', destination: subnets.wan, protocol: 'any', port: 'any', reason: closing }));
  return rows;
}
