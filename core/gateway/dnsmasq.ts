/**
 * Name service for the LAN and, if the site asks for them, leases. Sources: dnsmasq(8); RFC 1035, 2132 (DHCP options).
 * Names of the edge are answered from the plan, other names by the forwarders.
 */
import { FailureSignal, failure } from '../base/errors.ts';
import { dhcpRangeOf, shareOf } from '../plan/network/dhcp-range.ts';
import { addressesOn } from '../plan/network/dns.ts';
import type { DnsRecord } from '../plan/model.ts';
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import { type Gateway, shortName } from './view.ts';

const leaseTime = '12h';

/** Without the final dot, which dnsmasq does not expect. */
const target = (value: string): string => quote.recordName('plan.dns', value.replace(/\.$/, ''));

const number = (value: string | undefined): string =>
  /^[0-9]{1,5}$/.test(value ?? '') ? String(value) : quote.refuse('plan.dns', 'dnsmasq');

/** The lines for one record; none if another line already answers for it. */
function recordLines({ name, type, value }: DnsRecord, wildcards: ReadonlySet<string>): string[] {
  const words = value.split(' ');
  if (type === 'A') {
    const address = quote.address('plan.dns', value);
    // `address` answers for the name itself and for every name below it.
    if (name.startsWith('*.')) return [`address=/${quote.recordName('plan.dns', name.slice(2))}/${address}`];
    return wildcards.has(name) ? [] : [`host-record=${quote.recordName('plan.dns', name)},${address}`];
  }
  const owner = quote.recordName('plan.dns', name);
  switch (type) {
    case 'CNAME':
      return [`cname=${owner},${target(value)}`];
    case 'MX':
      return [`mx-host=${owner},${target(words[1] ?? '')},${number(words[0])}`];
    case 'SRV':
      return [
        `srv-host=${owner},${target(words[3] ?? '')},${number(words[2])},${number(words[0])},${number(words[1])}`,
      ];
    case 'PTR':
      return [`ptr-record=${owner},${target(value)}`];
    case 'TXT': {
      const parts = value.match(/[\s\S]{1,255}/g) ?? [''];
      return [`txt-record=${owner},${parts.map((part) => quote.dnsmasqText('plan.dns', part)).join(',')}`];
    }
    case 'CAA': {
      const text = words.slice(2).join(' ').replace(/^"|"$/g, '');
      return [
        `caa-record=${owner},${number(words[0])},${quote.label('plan.dns', words[1] ?? '')},${quote.dnsmasqText('plan.dns', text)}`,
      ];
    }
  }
}

function nameLines({ plan }: Gateway): string[] {
  const fqdn = quote.domain('domain.fqdn', plan.fqdn);
  const servers = plan.vms.flatMap((vm) => {
    const names = [vm.name, shortName(vm)].map((one) => `${quote.label('vm', one)}.${fqdn}`);
    return addressesOn(vm, 'lan').map((one) => ({ names, address: quote.address('network.addresses', one) }));
  });
  const vips = plan.vips.map(({ name, address }) => ({
    names: [`${quote.label('vip', name)}.${fqdn}`],
    address: quote.address('network.addresses', address),
  }));
  const inside = [...vips, ...servers];
  // On the LAN a server's name resolves to its LAN address, even if the public record has the WAN address.
  const known = new Set(inside.flatMap(({ names }) => names));
  const records = plan.dns.filter(({ name, type }) => type !== 'A' || !known.has(name));
  const wildcards = new Set(records.flatMap(({ name }) => (name.startsWith('*.') ? [name.slice(2)] : [])));
  return [
    ...inside.map(({ names, address }) => `host-record=${names.join(',')},${address}`),
    ...new Set(records.flatMap((record) => recordLines(record, wildcards))),
  ];
}

function leaseLines({ site, plan, vip, partners, rank, material }: Gateway): string[] {
  const asked = dhcpRangeOf(site, plan);
  if (asked === undefined) return [];
  const { range } = asked;
  if (range === undefined) throw new FailureSignal(failure('input', 'gateway.dhcp-range', { cidr: plan.lan.cidr }));
  const share = shareOf(range, rank, partners.length + 1);
  const server = quote.address('network.addresses', vip?.address ?? '');
  const reserved = plan.vms.flatMap((vm) => {
    const known = material.macs[vm.name]?.lan;
    const [address] = addressesOn(vm, 'lan');
    if (known === undefined || address === undefined) return [];
    return [`dhcp-host=${quote.mac(`${vm.name} lan`, known)},${address},${quote.label('vm', vm.name)}`];
  });
  return [
    '',
    '# Each gateway leases its own part of the range. A server gets its planned address and no other.',
    ...(share === undefined
      ? [`dhcp-range=${plan.lan.network},static,${plan.lan.netmask},${leaseTime}`]
      : [`dhcp-range=${share.from},${share.to},${plan.lan.netmask},${leaseTime}`]),
    `dhcp-option=option:router,${server}`,
    `dhcp-option=option:dns-server,${server}`,
    `dhcp-option=option:ntp-server,${server}`,
    `domain=${quote.domain('domain.fqdn', plan.fqdn)}`,
    ...reserved,
  ];
}

export function dnsmasqFile(gateway: Gateway): GatewayFile {
  const { site, lanInterface } = gateway;
  return {
    path: '/etc/dnsmasq.conf',
    mode: 0o644,
    secret: false,
    content: [
      `interface=${lanInterface}`,
      // The VIP moves between the gateways, so dnsmasq must bind dynamically.
      'bind-dynamic',
      'no-hosts',
      'no-resolv',
      'no-poll',
      'domain-needed',
      'cache-size=1000',
      ...site.network.dnsForwarders.map((one) => `server=${quote.address('network.dnsForwarders', one)}`),
      '',
      ...nameLines(gateway),
      ...leaseLines(gateway),
      '',
    ].join('\n'),
    check: ['dnsmasq', '--test', '-C', '{file}'],
    service: { unit: 'dnsmasq.service', action: 'restart' },
  };
}
