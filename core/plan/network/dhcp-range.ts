/** The addresses that the gateways lease: one judge for the rule and for the gateway's configuration. */
import type { Plan } from '../model.ts';
import type { Site } from '../../site/schema.ts';
import { addressesOn } from './dns.ts';
import { contains, formatIpv4, ipv4Number, subnetOf } from '../../network/ipv4.ts';

export type DhcpFault =
  | { readonly kind: 'address'; readonly field: 'from' | 'to' }
  | { readonly kind: 'outside'; readonly field: 'from' | 'to' }
  | { readonly kind: 'order' }
  | { readonly kind: 'planned'; readonly name: string; readonly address: string };

export interface LeaseRange {
  readonly from: number;
  readonly to: number;
}

/** Every planned LAN address with the name of its server or VIP. */
export const plannedOnLan = (
  plan: Pick<Plan, 'vms' | 'vips'>,
): { readonly name: string; readonly address: string }[] => [
  ...plan.vips.map(({ name, address }) => ({ name, address })),
  ...plan.vms.flatMap((vm) => addressesOn(vm, 'lan').map((address) => ({ name: vm.name, address }))),
];

/**
 * The range and its first fault. Undefined where the site asks for none. Without a plan its addresses are not looked
 * at.
 */
export function dhcpRangeOf(
  site: Pick<Site, 'network'>,
  plan: Pick<Plan, 'vms' | 'vips'> | undefined,
): { readonly range?: LeaseRange; readonly fault?: DhcpFault } | undefined {
  const { cidr, dhcp } = site.network.lan;
  if (dhcp === undefined) return undefined;
  const from = ipv4Number(dhcp.from);
  const to = ipv4Number(dhcp.to);
  if (from === undefined) return { fault: { kind: 'address', field: 'from' } };
  if (to === undefined) return { fault: { kind: 'address', field: 'to' } };
  const lan = subnetOf(cidr);
  if (lan === undefined) return { range: { from, to } };
  const isHost = (value: number): boolean => contains(lan, value) && value !== lan.network && value !== lan.broadcast;
  if (!isHost(from)) return { fault: { kind: 'outside', field: 'from' } };
  if (!isHost(to)) return { fault: { kind: 'outside', field: 'to' } };
  if (from > to) return { fault: { kind: 'order' } };
  const taken = plannedOnLan(plan ?? { vms: [], vips: [] }).find(({ address }) => {
    const value = ipv4Number(address);
    return value !== undefined && value >= from && value <= to;
  });
  return taken === undefined ? { range: { from, to } } : { fault: { kind: 'planned', ...taken } };
}

/**
 * The part of the range that gateway `position` of `count` leases. Each leases its own part, so that two gateways never
 * give one address to two clients. Undefined where there are fewer addresses than gateways before it.
 */
export function shareOf(range: LeaseRange, position: number, count: number): { from: string; to: string } | undefined {
  const size = range.to - range.from + 1;
  const from = range.from + Math.floor((size * position) / count);
  const to = range.from + Math.floor((size * (position + 1)) / count) - 1;
  return to < from ? undefined : { from: formatIpv4(from), to: formatIpv4(to) };
}
