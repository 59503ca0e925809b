/**
 * The packet filter of a gateway, made from its rows of the firewall matrix. It accepts only WireGuard from the WAN.
 * Sources: the overview's rules for the gateway; nft(8); RFC 2827 and 6890 (invalid source addresses).
 */
import type { FirewallRow } from '../plan/model.ts';
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import { interfaces, type Gateway } from './view.ts';

const { wan, tunnel } = interfaces;
const list = (values: readonly string[]): string => `{ ${values.join(', ')} }`;

/**
 * Invalid source addresses on the Internet. Private ranges are missing, since a customer's name server behind the WAN
 * may use them.
 */
const unusableSources = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'];

const set = (name: string, elements: readonly string[]): string[] => [
  `\tset ${name} {`,
  '\t\ttype ipv4_addr',
  '\t\tflags interval',
  '\t\tauto-merge',
  ...(elements.length === 0 ? [] : [`\t\telements = ${list(elements)}`]),
  '\t}',
];

const portsOf = (row: FirewallRow): string =>
  /^[0-9]{1,5}(?:-[0-9]{1,5})?(?:,[0-9]{1,5}(?:-[0-9]{1,5})?)*$/.test(row.port)
    ? list(row.port.split(','))
    : quote.refuse('plan.firewall', 'nft');

/** The rule of the input chain for a row of the matrix; undefined if the row is not about traffic to this gateway. */
function inputRule(gateway: Gateway, row: FirewallRow): string | undefined {
  const { lanInterface: lan, lanCidr, vip } = gateway;
  const { source, destination, protocol } = row;
  const says = `counter ${row.action === 'allow' ? 'accept' : 'drop'} comment "${quote.label('plan.firewall', row.reason)}"`;
  const isOwn = destination === gateway.lan;
  if (source === 'internet' && destination === gateway.wan) {
    return protocol === 'any'
      ? `iifname "${wan}" ${says}`
      : `iifname "${wan}" ${protocol} dport ${portsOf(row)} ${says}`;
  }
  if (source === 'noc-tunnel' && isOwn) return `iifname "${tunnel}" ip saddr @noc ${says}`;
  if (source === 'installer' && isOwn) {
    const { installers } = gateway.material;
    return installers.length === 0
      ? undefined
      : `iifname "${lan}" ip saddr @installers ip daddr ${gateway.lan} tcp dport ${portsOf(row)} ${says}`;
  }
  if (protocol === 'vrrp') return `iifname "${lan}" ip saddr @partners meta l4proto vrrp ${says}`;
  if (source !== lanCidr || destination !== vip?.address || protocol === 'any') return undefined;
  // A client without an address broadcasts; a client with a lease asks its gateway.
  if (row.reason === 'lan-dhcp') return `iifname "${lan}" udp sport 68 udp dport ${portsOf(row)} ${says}`;
  return `iifname "${lan}" ip saddr ${lanCidr} ip daddr ${vip.address} ${protocol} dport ${portsOf(row)} ${says}`;
}

/** The rule for traffic from the NOC to the servers behind the gateway; undefined for other rows. */
const forwardRule = ({ lanInterface, lanCidr }: Gateway, row: FirewallRow): string | undefined =>
  row.source === 'noc-tunnel' && row.destination === lanCidr
    ? `iifname "${tunnel}" oifname "${lanInterface}" ip saddr @noc ip daddr ${lanCidr} counter accept comment "${quote.label('plan.firewall', row.reason)}"`
    : undefined;

const isRule = (rule: string | undefined): rule is string => rule !== undefined;

function ruleset(gateway: Gateway): string[] {
  const { plan, lanInterface: lan, lanCidr, material, site } = gateway;
  const rows = plan.firewall;
  const installers = material.installers.map((one) => quote.address('installer', one));
  const dhcp = site.network.lan.dhcp !== undefined;
  const spoofed = [...unusableSources, lanCidr, gateway.wan];
  return [
    '# Every table on a gateway is ours: what is loaded is what stands here.',
    'flush ruleset',
    '',
    'table inet edge {',
    ...set('noc', gateway.nocNetworks),
    ...set('partners', gateway.partners),
    ...(installers.length > 0 ? set('installers', installers) : []),
    '',
    '\tchain antispoofing {',
    '\t\ttype filter hook prerouting priority raw; policy accept;',
    `\t\tiifname "${wan}" ip saddr ${list(spoofed)} counter drop comment "spoofed"`,
    `\t\tiifname "${wan}" ip saddr @noc counter drop comment "spoofed"`,
    `\t\tiifname "${tunnel}" ip saddr != @noc counter drop comment "spoofed"`,
    `\t\tiifname "${lan}" ip saddr ${gateway.lan} counter drop comment "spoofed"`,
    ...(dhcp ? [`\t\tiifname "${lan}" ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept`] : []),
    ...(installers.length > 0 ? [`\t\tiifname "${lan}" ip saddr @installers tcp dport 22 accept`] : []),
    `\t\tiifname "${lan}" ip saddr != ${lanCidr} counter drop comment "spoofed"`,
    '\t}',
    '',
    '\tchain input {',
    '\t\ttype filter hook input priority filter; policy drop;',
    '\t\tiifname "lo" accept',
    '\t\tct state established,related accept',
    '\t\tct state invalid counter drop comment "invalid"',
    ...rows
      .map((row) => inputRule(gateway, row))
      .filter(isRule)
      .map((rule) => `\t\t${rule}`),
    `\t\tiifname "${lan}" ip saddr ${lanCidr} icmp type echo-request counter accept comment "ping"`,
    '\t\tcounter drop comment "refused"',
    '\t}',
    '',
    '\tchain forward {',
    '\t\ttype filter hook forward priority filter; policy drop;',
    `\t\tiifname "${tunnel}" tcp flags syn tcp option maxseg size set rt mtu`,
    `\t\toifname "${tunnel}" tcp flags syn tcp option maxseg size set rt mtu`,
    '\t\tct state established,related accept',
    '\t\tct state invalid counter drop comment "invalid"',
    `\t\tiifname "${lan}" oifname "${wan}" ip saddr ${lanCidr} counter accept comment "lan-outbound"`,
    ...rows
      .map((row) => forwardRule(gateway, row))
      .filter(isRule)
      .map((rule) => `\t\t${rule}`),
    '\t\tcounter drop comment "refused"',
    '\t}',
    '',
    '\tchain output {',
    '\t\ttype filter hook output priority filter; policy accept;',
    '\t}',
    '',
    '\tchain translation {',
    '\t\ttype nat hook postrouting priority srcnat; policy accept;',
    `\t\toifname "${wan}" ip saddr ${lanCidr} counter snat ip to ${gateway.wan} comment "lan-outbound"`,
    '\t\t# The servers answer to the gateway that asked, also where the other one holds the VIP.',
    `\t\toifname "${lan}" ip saddr @noc counter snat ip to ${gateway.lan} comment "noc-servers"`,
    '\t}',
    '}',
  ];
}

export const nftablesFile = (gateway: Gateway): GatewayFile => ({
  path: '/etc/nftables.conf',
  mode: 0o644,
  secret: false,
  content: `${ruleset(gateway).join('\n')}\n`,
  check: ['nft', '-c', '-f', '{file}'],
  // A restart would flush the rules for a moment; a reload replaces them at once.
  service: { unit: 'nftables.service', action: 'reload' },
});
