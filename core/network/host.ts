/** A host in the site file that has a field of its own: a DNS name or an IPv4 address, without scheme and port. */
import type { MessageParams } from '../base/errors.ts';
import { asciiHost, hostNameFault } from './host-name.ts';
import { type CidrFault, parseIpv4 } from './ipv4.ts';

export type HostFault = CidrFault | 'host-name-syntax' | 'with-scheme' | 'with-port' | 'trailing-dot' | 'not-ascii';

/** What is wrong with a host; undefined: nothing. */
export function hostFault(host: string): HostFault | undefined {
  if (host.trim() === '') return 'empty';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) return 'with-scheme';
  if (/^[^:[\]]+:[0-9]*$/.test(host)) return 'with-port';
  if (host.includes(':')) return 'ipv6';
  if (/^[0-9./]+$/.test(host)) {
    const reading = parseIpv4(host);
    return reading.ok ? undefined : reading.fault;
  }
  const fault = hostNameFault(host);
  if (fault === 'not-ascii') return asciiHost(host) === undefined ? 'host-name-syntax' : 'not-ascii';
  return fault === 'syntax' ? 'host-name-syntax' : fault;
}

/** Parameters of the message for a {@link HostFault}: the text, the host in it, and its ASCII form. */
export function hostParams(text: string): MessageParams {
  const host = text
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/, '')
    .replace(/:[0-9]*$/, '');
  return { text, host: host.replace(/\.$/, ''), ascii: asciiHost(host) ?? '' };
}
