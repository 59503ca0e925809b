/** Values that end up in a WireGuard configuration. Source: wg(8), RFC 4648 section 3.5 (canonical base64). */
import { z } from 'zod';
import { hostFault } from './host.ts';

export type KeyFault = 'key' | 'key-canonical' | 'key-zero';
export type WireguardAddressFault = 'endpoint' | 'host' | 'port';

/** 32 bytes in base64: 43 characters and one `=`. In the canonical form the last character holds no spare bits. */
const keyPattern = /^[A-Za-z0-9+/]{43}=$/;
const canonicalEnd = /[AEIMQUYcgkosw048]=$/;

/** Finds the fault of a public or preshared key. A key of zeros means "no key" to WireGuard. */
export function keyFault(key: string): KeyFault | undefined {
  if (!keyPattern.test(key)) return 'key';
  if (!canonicalEnd.test(key)) return 'key-canonical';
  return /^A{43}=$/.test(key) ? 'key-zero' : undefined;
}

/**
 * Finds the fault of a peer's `host:port` (`Endpoint` in wg(8), field `endpoint` of our formats): a DNS name, an IPv4
 * address or an IPv6 address in brackets, and a port from 1 to 65535.
 */
export function wireguardAddressFault(address: string): WireguardAddressFault | undefined {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(address) ?? [];
  if (bracketed === undefined && plain === '') return 'endpoint';
  const known = bracketed === undefined ? hostFault(plain) === undefined : z.ipv6().safeParse(bracketed).success;
  if (!known) return 'host';
  return /^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 65_535 ? undefined : 'port';
}

export const wireguardKeySchema = z
  .string()
  .refine((key) => keyFault(key) === undefined, 'a WireGuard key: 32 bytes in canonical base64');
export const wireguardAddressSchema = z
  .string()
  .max(300)
  .refine((address) => wireguardAddressFault(address) === undefined, 'host:port, with a port from 1 to 65535');
export const networkSchema = z.union([z.cidrv4(), z.cidrv6()]);
/** The route to one address: `/32` for IPv4, `/128` for IPv6. */
export const hostRouteSchema = networkSchema.refine(
  (network) => network.endsWith(network.includes(':') ? '/128' : '/32'),
  'one address, /32 or /128',
);
