/** A host in the site file: a DNS name or an IPv4 address. Sources: RFC 1123 section 2.1, RFC 2181 section 11. */
import { type CidrFault, parseIpv4 } from './ipv4.ts';

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export type HostFault = CidrFault | 'host-name-syntax';

/** What is wrong with a host; undefined: nothing. */
export function hostFault(host: string): HostFault | undefined {
  if (host.trim() === '') return 'empty';
  if (host.includes(':')) return 'ipv6';
  if (/^[0-9./]+$/.test(host)) {
    const reading = parseIpv4(host);
    return reading.ok ? undefined : reading.fault;
  }
  return host.length <= 253 && host.split('.').every((one) => label.test(one)) ? undefined : 'host-name-syntax';
}

/** Host and port of an endpoint's URL, `https://host[:port]`. */
export function endpointHost(url: string): { readonly host: string; readonly port: number } {
  const [host = '', port] = url
    .replace(/^https:\/\//i, '')
    .replace(/\/$/, '')
    .split(/:(?=[0-9]+$)/);
  return { host: host.toLowerCase(), port: Number(port ?? 443) };
}
