/** Rules for LAN, WAN and the services around them. Source: the overview's infrastructure rules. */
import { neededAddresses } from '../plan/network/address-plan.ts';
import { hostFault, hostParams } from '../network/host.ts';
import {
  addressKind,
  type AddressKind,
  contains,
  formatCidr,
  overlaps,
  parseCidr,
  parseIpv4,
  prefixFor,
  subnetKinds,
  subnetOf,
  usableHosts,
} from '../network/ipv4.ts';
import { sizeFootprint } from '../plan/footprint/size.ts';
import type { NetworkName } from '../plan/model.ts';
import type { Site } from '../site/schema.ts';
import type { Observation } from '../base/findings.ts';
import type { Rule } from './rule.ts';

const step = 'network' as const;
const label: Readonly<Record<NetworkName, string>> = { lan: 'LAN', wan: 'WAN' };
const networks: readonly NetworkName[] = ['lan', 'wan'];

const cidrRule = (network: NetworkName): Rule => ({
  id: `network.${network}-cidr`,
  step,
  severity: 'fail',
  path: `network.${network}.cidr`,
  needs: [],
  check: ({ site }) => {
    const text = site.network[network].cidr;
    const reading = parseCidr(text);
    if (!reading.ok) return [{ variant: reading.fault, params: { text } }];
    const { address, network: base, prefix } = reading.value;
    if (address !== base) return [{ variant: 'host-bits', params: { text, cidr: formatCidr(reading.value) } }];
    return prefix < 8 || prefix > 30 ? [{ variant: 'prefix-range', params: { text, prefix } }] : [];
  },
});

/** Kinds of address space that are unusable on the WAN. */
const unusable: ReadonlySet<AddressKind> = new Set(['loopback', 'link-local', 'multicast', 'reserved']);

const gateway = (network: NetworkName, text: string, cidr: string): Observation[] => {
  const path = `network.${network}.gateway`;
  const reading = parseIpv4(text);
  if (!reading.ok) return [{ path, variant: reading.fault, params: { text } }];
  const subnet = subnetOf(cidr);
  if (subnet === undefined) return [];
  const params = { text, cidr: formatCidr(subnet), network: label[network] };
  if (!contains(subnet, reading.value)) return [{ path, variant: 'outside', params }];
  if (reading.value === subnet.network) return [{ path, variant: 'network-address', params }];
  return reading.value === subnet.broadcast ? [{ path, variant: 'broadcast', params }] : [];
};

const sizes = (site: Site, network: NetworkName): Observation[] => {
  const subnet = subnetOf(site.network[network].cidr);
  if (subnet === undefined) return [];
  // The WAN's router needs an address too.
  const needed = neededAddresses(sizeFootprint(site), network) + (network === 'wan' ? 1 : 0);
  if (needed <= usableHosts(subnet)) return [];
  const prefix = prefixFor(needed) ?? 0;
  const params = { network: label[network], cidr: formatCidr(subnet), needed, usable: usableHosts(subnet), prefix };
  return [{ path: `network.${network}.cidr`, params }];
};

/** UDP ports of the edge: those of its gateways, and those of STUN/TURN. Sources: domain rules, RFC 8656, RFC 9000. */
const udpServices: ReadonlyMap<number, string> = new Map([
  [53, 'DNS'],
  [67, 'DHCP'],
  [68, 'DHCP'],
  [123, 'NTP'],
  [443, 'HTTPS'],
  [514, 'syslog'],
  [3478, 'STUN/TURN'],
  [5349, 'TURN over TLS'],
]);

