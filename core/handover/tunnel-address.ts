/** Addresses inside the tunnel to the NOC. */
import ipaddr from 'ipaddr.js';
import { type Result, fail, failure, ok } from '../base/errors.ts';

/** The NOC has the first host address of the network; the first gateway gets the second. */
const firstGateway = 2;

function addressAt(network: readonly number[], offset: number): string {
  const bytes = [...network];
  for (let index = bytes.length - 1, rest = offset; index >= 0 && rest > 0; index -= 1) {
    rest += bytes[index] ?? 0;
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return ipaddr.fromByteArray(bytes).toString();
}

/** Number of the last usable host; the last address of an IPv4 network is its broadcast address. */
function lastHost(bits: number, length: number): number {
  const addresses = 2 ** Math.min(bits - length, 32);
  return bits === 32 ? addresses - 2 : addresses - 1;
}

/**
 * The tunnel address of gateway number `index` (from 0), as `/32` or `/128`: the second, third, … host of the NOC
 * peer's network (`100.64.0.0/24` gives `100.64.0.2/32`, `100.64.0.3/32`). It takes the first of `allowedIps` with a
 * free address, so that a peer may list its own `/32` before the network.
 *
 * Fails with `handover.tunnel-network` (an entry is no network) or `handover.tunnel-exhausted` (no free address). An
 * index below 0 is a bug.
 */
export function tunnelAddressFor(allowedIps: readonly string[], index: number): Result<string> {
  return addressIn(allowedIps, index, () => firstGateway + index);
}

/**
 * The other tunnel address of gateway number `index` of `count`: the last, last but one, … host of the network. A new
 * key takes the address that the old key does not have, so that the NOC can have a complete peer for each of them.
 *
 * Fails as {@link tunnelAddressFor} does, also where the addresses of both kinds would overlap.
 */
export function alternateTunnelAddressFor(allowedIps: readonly string[], index: number, count: number): Result<string> {
  return addressIn(allowedIps, index, (last) => {
    const host = last - index;
    return host < firstGateway + count ? Infinity : host;
  });
}

/**
 * The first free host in the networks. `hostIn` takes the number of a network's last host. An index below 0 is a bug.
 */
function addressIn(allowedIps: readonly string[], index: number, hostIn: (last: number) => number): Result<string> {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError('A gateway has a number from 0.');
  for (const entry of allowedIps) {
    if (!ipaddr.isValidCIDR(entry))
      return fail(failure('input', 'handover.tunnel-network', { network: entry.slice(0, 60) }));
    const [base, length] = ipaddr.parseCIDR(entry);
    const bits = base.toByteArray().length * 8;
    const last = lastHost(bits, length);
    const host = hostIn(last);
    if (host > last) continue;
    const network = base.toByteArray().map((byte, at) => {
      const kept = Math.min(8, Math.max(0, length - at * 8));
      return byte & (256 - 2 ** (8 - kept));
    });
    return ok(`${addressAt(network, host)}/${bits}`);
  }
  return fail(failure('input', 'handover.tunnel-exhausted', { networks: allowedIps.join(', '), gateway: index + 1 }));
}
