/** A LAN address for a computer that is plugged in for some hours. */
import { formatIpv4, ipv4Number, subnetOf } from '../../network/ipv4.ts';
import type { Site } from '../../site/schema.ts';
import type { Plan } from '../model.ts';
import { dhcpRangeOf, plannedOnLan } from './dhcp-range.ts';

/** The highest host address of the LAN that neither the plan nor its DHCP range uses; undefined if there is none. */
export function spareLanAddress(site: Pick<Site, 'network'>, plan: Pick<Plan, 'vms' | 'vips'>): string | undefined {
  const lan = subnetOf(site.network.lan.cidr);
  if (lan === undefined) return undefined;
  const taken = new Set(plannedOnLan(plan).map(({ address }) => ipv4Number(address)));
  const { from = 0, to = -1 } = dhcpRangeOf(site, plan)?.range ?? {};
  for (let address = lan.broadcast - 1; address > lan.network; address -= 1) {
    if (!taken.has(address) && !(address >= from && address <= to)) return formatIpv4(address);
  }
  return undefined;
}