export const networkRules: readonly Rule[] = [
  cidrRule('lan'),
  cidrRule('wan'),
  {
    id: 'network.lan-private',
    step,
    severity: 'fail',
    path: 'network.lan.cidr',
    needs: [],
    check: ({ site }) => {
      const subnet = subnetOf(site.network.lan.cidr);
      if (subnet === undefined) return [{ status: 'pending' }];
      const strange = subnetKinds(subnet).filter((kind) => kind !== 'private');
      return strange.slice(0, 1).map((variant) => ({ variant, params: { cidr: formatCidr(subnet) } }));
    },
  },
  {
    id: 'network.wan-public',
    step,
    severity: 'warn',
    path: 'network.wan.cidr',
    needs: [],
    check: ({ site }) => {
      const subnet = subnetOf(site.network.wan.cidr);
      if (subnet === undefined) return [{ status: 'pending' }];
      return subnetKinds(subnet)
        .filter((kind) => kind !== 'public')
        .slice(0, 1)
        .map((variant): Observation => ({
          variant,
          status: unusable.has(variant) ? 'fail' : 'warn',
          params: { cidr: formatCidr(subnet) },
        }));
    },
  },
  {
    id: 'network.wan-nat',
    step,
    severity: 'warn',
    path: 'network.wan.nat',
    needs: [],
    check: ({ site }) => (site.network.wan.nat ? [{}] : []),
  },
  {
    id: 'network.wan-size',
    step,
    severity: 'warn',
    path: 'network.wan.cidr',
    needs: [],
    applies: ({ site }) => site.sizing.visibility === 'internet',
    check: ({ site }) => {
      const subnet = subnetOf(site.network.wan.cidr);
      return subnet !== undefined && subnet.prefix > 28 ? [{ params: { prefix: subnet.prefix } }] : [];
    },
  },
  {
    id: 'network.size',
    step,
    severity: 'fail',
    path: 'network',
    needs: [],
    check: ({ site }) => networks.flatMap((network) => sizes(site, network)),
  },
  {
    id: 'network.gateway',
    step,
    severity: 'fail',
    path: 'network.wan.gateway',
    needs: [],
    check: ({ site: { network } }) => [
      ...gateway('wan', network.wan.gateway, network.wan.cidr),
      ...(network.lan.gateway === undefined ? [] : gateway('lan', network.lan.gateway, network.lan.cidr)),
    ],
  },
  {
    id: 'network.overlap',
    step,
    severity: 'fail',
    path: 'network.wan.cidr',
    needs: [],
    check: ({ site: { network } }) => {
      const lan = subnetOf(network.lan.cidr);
      const wan = subnetOf(network.wan.cidr);
      if (lan === undefined || wan === undefined) return [{ status: 'pending' }];
      return overlaps(lan, wan) ? [{ params: { lan: formatCidr(lan), wan: formatCidr(wan) } }] : [];
    },
  },
  {
    id: 'network.vlan-distinct',
    step,
    severity: 'warn',
    path: 'network.wan.vlan',
    needs: [],
    check: ({ site: { network } }) =>
      network.lan.vlan !== undefined && network.lan.vlan === network.wan.vlan
        ? [{ params: { vlan: network.lan.vlan } }]
        : [],
  },
  {
    id: 'network.nic-speed',
    step,
    severity: 'fail',
    path: 'network.lan.nicGbps',
    needs: [],
    check: ({ site }) =>
      networks.flatMap((network) => {
        const speed = site.network[network].nicGbps;
        const params = { network: label[network], speed: speed ?? 0 };
        return speed !== undefined && speed < 1 ? [{ path: `network.${network}.nicGbps`, params }] : [];
      }),
  },
  {
    id: 'network.nic-speed-large',
    step,
    severity: 'warn',
    path: 'network.lan.nicGbps',
    needs: [],
    applies: ({ site }) => sizeFootprint(site).option === 'large',
    check: ({ site }) => {
      const speed = site.network.lan.nicGbps;
      if (speed === undefined) return [{ status: 'pending' }];
      return speed < 10 ? [{ params: { speed } }] : [];
    },
  },
  {
    id: 'network.dns-forwarders',
    step,
    severity: 'fail',
    path: 'network.dnsForwarders',
    needs: [],
    check: ({ site, plan }) => {
      const planned = new Set(plan?.vips.map(({ address }) => address));
      for (const { nics } of plan?.vms ?? [])
        for (const { addresses } of nics) addresses.forEach((one) => planned.add(one));
      return site.network.dnsForwarders.flatMap((text, index, all): Observation[] => {
        const path = `network.dnsForwarders.${index}`;
        const reading = parseIpv4(text);
        const fault = hostFault(text);
        if (fault === 'with-port' || fault === 'with-scheme')
          return [{ path, variant: fault, params: hostParams(text) }];
        if (!reading.ok) return [{ path, variant: reading.fault, params: { text } }];
        if (planned.has(text)) return [{ path, variant: 'planned', params: { text } }];
        if (unusable.has(addressKind(reading.value))) return [{ path, variant: 'unusable', params: { text } }];
        return all.indexOf(text) < index ? [{ path, status: 'warn', variant: 'twice', params: { text } }] : [];
      });
    },
  },
  {
    id: 'network.ntp',
    step,
    severity: 'fail',
    path: 'network.ntp',
    needs: [],
    check: ({ site }) => [
      ...(site.network.ntp.length === 0 ? [{ status: 'warn' as const, variant: 'none' }] : []),
      ...site.network.ntp.flatMap((text, index): Observation[] => {
        const fault = hostFault(text);
        return fault === undefined ? [] : [{ path: `network.ntp.${index}`, variant: fault, params: hostParams(text) }];
      }),
    ],
  },
  {
    id: 'network.wireguard-port',
    step,
    severity: 'fail',
    path: 'network.wireguard.port',
    needs: [],
    check: ({ site }) => {
      const { port } = site.network.wireguard;
      const service = udpServices.get(port);
      if (service !== undefined) return [{ params: { port, service } }];
      return port < 1024 ? [{ status: 'warn', params: { port } }] : [];
    },
  },
];
