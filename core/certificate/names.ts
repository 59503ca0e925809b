/** The names that a certificate covers. Source: RFC 6125 section 6.4, RFC 9525 section 6.3, the Public Suffix List. */
import { parse } from 'tldts';
import type { GeneralName } from './facts.ts';

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** DNS names of a certificate in lower case; addresses, the common name and other names do not count. */
export const dnsNames = (names: readonly GeneralName[]): string[] =>
  names.flatMap((name) => (name.kind === 'dns' ? [name.value.toLowerCase()] : []));

/**
 * The part of `*.acme.example` after the wildcard; undefined for other names and for wildcards that no client accepts.
 */
function wildcardBase(name: string): string | undefined {
  if (!name.startsWith('*.')) return undefined;
  const base = name.slice(2);
  if (!base.split('.').every((part) => label.test(part)) || !base.includes('.')) return undefined;
  // `*.co.uk` would match every company of a country.
  return parse(base, { allowPrivateDomains: true }).domain === null ? undefined : base;
}

/** Whether `name` of a certificate matches the host `host`. A wildcard matches exactly one whole label. */
export function covers(name: string, host: string): boolean {
  if (!name.includes('*')) return name === host && host.split('.').every((part) => label.test(part));
  const base = wildcardBase(name);
  const dot = host.indexOf('.');
  return base !== undefined && dot > 0 && host.slice(dot + 1) === base;
}

/** Whether the certificate covers every name directly below `fqdn` by its wildcard. */
export const coversBelow = (name: string, fqdn: string): boolean => wildcardBase(name) === fqdn;

/** A host name in the preferred syntax of RFC 1034 and 1123; only the first label may be a wildcard. */
const hostName = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/**
 * Names that the DNS and browsers accept although they are not host names: underscores, leading and trailing hyphens.
 */
const looseName = /^(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/;
const address = /^[0-9.]+$/;
const longestName = 253;

/**
 * A syntax fault of a DNS name in a certificate. `loose`: outside RFC 5280 section 4.2.1.6, but accepted by clients
 * (underscores, an IP address as a name). `malformed`: not a name.
 */
export function spellingFault(written: string): 'loose' | 'malformed' | undefined {
  const name = written.toLowerCase();
  if (name.length > longestName || !looseName.test(name)) return 'malformed';
  return hostName.test(name) && !address.test(name) ? undefined : 'loose';
}

export interface Coverage {
  readonly apex: boolean;
  readonly wildcard: boolean;
  /** Names besides the two required ones. */
  readonly others: readonly string[];
}

/** Compares the DNS names of a certificate with an edge: `fqdn` and all names directly below it. */
export function coverage(names: readonly GeneralName[], fqdn: string): Coverage {
  const domain = fqdn.toLowerCase();
  const all = dnsNames(names);
  return {
    apex: all.some((name) => covers(name, domain)),
    wildcard: all.some((name) => coversBelow(name, domain)),
    others: all.filter((name) => name !== domain && name !== `*.${domain}`),
  };
}
