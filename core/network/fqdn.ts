/** Rules for the edge's own domain name. Sources: RFC 1035 and 5891 (labels), the Public Suffix List through tldts. */
import { isDeviceName } from '../base/device-name.ts';
import { parse } from 'tldts';

export const fqdnFaults = [
  'empty',
  'address',
  'trailing-dot',
  'not-ascii',
  'underscore',
  'wildcard',
  'label',
  'too-long',
  'single-label',
  'public-suffix',
  'numeric-suffix',
] as const;
/**
 * Longest part of a file name that comes from a domain: with an ending and a temporary suffix it stays below 255 bytes.
 */
const longestFileStem = 180;

/**
 * The name of a file about a domain, `edge.acme.example.zone`. A very long domain is cut. A domain that Windows would
 * take for a device (`nul.example`) gets an underscore in front.
 */
export function domainFile(fqdn: string, ending: string): string {
  const stem = fqdn.slice(0, longestFileStem).replace(/[.-]+$/, '');
  return `${isDeviceName(stem) ? '_' : ''}${stem}.${ending}`;
}

export type FqdnFault = (typeof fqdnFaults)[number];

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The wildcard and the longest name below the domain must fit into 253 characters too. */
const longest = 253 - '_turns._tcp.'.length;

/** What is wrong with a domain name for an edge; undefined: nothing. */
export function fqdnFault(fqdn: string): FqdnFault | undefined {
  if (fqdn.trim() === '') return 'empty';
  if (/^[0-9.]+$/.test(fqdn) || fqdn.includes(':')) return 'address';
  if (fqdn.endsWith('.')) return 'trailing-dot';
  if (/[^\u0020-\u007e]/.test(fqdn)) return 'not-ascii';
  if (fqdn.includes('_')) return 'underscore';
  if (fqdn.includes('*')) return 'wildcard';
  const labels = fqdn.split('.');
  if (!labels.every((one) => label.test(one))) return 'label';
  if (fqdn.length > longest) return 'too-long';
  if (labels.length < 2) return 'single-label';
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return 'numeric-suffix';
  return parse(fqdn, { allowPrivateDomains: true }).domain === null ? 'public-suffix' : undefined;
}

export interface DomainParts {
  /** The domain that is registered, e.g. `acme.example`. */
  readonly registered: string;
  /** The edge has a domain of its own, not a name below a shared one. */
  readonly dedicated: boolean;
  /** The suffix is in the ICANN section of the list: a public certification authority can issue for it. */
  readonly knownSuffix: boolean;
}

/** Undefined where {@link fqdnFault} refuses the name. */
export function domainParts(fqdn: string): DomainParts | undefined {
  if (fqdnFault(fqdn) !== undefined) return undefined;
  const { domain, isIcann } = parse(fqdn, { allowPrivateDomains: true });
  if (domain === null) return undefined;
  return {
    registered: domain,
    dedicated: domain === fqdn.toLowerCase(),
    knownSuffix: isIcann === true || isPrivate(fqdn),
  };
}

const isPrivate = (fqdn: string): boolean => parse(fqdn, { allowPrivateDomains: true }).isPrivate === true;

/** Suffixes that no public DNS serves. Sources: RFC 2606, 6761, 6762, 8375, ICANN's resolution on `internal`. */
const localSuffixes = [
  'example',
  'test',
  'invalid',
  'localhost',
  'local',
  'internal',
  'lan',
  'home.arpa',
  'corp',
  'home',
];

/** Whether the name lies below a suffix that is reserved or used only inside networks. */
export const isLocalName = (fqdn: string): boolean =>
  localSuffixes.some((suffix) => fqdn.toLowerCase() === suffix || fqdn.toLowerCase().endsWith(`.${suffix}`));
