/**
 * Rules over the probe results of mail relay and backup host. The edge reaches them from another network, so a missing
 * answer only warns; a server's answer counts.
 */
import type { MessageParams } from '../base/errors.ts';
import type { Finding, FindingStatus } from '../base/findings.ts';
import type { BackupFacts, ProbeFacts, SeenCertificate, SmtpFacts } from './probe-facts.ts';
import type { Site } from '../site/schema.ts';

/** Ports if the site file names none. Sources: RFC 5321, 6409, 8314; RFC 4253, 7530. */
export const mailPorts = { none: 25, starttls: 587, tls: 465 } as const;
export const backupPorts = { sftp: 22, nfs: 2049, s3: 443 } as const;

interface Seen {
  readonly status: FindingStatus;
  readonly variant?: string;
  readonly params?: MessageParams;
}

interface ProbeRule<Facts> {
  readonly id: string;
  readonly path: string;
  readonly check: (facts: Facts, site: Pick<Site, 'mail' | 'backup'>) => Seen;
}

const pass = (params: MessageParams = {}): Seen => ({ status: 'pass', params });
const skipped: Seen = { status: 'skipped' };

/** Codes of a root that this machine does not know. The edge may know it, so they only warn. */
function judgeCertificate(seen: SeenCertificate | null, host: string): Seen {
  if (seen === null) return skipped;
  const { subject, issuer, notAfter, chainFault, namesHost } = seen;
  const params = { host, subject, issuer, until: notAfter.slice(0, 10), fault: chainFault ?? '' };
  if (chainFault === 'CERT_HAS_EXPIRED') return { status: 'warn', variant: 'expired', params };
  if (chainFault === 'CERT_NOT_YET_VALID') return { status: 'warn', variant: 'not-yet', params };
  if (!namesHost) return { status: 'warn', variant: 'other-name', params };
  if (chainFault === 'DEPTH_ZERO_SELF_SIGNED_CERT') return { status: 'warn', variant: 'self-signed', params };
  return chainFault === null ? pass(params) : { status: 'warn', variant: 'chain', params };
}

/** Mechanisms that send the password readable without TLS. */
const openMechanisms: ReadonlySet<string> = new Set(['PLAIN', 'LOGIN']);

export const smtpRules: readonly ProbeRule<SmtpFacts>[] = [
  {
    id: 'smtp.reachable',
    path: 'mail.host',
    check: ({ greeted, fault, host, port, detail, greeting }) => {
      const params = { host, port, detail, greeting };
      // After the greeting, the following rules report the fault, except for a broken connection.
      if (greeted)
        return fault === null || fault === 'tls' ? pass(params) : { status: 'warn', variant: 'broke-off', params };
      return { status: 'warn', variant: fault ?? 'unreachable', params };
    },
  },
  {
    id: 'smtp.starttls',
    path: 'mail.tls',
    check: ({ tls, greeted, offersStarttls, protocol, fault, detail, host, port }) => {
      const params = { host, port, detail, protocol: protocol ?? '' };
      if (tls === 'tls') {
        if (protocol !== null) return { status: 'pass', variant: 'implicit', params };
        return fault === 'tls' ? { status: 'fail', variant: 'no-tls', params } : skipped;
      }
      if (!greeted || offersStarttls === null) return skipped;
      if (tls === 'none') return offersStarttls ? { status: 'warn', variant: 'offered', params } : skipped;
      if (!offersStarttls) return { status: 'fail', variant: 'not-offered', params };
      if (protocol === null) return fault === 'tls' ? { status: 'fail', variant: 'broken', params } : skipped;
      return pass(params);
    },
  },
  {
    id: 'smtp.certificate',
    path: 'mail.host',
    check: ({ certificate, host }) => judgeCertificate(certificate, host),
  },
  {
    id: 'smtp.auth',
    path: 'mail.username',
    check: ({ auth, authInClear, tls, host }, { mail }) => {
      if (auth === null) return skipped;
      const params = { host, mechanisms: auth.join(', '), username: mail.username ?? '' };
      if (auth.length === 0) {
        return mail.username === undefined ? { status: 'pass', variant: 'open', params } : { status: 'fail', params };
      }
      const inClear = authInClear.filter((one) => openMechanisms.has(one));
      if (inClear.length > 0) {
        const clear = { ...params, mechanisms: inClear.join(', ') };
        // It matters only if the edge would log in without encryption.
        return tls === 'none' && mail.username !== undefined
          ? { status: 'warn', variant: 'clear', params: clear }
          : pass(params);
      }
      return mail.username === undefined ? { status: 'pass', variant: 'unused', params } : pass(params);
    },
  },
];

export const backupRules: readonly ProbeRule<BackupFacts>[] = [
  {
    id: 'storage.reachable',
    path: 'backup.host',
    check: ({ answered, fault, type, host, port, detail }) => {
      const params = { host, port, detail };
      return answered
        ? { status: 'pass', variant: `pass-${type}`, params }
        : { status: 'warn', variant: fault ?? 'unreachable', params };
    },
  },
  {
    id: 'storage.certificate',
    path: 'backup.host',
    check: ({ certificate, host }) => judgeCertificate(certificate, host),
  },
];

const walk = <Facts>(
  rules: readonly ProbeRule<Facts>[],
  facts: Facts | undefined,
  site: Pick<Site, 'mail' | 'backup'>,
): Finding[] =>
  rules.map(({ id, path, check }): Finding => {
    const { status, variant, params = {} } = facts === undefined ? skipped : check(facts, site);
    return { rule: id, status, step: 'mail', path, params, ...(variant === undefined ? {} : { variant }) };
  });

/** One finding per rule; all are skipped without a probe. */
export const probeFindings = (
  site: Pick<Site, 'mail' | 'backup'>,
  { smtp, backup }: ProbeFacts,
): readonly Finding[] => [...walk(smtpRules, smtp, site), ...walk(backupRules, backup, site)];
