/** The address plan of a footprint on both networks. Checks subnets and pins; `addresses.ts` assigns the addresses. */
import { type Failure, type Result, fail, failure, ok } from '../../base/errors.ts';
import { limits } from '../footprint/catalogue.ts';
import { serverCount, type Sizing } from '../footprint/size.ts';
import type { DhcpPool, NetworkName, PlannedSubnet } from '../model.ts';
import type { Site } from '../../site/schema.ts';
import { type Pin, allocate, dhcpRange } from './addresses.ts';
import {
  type Subnet,
  contains,
  formatCidr,
  formatIpv4,
  ipv4Number,
  netmask,
  prefixFor,
  subnetOf,
  usableHosts,
} from '../../network/ipv4.ts';
import { type ReadPin, readPins, vipName } from './pins.ts';
import { type SlotKey, vipKey } from './slots.ts';

/** Dotted addresses of one network, by component (server after server) and by VIP name. */
export interface NetworkAddresses {
  readonly subnet: PlannedSubnet;
  /** All addresses of a component on this network in the order of its servers. */
  readonly servers: ReadonlyMap<string, readonly string[]>;
  readonly vips: ReadonlyMap<string, string>;
}

export interface SiteAddresses {
  readonly lan: NetworkAddresses;
  readonly wan: NetworkAddresses;
  readonly dhcpPool: DhcpPool | null;
}

const label: Readonly<Record<NetworkName, string>> = { lan: 'LAN', wan: 'WAN' };

const bad = (code: string, params: Failure['params']): Result<never> => fail(failure('input', code, params));

/** Addresses that a footprint takes on one network, VIPs included; the WAN's gateway is not counted. */
export function neededAddresses({ components, scale }: Sizing, network: NetworkName): number {
  let needed = 0;
  for (const { row, quantity } of components) {
    needed += network === 'lan' ? row.vips * scale + quantity * row.lanAddresses : quantity * row.wanAddresses;
  }
  return needed;
}

const wantedSlots = ({ components, scale }: Sizing, network: NetworkName): SlotKey[] => {
  const wanted: SlotKey[] = [];
  const add = (key: string, count: number): void => {
    for (let number = 1; number <= count; number += 1) wanted.push({ key, number });
  };
  for (const { row, quantity } of components) {
    if (network === 'lan') add(vipKey(row.component), row.vips * scale);
    add(row.component, quantity * (network === 'lan' ? row.lanAddresses : row.wanAddresses));
  }
  return wanted;
};

const checkPins = (
  network: NetworkName,
  subnet: Subnet,
  taken: number | undefined,
  pins: readonly ReadPin[],
): Result<void> => {
  const owners = new Map<number, string>();
  for (const { name, address } of pins) {
    const params = { name, address: formatIpv4(address), network: label[network], cidr: formatCidr(subnet) };
    if (address <= subnet.network || address >= subnet.broadcast) return bad('plan.pin-outside', params);
    if (address === taken) return bad('plan.pin-on-gateway', params);
    const other = owners.get(address);
    if (other !== undefined) return bad('plan.pin-twice', { ...params, other });
    owners.set(address, name);
  }
  return ok(undefined);
};

const group = (wanted: readonly SlotKey[], addresses: readonly number[]): Map<string, string[]> => {
  const byKey = new Map<string, string[]>();
  wanted.forEach(({ key }, index) => {
    const address = formatIpv4(addresses[index] ?? 0);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [address]);
    else list.push(address);
  });
  return byKey;
};

interface Allocated {
  readonly subnet: Subnet;
  readonly servers: ReadonlyMap<string, readonly string[]>;
  readonly addresses: readonly number[];
}

const allocateOn = (
  network: NetworkName,
  sizing: Sizing,
  subnet: Subnet,
  gateway: number | undefined,
  pins: readonly ReadPin[],
): Result<Allocated> => {
  const checked = checkPins(network, subnet, gateway, pins);
  if (!checked.ok) return checked;
  const wanted = wantedSlots(sizing, network);
  const plan = allocate(network, subnet, gateway, pins satisfies readonly Pin[], wanted);
  if (plan.ok) return ok({ subnet, servers: group(wanted, plan.addresses), addresses: plan.addresses });
  const { needed, available } = plan;
  const prefix = prefixFor(needed);
  return bad(prefix === undefined ? 'plan.no-subnet-large-enough' : 'plan.subnet-too-small', {
    network: label[network],
    cidr: formatCidr(subnet),
    needed,
    available,
    prefix: prefix ?? 0,
  });
};

