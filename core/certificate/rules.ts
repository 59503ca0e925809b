/** The rules for a site's certificate, as rows. Sources: the overview's infrastructure rules, RFC 5280, RFC 6125. */
import { printableAscii } from '../base/printable.ts';
import { blockingCount, type Finding, type Observation } from '../base/findings.ts';
import { clockFault, daysBetween, judgedAt, minuteInWords } from './clock.ts';
import type { CertificateEvidence } from './evidence.ts';
import {
  type CertificateFacts,
  keyUsageBits,
  netscapeServer,
  oids,
  type ProfileFault,
  profileFaults,
} from './facts.ts';
import { foreignIdentifiers } from './identifiers.ts';
import { excessiveComparisons, violatedConstraint } from './name-constraints.ts';
import { coverage, spellingFault } from './names.ts';

export interface CertificateRule {
  readonly id: string;
  /** The status of a broken rule, unless its observation has one. */
  readonly severity: 'fail' | 'warn';
  /** No observations: the rule passes. */
  readonly check: (evidence: CertificateEvidence) => readonly Observation[];
}

/** A certificate should be renewed this many days before its end. */
const renewalDays = 30;

/** Apple's devices refuse a longer validity: 398 days for a recognised authority, 825 for a private one. */
const longestDays = { public: 398, given: 825 } as const;

/** The certificates below the root; all certificates if the path has no root. */
const belowRoot = ({ path, outcome }: CertificateEvidence): readonly CertificateFacts[] =>
  outcome.kind === 'complete' ? path.slice(0, -1) : path;

/**
 * Clients accept recognised roots despite faults: some have serial number 0 or old dates, and one (TWCA) has no
 * identifier.
 */
const forgivenRoots: Readonly<Partial<Record<ProfileFault, 'warn' | 'pass'>>> = {
  'subject-identifier-missing': 'warn',
  'serial-zero': 'pass',
  'date-type': 'pass',
};

const isOldRoot = ({ path, outcome }: CertificateEvidence, one: CertificateFacts): boolean =>
  outcome.kind === 'complete' && outcome.trust === 'public' && one === path.at(-1);

function authorityFaults({ path }: CertificateEvidence): Observation[] {
  return path.flatMap((one, index): Observation[] => {
    if (index === 0) return [];
    const params = { subject: one.subject };
    if (one.constraints?.ca !== true) return [{ variant: 'no-authority', params }];
    if (one.keyUsage?.includes(keyUsageBits.keyCertSign) === false) return [{ variant: 'may-not-sign', params }];
    const between = path.slice(1, index).filter(({ selfIssued }) => !selfIssued).length;
    const most = one.constraints.pathLength;
    return most !== undefined && between > most ? [{ variant: 'too-long', params: { ...params, most, between } }] : [];
  });
}

function usageFaults({ path }: CertificateEvidence): Observation[] {
  const [leaf] = path;
  const observations: Observation[] = [];
  if (leaf.constraints?.ca === true) observations.push({ variant: 'authority' });
  else if (leaf.keyUsage?.includes(keyUsageBits.keyCertSign) === true) observations.push({ variant: 'certificates' });
  if (leaf.keyUsage?.includes(keyUsageBits.digitalSignature) === false) observations.push({ variant: 'signature' });
  if (leaf.netscapeType?.includes(netscapeServer) === false) observations.push({ variant: 'netscape' });
  for (const [index, { subject, extendedKeyUsage }] of path.entries()) {
    if (extendedKeyUsage?.includes(oids.serverAuth) !== false) continue;
    observations.push(index === 0 ? { variant: 'server' } : { variant: 'issuer', params: { subject } });
  }
  if (leaf.extendedKeyUsage === undefined) observations.push({ status: 'warn', variant: 'unstated' });
  return observations;
}

