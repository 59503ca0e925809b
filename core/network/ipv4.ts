/**
 * IPv4 as strict text and as a number. Only four decimal parts without leading zeros pass this gate: other readers take
 * `010.0.0.1` for octal, so whatever is ambiguous is refused with its reason. Sources: RFC 6943 section 3.1.1
 * (ambiguous forms), RFC 4632 (prefixes), RFC 3021 (/31), IANA special-purpose registry (ranges).
 */
import ipaddr from 'ipaddr.js';

export const ipv4Faults = [
  'empty',
  'ipv6',
  'host-name',
  'not-four-parts',
  'leading-zero',
  'out-of-range',
  'characters',
] as const;
export type Ipv4Fault = (typeof ipv4Faults)[number];
export type CidrFault = Ipv4Fault | 'no-prefix' | 'prefix' | 'address-has-prefix';

export type Ipv4Reading =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly fault: CidrFault };

/**
 * A subnet. `address` is the address as written, `network` the one with its host bits cleared; both unsigned 32 bit.
 */
export interface Subnet {
  readonly address: number;
  readonly network: number;
  readonly broadcast: number;
  readonly prefix: number;
}

export type CidrReading =
  | { readonly ok: true; readonly value: Subnet }
  | { readonly ok: false; readonly fault: CidrFault };

const faultOf = (text: string): Ipv4Fault | undefined => {
  if (text.trim() === '') return 'empty';
  if (text.includes(':')) return 'ipv6';
  if (/[a-z]/i.test(text) && !/^0x/i.test(text)) return 'host-name';
  if (!/^[0-9.]+$/.test(text)) return 'characters';
  const parts = text.split('.');
  if (parts.length !== 4 || parts.includes('')) return 'not-four-parts';
  if (parts.some((part) => part.length > 1 && part.startsWith('0'))) return 'leading-zero';
  return parts.some((part) => part.length > 3 || Number(part) > 255) ? 'out-of-range' : undefined;
};

/** Reads one address; surrounding blanks, leading zeros, short forms and IPv6 are refused with their reason. */
export function parseIpv4(text: string): Ipv4Reading {
  if (text.includes('/')) return { ok: false, fault: 'address-has-prefix' };
  const fault = faultOf(text);
  if (fault !== undefined) return { ok: false, fault };
  const [a, b, c, d] = ipaddr.IPv4.parse(text).octets;
  return { ok: true, value: (((a ?? 0) * 256 + (b ?? 0)) * 256 + (c ?? 0)) * 256 + (d ?? 0) };
}

/** The number of an address, or undefined where {@link parseIpv4} refuses it. */
export function ipv4Number(text: string): number | undefined {
  const reading = parseIpv4(text);
  return reading.ok ? reading.value : undefined;
}

/** Dotted notation of an unsigned 32-bit number. */
export const formatIpv4 = (value: number): string =>
  `${Math.floor(value / 16_777_216) % 256}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

/** Addresses in a subnet of this prefix, network and broadcast included. */
export const subnetSize = (prefix: number): number => 2 ** (32 - prefix);

/** Reads `address/prefix`; host bits are kept in `address`, so that a rule can name them. */
export function parseCidr(text: string): CidrReading {
  const [address = '', prefixText, ...rest] = text.split('/');
  const fault = faultOf(address);
  if (fault !== undefined) return { ok: false, fault };
  if (prefixText === undefined) return { ok: false, fault: 'no-prefix' };
  if (rest.length > 0 || !/^(?:[0-9]|[12][0-9]|3[0-2])$/.test(prefixText)) return { ok: false, fault: 'prefix' };
  const reading = parseIpv4(address);
  if (!reading.ok) return reading;
  const prefix = Number(prefixText);
  const size = subnetSize(prefix);
  const network = Math.floor(reading.value / size) * size;
  return { ok: true, value: { address: reading.value, network, broadcast: network + size - 1, prefix } };
}

/** The subnet of a CIDR text, or undefined where {@link parseCidr} refuses it. */
export function subnetOf(text: string): Subnet | undefined {
  const reading = parseCidr(text);
  return reading.ok ? reading.value : undefined;
}

export const contains = (subnet: Subnet, address: number): boolean =>
  address >= subnet.network && address <= subnet.broadcast;

export const overlaps = (one: Subnet, other: Subnet): boolean =>
  one.network <= other.broadcast && other.network <= one.broadcast;

/** Addresses that hosts can use: all but network and broadcast; a /31 and a /32 hold no ordinary LAN. */
export const usableHosts = (subnet: Subnet): number => Math.max(0, subnetSize(subnet.prefix) - 2);

/** The longest prefix whose subnet has `hosts` usable addresses; undefined when no IPv4 subnet has. */
export function prefixFor(hosts: number): number | undefined {
  for (let prefix = 30; prefix >= 0; prefix -= 1) if (subnetSize(prefix) - 2 >= hosts) return prefix;
  return undefined;
}

export const formatCidr = (subnet: Subnet): string => `${formatIpv4(subnet.network)}/${subnet.prefix}`;

export const netmask = (prefix: number): string => formatIpv4(prefix === 0 ? 0 : 4_294_967_296 - subnetSize(prefix));

/** What kind of address space an address is in. `public`: routable on the Internet. */
export const addressKinds = [
  'public',
  'private',
  'carrier-grade',
  'documentation',
  'loopback',
  'link-local',
  'multicast',
  'benchmarking',
  'reserved',
] as const;
export type AddressKind = (typeof addressKinds)[number];

const documentation: readonly (readonly [string, number])[] = [
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
];

const kindByRange: Readonly<Record<string, AddressKind>> = {
  unicast: 'public',
  private: 'private',
  carrierGradeNat: 'carrier-grade',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
  benchmarking: 'benchmarking',
};

/** Sources: RFC 1918, 6598, 5737, 1122, 3927, 5771, 2544. */
export function addressKind(value: number): AddressKind {
  const address = ipaddr.IPv4.parse(formatIpv4(value));
  if (documentation.some(([network, prefix]) => address.match(ipaddr.IPv4.parse(network), prefix))) {
    return 'documentation';
  }
  if (address.match(ipaddr.IPv4.parse('198.18.0.0'), 15)) return 'benchmarking';
  return kindByRange[address.range()] ?? 'reserved';
}

/** The kinds that a whole subnet touches: a short prefix can reach over several ranges. */
export function subnetKinds(subnet: Subnet): readonly AddressKind[] {
  const kinds = new Set<AddressKind>([addressKind(subnet.network), addressKind(subnet.broadcast)]);
  return [...kinds];
}
