/**
 * Name constraints by RFC 5280 section 4.2.1.10: every name must be inside each issuer's permitted names of its kind,
 * and outside the excluded names. An unsupported constraint counts as violated.
 */
import type { CertificateFacts, GeneralName, NameConstraints } from './facts.ts';

const labels = (name: string): string[] => name.toLowerCase().split('.');

/**
 * `acme.example` covers itself and all names below; `.acme.example` only names below, as in OpenSSL. Empty covers all
 * names.
 */
function dnsInside(name: string, base: string): boolean {
  if (base === '') return true;
  const below = base.startsWith('.');
  const [inner, outer] = [labels(name), labels(below ? base.slice(1) : base)];
  if (inner.length < outer.length + (below ? 1 : 0)) return false;
  return outer.every((label, index) => label === inner[inner.length - outer.length + index]);
}

/** A wildcard also matches constraints on a name that it covers: `*.acme.example` covers `www.acme.example`. */
function dnsTouches(name: string, base: string): boolean {
  if (dnsInside(name, base)) return true;
  if (!name.startsWith('*.')) return false;
  const [, ...rest] = labels(base.startsWith('.') ? base.slice(1) : base);
  return rest.join('.') === name.slice(2).toLowerCase();
}

function addressInside(address: readonly number[], base: readonly number[]): boolean {
  if (base.length !== address.length * 2) return false;
  return address.every((byte, index) => ((byte ^ (base[index] ?? 0)) & (base[address.length + index] ?? 0)) === 0);
}

const directoryInside = (name: readonly string[], base: readonly string[]): boolean =>
  base.length <= name.length && base.every((part, index) => part === name[index]);

type Verdict = 'inside' | 'outside' | 'unknown' | 'other-kind';

function compare(name: GeneralName, base: GeneralName, excluding: boolean): Verdict {
  if (name.kind === 'other' && base.kind === 'other') return name.type === base.type ? 'unknown' : 'other-kind';
  if (name.kind === 'dns' && base.kind === 'dns') {
    return (excluding ? dnsTouches : dnsInside)(name.value, base.value) ? 'inside' : 'outside';
  }
  if (name.kind === 'ip' && base.kind === 'ip') return addressInside(name.value, base.value) ? 'inside' : 'outside';
  if (name.kind === 'directory' && base.kind === 'directory') {
    return directoryInside(name.value, base.value) ? 'inside' : 'outside';
  }
  return 'other-kind';
}

function isAllowed(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  const banned = new Set(excluded.map((base) => compare(name, base, true)));
  if (banned.has('inside') || banned.has('unknown')) return false;
  const needed = new Set(permitted.map((base) => compare(name, base, false)));
  if (needed.has('unknown')) return false;
  return needed.has('inside') || !needed.has('outside');
}

/** Kinds of names that this module does not compare, by the adapter's words. */
const email: GeneralName = { kind: 'other', type: 'rfc822Name' };

function allNames({ names, subjectNames, subjectEmail }: CertificateFacts): GeneralName[] {
  const subject: GeneralName[] = subjectNames.length > 0 ? [{ kind: 'directory', value: subjectNames }] : [];
  return [...names, ...subject, ...(subjectEmail ? [email] : [])];
}

const inWords = (name: GeneralName): string => {
  if (name.kind === 'other') return name.type;
  return name.kind === 'dns' ? name.value : name.value.join(name.kind === 'ip' ? '.' : ', ');
};

/**
 * Comparisons of a name with a constraint along one path. Real chains need a few hundred; OpenSSL allows 1,048,576 per
 * issuer.
 */
const mostComparisons = 32_768;

/** An issuer with constraints, and the certificates below it to check. */
interface Scope {
  readonly by: string;
  readonly constraints: NameConstraints;
  readonly below: readonly CertificateFacts[];
}

function scopesOf(path: readonly CertificateFacts[]): Scope[] {
  return path.flatMap(({ subject, nameConstraints }, index): Scope[] => {
    if (nameConstraints === undefined) return [];
    // Self-issued certificates renew a key, so only the leaf is checked. RFC 5280 section 6.1.3 (b).
    const below = path.slice(0, index).filter(({ selfIssued }, depth) => depth === 0 || !selfIssued);
    return [{ by: subject, constraints: nameConstraints, below }];
  });
}

/** The number of comparisons for a path if it exceeds the limit. The path is then refused without comparisons. */
export function excessiveComparisons(path: readonly CertificateFacts[]): number | undefined {
  const count = scopesOf(path).reduce((sum, { constraints: { permitted, excluded }, below }) => {
    const names = below.reduce((total, one) => total + one.names.length + 2, 0);
    return sum + names * (permitted.length + excluded.length);
  }, 0);
  return count > mostComparisons ? count : undefined;
}

export interface Violation {
  /** The name that violates the constraint. */
  readonly name: string;
  /** The subject of the certificate with the constraint. */
  readonly by: string;
}

/** The first name in the path (leaf first) that a constraint above it forbids. */
export function violatedConstraint(path: readonly CertificateFacts[]): Violation | undefined {
  for (const { by, constraints, below } of scopesOf(path)) {
    for (const one of below) {
      const name = allNames(one).find((candidate) => !isAllowed(candidate, constraints));
      if (name !== undefined) return { name: inWords(name), by };
    }
  }
  return undefined;
}
