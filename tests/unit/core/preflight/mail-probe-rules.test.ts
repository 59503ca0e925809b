import { describe, expect, it } from 'vitest';
import { probeFindings } from '../../../../core/preflight/mail-probe-rules.ts';
import {
  type BackupFacts,
  probeFaults,
  type SeenCertificate,
  type SmtpFacts,
} from '../../../../core/preflight/probe-facts.ts';
import { findingInWords } from '../../../../core/base/text.ts';
import { plainSite } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const certificate: SeenCertificate = {
  subject: 'smtp.acme.example',
  issuer: 'Some CA',
  notAfter: '2027-01-31T00:00:00.000Z',
  chainFault: null,
  namesHost: true,
};

const good: SmtpFacts = {
  host: 'smtp.acme.example',
  port: 587,
  tls: 'starttls',
  greeted: true,
  fault: null,
  greeting: '220 smtp.acme.example',
  detail: '',
  offersStarttls: true,
  protocol: 'TLSv1.3',
  certificate,
  auth: ['PLAIN'],
  authInClear: [],
};

const storage: BackupFacts = {
  type: 's3',
  host: 's3.example',
  port: 443,
  answered: true,
  fault: null,
  detail: 'TLSv1.3',
  certificate,
};

const site = (username?: string) =>
  plainSite({
    mail: {
      mode: 'corporate',
      host: 'smtp.acme.example',
      from: 'a@b.example',
      ...(username === undefined ? {} : { username }),
    },
  });

/** Rule, status and variant of what does not pass; every sentence is checked for gaps on the way. */
function judged(smtp: Partial<SmtpFacts>, backup: Partial<BackupFacts> = {}, username?: string): string[] {
  return probeFindings(site(username), { smtp: { ...good, ...smtp }, backup: { ...storage, ...backup } }).flatMap(
    (finding) => {
      const words = findingInWords(english, finding);
      if (finding.status !== 'skipped') {
        expect(words.message, finding.rule).not.toMatch(
          /[{}]|: (good|to be read|broken|not checked yet|could not be checked)$|^(smtp|storage)\.(reachable|starttls|certificate|auth)/,
        );
      }
      if (finding.status === 'warn' || finding.status === 'fail') expect(words.remedy, finding.rule).toMatch(/\S/);
      return finding.status === 'pass' ? [] : [`${finding.rule} ${finding.status} ${finding.variant ?? ''}`.trim()];
    },
  );
}

describe('the probe results of relay and backup host', () => {
  it('pass if everything is as in the site file', () => {
    expect(judged({}, {}, 'rainbow')).toEqual([]);
  });

  it('are skipped without a probe', () => {
    const findings = probeFindings(site(), {});
    expect(findings.length).toBeGreaterThanOrEqual(6);
    expect(findings.every(({ status }) => status === 'skipped')).toBe(true);
  });

  it.each(probeFaults)('warn and do not block without an answer (%s)', (fault) => {
    const silent = {
      greeted: false,
      fault,
      greeting: '',
      offersStarttls: null,
      protocol: null,
      certificate: null,
      auth: null,
    };
    const seen = judged(silent, { answered: false, fault, certificate: null });
    expect(seen).toContain(`smtp.reachable warn ${fault}`);
    expect(seen).toContain(`storage.reachable warn ${fault}`);
    expect(seen.filter((one) => one.includes(' fail'))).toEqual([]);
  });

  it('fail if the relay refuses', () => {
    expect(judged({ offersStarttls: false, protocol: null, certificate: null, auth: null })).toContain(
      'smtp.starttls fail not-offered',
    );
    expect(
      judged({ tls: 'tls', greeted: false, fault: 'tls', protocol: null, certificate: null, auth: null }),
    ).toContain('smtp.starttls fail no-tls');
    expect(judged({ fault: 'tls', protocol: null, certificate: null, auth: null })).toContain(
      'smtp.starttls fail broken',
    );
    expect(judged({ auth: [] }, {}, 'rainbow')).toEqual(['smtp.auth fail']);
  });

  it('warn of an unencrypted password only if it would be sent', () => {
    const clear: Partial<SmtpFacts> = {
      tls: 'none',
      protocol: null,
      certificate: null,
      offersStarttls: false,
      authInClear: ['LOGIN'],
    };
    expect(judged(clear, {}, 'rainbow')).toContain('smtp.auth warn clear');
    expect(judged(clear)).not.toContain('smtp.auth warn clear');
    expect(judged({ authInClear: ['PLAIN'] }, {}, 'rainbow')).toEqual([]);
  });

  it.each([
    ['expired', { chainFault: 'CERT_HAS_EXPIRED' }],
    ['not-yet', { chainFault: 'CERT_NOT_YET_VALID' }],
    ['other-name', { namesHost: false }],
    ['other-name', { namesHost: false, chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['self-signed', { chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['chain', { chainFault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
    ['chain', { chainFault: 'SELF_SIGNED_CERT_IN_CHAIN' }],
  ] as const)('warns of a certificate (%s)', (variant, fault) => {
    const bad = { certificate: { ...certificate, ...fault } };
    expect(judged(bad, bad)).toEqual([`smtp.certificate warn ${variant}`, `storage.certificate warn ${variant}`]);
  });

  it('have words for the kinds of backup and for a broken connection', () => {
    for (const type of ['sftp', 'nfs', 's3'] as const) expect(judged({}, { type })).toEqual([]);
    expect(judged({ fault: 'closed', protocol: null, certificate: null, auth: null })).toContain(
      'smtp.reachable warn broke-off',
    );
  });
});
