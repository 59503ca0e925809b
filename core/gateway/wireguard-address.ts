/** The addresses of the tunnel's two ends. */
import { type Result, fail, failure, ok } from '../base/errors.ts';
import { addressesOn } from '../plan/network/dns.ts';
import { ipv4Number } from '../network/ipv4.ts';
import { wireguardAddressFault } from '../network/wireguard.ts';
import type { PlannedVm } from '../plan/model.ts';
import type { Site } from '../site/schema.ts';
import * as quote from './quote.ts';
import { shortName } from './view.ts';

/** `host:port` for a configuration file. */
export const hostPortOf = (field: string, address: string): string =>
  wireguardAddressFault(address) === undefined ? address : quote.refuse(field, 'host:port');

/**
 * `address:port` of a gateway for the NOC: its WAN address, or behind NAT the public address of the site file. Fails
 * with `gateway.no-public-address`.
 */
export function publicWireguardAddress(site: Pick<Site, 'network'>, vm: PlannedVm): Result<string> {
  const { wan, wireguard } = site.network;
  const [own = ''] = addressesOn(vm, 'wan');
  const address = wan.nat ? (wan.publicAddresses?.[shortName(vm)] ?? '') : own;
  return ipv4Number(address) === undefined
    ? fail(failure('input', 'gateway.no-public-address', { vm: vm.name, name: shortName(vm) }))
    : ok(`${address}:${wireguard.port}`);
}