function validityFaults(evidence: CertificateEvidence): Observation[] {
  const { path, outcome, now, earliest } = evidence;
  const clock = clockFault(now, earliest);
  const at = judgedAt(now, earliest);
  const observations = path.flatMap((one): Observation[] => {
    const { subject, notBefore, notAfter } = one;
    const params = {
      subject,
      at: minuteInWords(at),
      notBefore: minuteInWords(notBefore),
      notAfter: minuteInWords(notAfter),
      days: daysBetween(at, notAfter),
    };
    // If the clock is ahead, only the time of the evidence is certain.
    if (!(Date.parse(notAfter) >= Date.parse(at))) return [{ variant: 'expired', params }];
    if (!(Date.parse(notBefore) <= Date.parse(at))) {
      return [clock === undefined ? { variant: 'not-yet', params } : { status: 'pending', variant: 'clock', params }];
    }
    return params.days < renewalDays ? [{ status: 'warn', variant: 'soon', params }] : [];
  });
  if (observations.length > 0) return observations;
  if (clock !== undefined) return [{ status: 'pending', variant: 'clock', params: { at: minuteInWords(at) } }];
  const [{ notBefore, notAfter }] = path;
  const most = longestDays[outcome.kind === 'complete' ? outcome.trust : 'given'];
  const days = daysBetween(notBefore, notAfter);
  if (days > most) return [{ status: 'warn', variant: 'long', params: { days, most } }];
  return [{ status: 'pass', params: { notAfter: minuteInWords(notAfter), days: daysBetween(at, notAfter) } }];
}

function nameFaults({ path: [leaf], fqdn }: CertificateEvidence): Observation[] {
  const { apex, wildcard, others } = coverage(leaf.names, fqdn);
  const params = { fqdn, subject: leaf.commonName };
  const misspelt = (fault: string): string[] =>
    leaf.names.flatMap((name) => (name.kind === 'dns' && spellingFault(name.value) === fault ? [name.value] : []));
  const [malformed, loose] = [misspelt('malformed'), misspelt('loose')];
  if (!leaf.names.some(({ kind }) => kind === 'dns')) return [{ variant: 'none', params }];
  if (!apex && !wildcard) return [{ params }];
  if (!wildcard) return [{ variant: 'wildcard', params }];
  if (!apex) return [{ variant: 'apex', params }];
  if (malformed.length > 0) return [{ variant: 'malformed', params: { ...params, names: shortList(malformed) } }];
  if (loose.length > 0) return [{ status: 'warn', variant: 'loose', params: { ...params, names: shortList(loose) } }];
  if (others.length === 0) return [];
  return [{ status: 'warn', variant: 'more', params: { ...params, names: shortList(others) } }];
}

const shortList = (names: readonly string[]): string =>
  `${names
    .slice(0, 5)
    .map((name) => printableAscii(name, 80))
    .join(', ')}${names.length > 5 ? ' …' : ''}`;

function pathFaults({ path, outcome }: CertificateEvidence): Observation[] {
  const last = path.at(-1) ?? path[0];
  if (outcome.kind === 'complete') {
    const params = { root: last.subject };
    if (outcome.refusal === undefined) return [{ status: 'pass', params }];
    return [{ variant: 'refused', params: { ...params, reason: outcome.refusal } }];
  }
  const params = { subject: last.subject, issuer: last.issuer };
  if (outcome.reason !== 'missing' || last.issuerUrl === undefined) return [{ variant: outcome.reason, params }];
  return [{ variant: 'missing-url', params: { ...params, url: last.issuerUrl } }];
}

