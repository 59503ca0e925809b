/**
 * The address of a vSphere endpoint, `https://host[:port]`. This is the product's only reader of it: secret name,
 * connection, pin, report and worksheet use the parts that it gives. Two readers that disagree would send a password to
 * a foreign server.
 */
import ipaddr from 'ipaddr.js';
import { invisibleIn } from '../base/invisible.ts';
import { asciiHost, hostNameFault } from './host-name.ts';

/** Host in lower case (IPv6 without brackets, RFC 5952) and TCP port. */
export interface EndpointAddress {
  readonly host: string;
  readonly port: number;
}

export type EndpointUrlFault =
  | 'empty'
  | 'secret'
  | 'invisible'
  | 'scheme'
  | 'backslash'
  | 'path'
  | 'port'
  | 'trailing-dot'
  | 'not-ascii'
  | 'host';

export type AddressReading =
  | { readonly ok: true; readonly value: EndpointAddress }
  | { readonly ok: false; readonly fault: EndpointUrlFault };

const refused = (fault: EndpointUrlFault): AddressReading => ({ ok: false, fault });

/** The port of every https URL that names none. */
const usualPort = 443;

/** 1 to 65535 without leading zeros. */
const portNumber = (text: string): number | undefined =>
  /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;

/** An IPv6 address in its canonical form. Zones and the mixed form with an IPv4 address have no use here. */
const ipv6 = (text: string): string | undefined =>
  /^[0-9a-f:]{2,39}$/i.test(text) && ipaddr.IPv6.isValid(text)
    ? ipaddr.IPv6.parse(text).toRFC5952String().toLowerCase()
    : undefined;

/** Reads `host[:port]`, as a URL and the name of a secret hold it. */
export function parseAuthority(text: string): AddressReading {
  if (text === '') return refused('empty');
  if (text.includes('@')) return refused('secret');
  if (text.includes(' ') || invisibleIn(text) !== undefined) return refused('invisible');
  if (text.includes('\\')) return refused('backslash');
  if (/[/?#]/.test(text)) return refused('path');
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const colon = text.indexOf(':');
  const name = bracketed?.[1] ?? (colon < 0 ? text : text.slice(0, colon));
  const digits = bracketed === null ? (colon < 0 ? undefined : text.slice(colon + 1)) : bracketed[2];
  if (name === '') return refused('empty');
  if (bracketed !== null) {
    const host = ipv6(name);
    if (host === undefined) return refused('host');
    const port = digits === undefined ? usualPort : portNumber(digits);
    return port === undefined ? refused('port') : { ok: true, value: { host, port } };
  }
  const fault = hostNameFault(name);
  if (fault === 'trailing-dot') return refused('trailing-dot');
  if (fault === 'not-ascii') return refused(asciiHost(name) === undefined ? 'host' : 'not-ascii');
  if (fault !== undefined) return refused('host');
  const port = digits === undefined ? usualPort : portNumber(digits);
  return port === undefined ? refused('port') : { ok: true, value: { host: name.toLowerCase(), port } };
}

/**
 * Reads the address of an endpoint. User info, backslashes, control and invisible characters, an empty host, a port
 * outside 1 to 65535, a query, a fragment and any path but `/` are refused. Sources: RFC 3986 section 3.2, RFC 6874 (no
 * zones).
 */
export function parseEndpointUrl(url: string): AddressReading {
  if (url === '') return refused('empty');
  if (url.includes('@')) return refused('secret');
  const scheme = 'https://';
  if (!url.startsWith(scheme)) return refused('scheme');
  return parseAuthority(url.slice(scheme.length).replace(/\/$/, ''));
}

/** `host`, or `host:port` where the port is not 443: as the name of a secret has it. */
export const authorityOf = ({ host, port }: EndpointAddress): string => {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === usualPort ? name : `${name}:${port}`;
};

/** The canonical address: every reader of URLs finds the same host and port in it. */
export const endpointUrl = (address: EndpointAddress): string => `https://${authorityOf(address)}`;

/** Host and port for a reader; the text itself where it is no address. Never a user or password. */
export function shownEndpoint(url: string): string {
  const read = parseEndpointUrl(url);
  if (read.ok) return authorityOf(read.value);
  return read.fault === 'secret' ? '***' : url;
}
