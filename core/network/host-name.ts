/**
 * A DNS name or an IPv4 address of a server that is only connected to. Sources: RFC 1123 section 2.1, RFC 2181 section
 * 11.
 */
import { ipv4Number } from './ipv4.ts';

/** Underscores are used in practice, although RFC 952 does not allow them. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Other readers take a name whose last label is a number for an IPv4 address. Source: URL Standard, "ends in a number".
 */
const isNumeric = (name: string): boolean => /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(name.split('.').at(-1) ?? '');

export type HostNameFault = 'empty' | 'not-ascii' | 'trailing-dot' | 'syntax';

/** What is wrong with the name or address; undefined: nothing. */
export function hostNameFault(name: string): HostNameFault | undefined {
  if (name.trim() === '') return 'empty';
  // oxlint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(name)) return 'not-ascii';
  if (name.length > 1 && name.endsWith('.')) return 'trailing-dot';
  if (isNumeric(name)) return ipv4Number(name) === undefined ? 'syntax' : undefined;
  return name.length <= 253 && name.split('.').every((one) => label.test(one)) ? undefined : 'syntax';
}

/**
 * The ASCII form of an internationalised name, `xn--…`, as a proposal for the user. Undefined if there is none. It is
 * never used to connect.
 */
export function asciiHost(name: string): string | undefined {
  if (/[\s/?#@:\\[\]%]/.test(name)) return undefined;
  try {
    const { hostname } = new URL(`https://${name.normalize('NFC')}`);
    return hostNameFault(hostname) === undefined ? hostname : undefined;
  } catch {
    return undefined;
  }
}