/** Every row gives at least one finding, so that the list of checks is complete. */
export const certificateRules: readonly CertificateRule[] = [
  {
    id: 'certificate.clock',
    severity: 'warn',
    check: ({ now, earliest }) => {
      const fault = clockFault(now, earliest);
      return fault === undefined
        ? []
        : [{ variant: fault, params: { now: minuteInWords(now), earliest: minuteInWords(earliest) } }];
    },
  },
  {
    id: 'certificate.order',
    severity: 'warn',
    // The handover contains the sorted chain.
    check: ({ inOrder }) => (inOrder ? [] : [{ status: 'pass', variant: 'repaired' }]),
  },
  {
    id: 'certificate.extra',
    severity: 'warn',
    check: ({ unrelated, detours, misleading }) => [
      ...unrelated.map((subject) => ({ params: { subject } })),
      ...detours.map((subject) => ({
        variant: misleading ? 'misleading' : 'detour',
        params: { subject },
        ...(misleading ? { status: 'fail' as const } : {}),
      })),
    ],
  },
  {
    id: 'certificate.open-key',
    severity: 'warn',
    check: ({ openKey }) => (openKey ? [{}] : []),
  },
  { id: 'certificate.path', severity: 'fail', check: pathFaults },
  {
    id: 'certificate.recognised',
    severity: 'warn',
    check: ({ outcome, path }) => {
      if (outcome.kind === 'incomplete') return [{ status: 'skipped' }];
      return outcome.trust === 'public' ? [] : [{ params: { root: path.at(-1)?.subject ?? '' } }];
    },
  },
  { id: 'certificate.names', severity: 'fail', check: nameFaults },
  {
    id: 'certificate.signature',
    severity: 'fail',
    check: (evidence) =>
      belowRoot(evidence)
        .filter(({ signature }) => !signature.strong)
        .map(({ subject, signature }) => ({ params: { subject, algorithm: signature.name } })),
  },
  {
    id: 'certificate.strength',
    severity: 'fail',
    check: ({ path }) =>
      path
        .filter(({ key }) => !key.strong)
        .map(({ subject, key }) => ({
          params: { subject, key: key.name },
          ...(key.kind === 'other' ? { variant: 'kind' } : {}),
        })),
  },
  { id: 'certificate.authorities', severity: 'fail', check: authorityFaults },
  { id: 'certificate.usage', severity: 'fail', check: usageFaults },
  {
    id: 'certificate.constraints',
    severity: 'fail',
    check: ({ path }) => {
      const count = excessiveComparisons(path);
      if (count !== undefined) return [{ variant: 'many', params: { count } }];
      const violation = violatedConstraint(path);
      return violation === undefined ? [] : [{ params: { ...violation } }];
    },
  },
  {
    id: 'certificate.extensions',
    severity: 'fail',
    check: (evidence) =>
      evidence.path.flatMap(({ subject, unknownCritical }) =>
        unknownCritical.map((oid) => ({ params: { subject, oid } })),
      ),
  },
  {
    id: 'certificate.identifiers',
    severity: 'fail',
    check: ({ path }) =>
      foreignIdentifiers(path).map(({ subject, issuer, field }) => ({
        variant: subject === issuer ? 'root' : 'issuer',
        params: { subject, issuer, field },
      })),
  },
  {
    id: 'certificate.form',
    severity: 'fail',
    check: (evidence) =>
      evidence.path.flatMap((one) =>
        one.faults.flatMap((variant): Observation[] => {
          const status = (isOldRoot(evidence, one) ? forgivenRoots[variant] : undefined) ?? profileFaults[variant];
          return status === 'pass' ? [] : [{ variant, status, params: { subject: one.subject } }];
        }),
      ),
  },
  { id: 'certificate.validity', severity: 'fail', check: validityFaults },
  {
    id: 'certificate.key',
    severity: 'fail',
    check: ({ key: { source, match, file = '', fault }, fqdn }) => {
      const params = { name: `certificate/${fqdn}`, file };
      if (fault !== undefined) return [{ status: 'skipped', variant: 'no-store', params: { ...params, code: fault } }];
      if (match === 'absent') return [{ status: 'skipped', params }];
      if (match === 'match') return [];
      // The installer made the key in the store, so its file form is not reported.
      const isNamed = source === 'given' || match === 'mismatch' || match === 'encrypted';
      return [{ variant: `${isNamed ? match : 'unreadable'}-${source}`, params }];
    },
  },
];

/** All findings on a certificate. They are fixed in the wizard's step that asks for the chain. */
export function certificateFindings(evidence: CertificateEvidence): Finding[] {
  return certificateRules.flatMap(({ id, severity, check }): Finding[] => {
    const base = { rule: id, step: 'domain', path: 'certificate.chain' } as const;
    const observations = check(evidence);
    if (observations.length === 0) return [{ ...base, status: 'pass', params: {} }];
    return observations.map(({ status = severity, variant, params = {} }) => ({
      ...base,
      status,
      params,
      ...(variant === undefined ? {} : { variant }),
    }));
  });
}

/** Whether no finding blocks the certificate. */
export const isAccepted = (findings: readonly Finding[]): boolean => blockingCount(findings) === 0;