const describe = (
  { subnet, addresses }: Allocated,
  gateway: string,
  vlan: number | undefined,
  extra: number,
): PlannedSubnet => ({
  cidr: formatCidr(subnet),
  network: formatIpv4(subnet.network),
  broadcast: formatIpv4(subnet.broadcast),
  prefix: subnet.prefix,
  netmask: netmask(subnet.prefix),
  gateway,
  vlan: vlan ?? null,
  usable: usableHosts(subnet),
  used: addresses.length + extra,
});

/**
 * Every address of a site. Failures: `plan.too-many-servers`, `plan.cidr`, `plan.gateway`, `plan.pin-outside`,
 * `plan.pin-twice`, `plan.pin-on-gateway`, `plan.subnet-too-small`, `plan.no-subnet-large-enough`. Entries of
 * `network.addresses` that cannot be read or do not belong to this footprint are left out here; rules report them.
 */
export function planAddresses(site: Pick<Site, 'network'>, sizing: Sizing): Result<SiteAddresses> {
  const { lan, wan, addresses } = site.network;
  const servers = serverCount(sizing);
  if (servers > limits.servers) return bad('plan.too-many-servers', { servers, limit: limits.servers });
  const lanSubnet = subnetOf(lan.cidr);
  const wanSubnet = subnetOf(wan.cidr);
  if (lanSubnet === undefined) return bad('plan.cidr', { network: label.lan, text: lan.cidr });
  if (wanSubnet === undefined) return bad('plan.cidr', { network: label.wan, text: wan.cidr });
  const wanGateway = ipv4Number(wan.gateway);
  if (wanGateway === undefined) return bad('plan.gateway', { network: label.wan, text: wan.gateway });

  const { pins } = readPins(addresses, sizing.option);
  // The LAN's default gateway is the VIP of the Edge GW. Both fields hold the same address.
  const lanGateway = lan.gateway === undefined ? undefined : ipv4Number(lan.gateway);
  const vip = vipKey('edge-gw');
  const pinnedVip = pins.some(({ key, number }) => key === vip && number === 1);
  const gatewayPin: readonly ReadPin[] =
    lanGateway === undefined || pinnedVip
      ? []
      : [{ key: vip, number: 1, address: lanGateway, name: vip, path: 'network.lan.gateway', network: 'lan' }];
  const on = (network: NetworkName): ReadPin[] => [...pins, ...gatewayPin].filter((pin) => pin.network === network);

  const onLan = allocateOn('lan', sizing, lanSubnet, undefined, on('lan'));
  if (!onLan.ok) return onLan;
  const onWan = allocateOn('wan', sizing, wanSubnet, wanGateway, on('wan'));
  if (!onWan.ok) return onWan;

  const vips = new Map<string, string>();
  for (const { row } of sizing.components) {
    (onLan.value.servers.get(vipKey(row.component)) ?? []).forEach((address, index) => {
      vips.set(vipName(row, index + 1), address);
    });
  }
  const pinnedLan = on('lan').map(({ address }) => address);
  const pool = dhcpRange(lanSubnet, [...onLan.value.addresses, ...pinnedLan]);
  const inside = contains(wanSubnet, wanGateway) ? 1 : 0;
  return ok({
    lan: {
      subnet: describe(onLan.value, vips.get(vip) ?? '', lan.vlan, 0),
      servers: onLan.value.servers,
      vips,
    },
    wan: {
      subnet: describe(onWan.value, formatIpv4(wanGateway), wan.vlan, inside),
      servers: onWan.value.servers,
      vips: new Map(),
    },
    dhcpPool:
      pool === null ? null : { from: formatIpv4(pool.from), to: formatIpv4(pool.to), size: pool.to - pool.from + 1 },
  });
}
