/**
 * NICs and addresses, by MAC address. Sources: systemd.link(5), systemd.netdev(5), systemd.network(5), resolv.conf(5).
 */
import { contains, ipv4Number, subnetOf } from '../network/ipv4.ts';
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import { interfaces, type Gateway } from './view.ts';

const folder = '/etc/systemd/network';

const unitFile = (name: string, lines: readonly string[]): GatewayFile => ({
  path: `${folder}/${name}`,
  mode: 0o644,
  secret: false,
  content: `${lines.join('\n')}\n`,
  service: { unit: 'systemd-networkd.service', action: 'reload' },
});

/** `PermanentMACAddress`, since a VLAN has the MAC address of its parent interface. */
const match = (mac: string): readonly string[] => ['[Match]', `PermanentMACAddress=${mac}`];

/** Only planned addresses, without IPv6 and router advertisements. A reload keeps the VIP of keepalived. */
const fixed = ['LinkLocalAddressing=no', 'IPv6AcceptRA=no', 'LLDP=no', 'KeepConfiguration=static'];

function linkFile(name: string, mac: string): GatewayFile {
  return unitFile(`10-edge-${name}.link`, [...match(mac), '', '[Link]', `Name=${name}`, 'MACAddressPolicy=persistent']);
}

function lanFiles({ site, plan, lan, lanInterface }: Gateway, mac: string): GatewayFile[] {
  const address = ['[Network]', `Address=${lan}/${plan.lan.prefix}`, ...fixed];
  if (!site.network.lan.trunk) return [unitFile(`20-edge-${interfaces.lan}.network`, [...match(mac), '', ...address])];
  return [
    unitFile(`20-edge-${interfaces.lan}.network`, [...match(mac), '', '[Network]', `VLAN=${lanInterface}`, ...fixed]),
    unitFile('20-edge-vlan.netdev', [
      '[NetDev]',
      `Name=${lanInterface}`,
      'Kind=vlan',
      '',
      '[VLAN]',
      `Id=${site.network.lan.vlan ?? 0}`,
    ]),
    unitFile('20-edge-vlan.network', ['[Match]', `Name=${lanInterface}`, '', ...address]),
  ];
}

export function networkFiles(gateway: Gateway): GatewayFile[] {
  const { plan, wan, vm, material } = gateway;
  const lanMac = quote.mac(`${vm.name} lan`, material.macs[vm.name]?.lan ?? '');
  const wanMac = quote.mac(`${vm.name} wan`, material.macs[vm.name]?.wan ?? '');
  return [
    linkFile(interfaces.lan, lanMac),
    linkFile(interfaces.wan, wanMac),
    ...lanFiles(gateway, lanMac),
    unitFile(`20-edge-${interfaces.wan}.network`, [
      ...match(wanMac),
      '',
      '[Network]',
      `Address=${wan}/${plan.wan.prefix}`,
      `Gateway=${quote.address('network.wan.gateway', plan.wan.gateway)}`,
      ...fixed,
    ]),
  ];
}

/** The gateway uses its own name service. */
export const resolverFile = ({ plan }: Gateway): GatewayFile => ({
  path: '/etc/resolv.conf',
  mode: 0o644,
  secret: false,
  content: `search ${quote.domain('domain.fqdn', plan.fqdn)}\nnameserver 127.0.0.1\noptions edns0 timeout:2\n`,
});

/** Routing and its protection. Sources: kernel documentation, ip-sysctl; RFC 3704 (reverse path); sysctl.d(5). */
export function sysctlFile({ material, plan }: Gateway): GatewayFile {
  // Replies to an installer outside the LAN take another route than its packets.
  const subnet = subnetOf(plan.lan.cidr);
  const isStrict = material.installers.every((one) => {
    const value = ipv4Number(one);
    return value !== undefined && subnet !== undefined && contains(subnet, value);
  });
  return {
    path: '/etc/sysctl.d/60-edge.conf',
    mode: 0o644,
    secret: false,
    content: [
      'net.ipv4.ip_forward = 1',
      ...['all', 'default'].flatMap((name) => [
        `net.ipv4.conf.${name}.rp_filter = ${isStrict ? 1 : 2}`,
        `net.ipv4.conf.${name}.accept_redirects = 0`,
        `net.ipv4.conf.${name}.secure_redirects = 0`,
        `net.ipv4.conf.${name}.send_redirects = 0`,
        `net.ipv4.conf.${name}.accept_source_route = 0`,
      ]),
      'net.ipv4.tcp_syncookies = 1',
      'net.ipv4.icmp_echo_ignore_broadcasts = 1',
      '# An edge has IPv4 addresses only; a kernel without IPv6 has no such key.',
      '-net.ipv6.conf.all.disable_ipv6 = 1',
      '-net.ipv6.conf.default.disable_ipv6 = 1',
      '-kernel.kptr_restrict = 2',
      '-kernel.dmesg_restrict = 1',
      '',
    ].join('\n'),
    service: { unit: 'systemd-sysctl.service', action: 'restart' },
  };
}
