import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { clockFault, writtenOn } from '../../../../core/certificate/clock.ts';
import { type ProfileFault, profileFaults } from '../../../../core/certificate/facts.ts';
import { type CertificateEvidence, keyFileFaults } from '../../../../core/certificate/evidence.ts';
import { certificateFindings, certificateRules, isAccepted } from '../../../../core/certificate/rules.ts';
import certificate from '../../../../core/locales/en/certificate.json' with { type: 'json' };
import { authorityFacts, factsOf } from './facts-fixture.ts';

const root = authorityFacts({ fingerprint: 'SHA256:02', subject: 'CN=Root', issuer: 'CN=Root', selfIssued: true });
const good: CertificateEvidence = {
  fqdn: 'edge.acme.example',
  visibility: 'internet',
  format: 'pem',
  path: [factsOf(), authorityFacts(), root],
  outcome: { kind: 'complete', trust: 'public' },
  inOrder: true,
  unrelated: [],
  detours: [],
  misleading: false,
  openKey: false,
  key: { source: 'given', match: 'match' },
  now: '2026-12-01T00:00:00.000Z',
  earliest: writtenOn,
};

const findings = (changes: Partial<CertificateEvidence>) => certificateFindings({ ...good, ...changes });
const seen = (changes: Partial<CertificateEvidence>): string[] =>
  findings(changes)
    .filter(({ status }) => status !== 'pass')
    .map(({ rule, status, variant }) => [rule.replace('certificate.', ''), status, variant].filter(Boolean).join(' '));
const at = (now: string): string[] => seen({ now });

describe('rules of certificates', () => {
  it('give one finding each, and pass on a good certificate', () => {
    expect(findings({}).map(({ rule }) => rule)).toEqual(certificateRules.map(({ id }) => id));
    expect(seen({})).toEqual([]);
    expect(isAccepted(findings({}))).toBe(true);
  });

  it('each have a title and a passing sentence', () => {
    const words = certificate as unknown as Record<string, Record<string, unknown>>;
    for (const { id } of certificateRules) {
      const own = words[id.replace('certificate.', '')];
      expect(own?.title, id).toEqual(expect.any(String));
      expect(own?.pass, id).toEqual(expect.any(String));
    }
  });

  it('have a sentence, and a verdict in docs/certificates.md, for each fault of the form', async () => {
    const page = await readFile(new URL('../../../../docs/certificates.md', import.meta.url), 'utf8');
    const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const [fault, verdict] of Object.entries(profileFaults)) {
      expect((certificate.form as Readonly<Record<string, string>>)[fault], fault).toEqual(expect.any(String));
      const verdicts = rows.filter(([, kind = '']) => kind.includes(`\`${fault}\``)).map(([, , , said]) => said);
      expect(new Set(verdicts), fault).toEqual(new Set([verdict]));
    }
  });

  it('name the identifier that does not fit, of an issuer and of the root itself', () => {
    const other = { authorityIdentifier: { keyIdentifier: 'aa' } };
    const issuer = authorityFacts({ subjectIdentifier: 'bb' });
    const top = { ...root, subjectIdentifier: 'cc' };
    expect(seen({ path: [factsOf(other), issuer, top] })).toEqual(['identifiers fail issuer']);
    expect(seen({ path: [factsOf(), issuer, { ...top, ...other }] })).toEqual(['identifiers fail root']);
    const [serial, names] = [{ serial: 'ff' }, { issuerNames: ['2.5.4.3=x'] }];
    expect(seen({ path: [factsOf({ authorityIdentifier: serial }), issuer, top] })).toEqual([
      'identifiers fail issuer',
    ]);
    expect(seen({ path: [factsOf({ authorityIdentifier: names }), issuer, top] })).toEqual(['identifiers fail issuer']);
    // Without a subject key identifier there is nothing to compare.
    expect(seen({ path: [factsOf(other), authorityFacts(), root] })).toEqual([]);
  });

  it('refuse a leaf that may sign certificates, and too many name comparisons', () => {
    expect(seen({ path: [factsOf({ keyUsage: [0, 5] }), authorityFacts(), root] })).toEqual([
      'usage fail certificates',
    ]);
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ kind: 'dns' as const, value: `n${index}.acme.example` }));
    const [wanted, bound] = [factsOf().names, { permitted: [], excluded: many(300) }];
    const path = (count: number): CertificateEvidence['path'] => [
      factsOf({ names: [...wanted, ...many(count)] }),
      authorityFacts({ nameConstraints: bound }),
      root,
    ];
    expect(seen({ path: path(110) })).toContain('constraints fail many');
    expect(seen({ path: path(90) })).toContain('constraints fail');
  });

  it('tell the content of a file that is not the key', () => {
    for (const match of keyFileFaults) {
      expect(seen({ key: { source: 'given', match, file: 'a.key' } })).toEqual([`key fail ${match}-given`]);
      expect((certificate.key as Readonly<Record<string, string>>)[`remedy-${match}-given`], match).toEqual(
        expect.any(String),
      );
    }
    expect(seen({ key: { source: 'stored', match: 'request' } })).toEqual(['key fail unreadable-stored']);
  });

  it('check dates by the clock if it is plausible', () => {
    expect(at('2027-04-30T00:00:00.000Z')).toEqual(['validity warn soon']);
    expect(at('2027-05-01T00:00:00.000Z')).toEqual(['validity warn soon']);
    expect(at('2027-05-01T00:00:00.001Z')).toEqual(['validity fail expired']);
    expect(seen({ path: [factsOf({ notBefore: '2026-12-01T00:00:00.001Z' }), authorityFacts(), root] })).toEqual([
      'validity fail not-yet',
    ]);
  });

  it('reject a clock that is wrong by years', () => {
    expect(at('2016-12-01T00:00:00.000Z')).toEqual(['clock warn early', 'validity pending clock']);
    expect(at('2036-12-01T00:00:00.000Z')).toEqual(['clock warn late', 'validity pending clock']);
    expect(at('never')).toEqual(['clock warn early', 'validity pending clock']);
    // The time of the evidence is certain: a certificate that ended before it has ended.
    expect(seen({ now: '2016-12-01T00:00:00.000Z', earliest: '2028-01-01T00:00:00.000Z' })).toEqual([
      'clock warn early',
      'validity fail expired',
    ]);
  });

  it.each([
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', undefined],
    ['2026-10-31T23:59:59Z', '2026-11-01T00:00:00Z', 'early'],
    ['2036-10-01T00:00:00Z', '2026-11-01T00:00:00Z', undefined],
    ['2036-11-01T00:00:00Z', '2026-11-01T00:00:00Z', 'late'],
    ['', '2026-11-01T00:00:00Z', 'early'],
  ] as const)('clock %s with evidence of %s: %s', (now, earliest, expected) => {
    expect(clockFault(now, earliest)).toBe(expected);
  });

  it('check the form of roots, except the identifier of a recognised root', () => {
    const odd = (...faults: ProfileFault[]): CertificateEvidence['path'] => [
      factsOf(),
      authorityFacts(),
      { ...root, faults },
    ];
    expect(seen({ path: odd('usage-missing') })).toEqual(['form fail usage-missing']);
    const path = odd('subject-identifier-missing');
    expect(seen({ path })).toEqual(['form warn subject-identifier-missing']);
    expect(seen({ path, outcome: { kind: 'complete', trust: 'given' } })).toEqual([
      'recognised warn',
      'form fail subject-identifier-missing',
    ]);
  });

  it('tell why a key was not compared', () => {
    expect(seen({ key: { source: 'stored', match: 'absent' } })).toEqual(['key skipped']);
    expect(seen({ key: { source: 'stored', match: 'absent', fault: 'secrets.keychain-locked' } })).toEqual([
      'key skipped no-store',
    ]);
    expect(isAccepted(findings({ key: { source: 'stored', match: 'absent' } }))).toBe(true);
    expect(seen({ key: { source: 'stored', match: 'mismatch' } })).toEqual(['key fail mismatch-stored']);
  });

  it('fail if the library refuses the path', () => {
    expect(seen({ outcome: { kind: 'complete', trust: 'public', refusal: 'because' } })).toEqual(['path fail refused']);
  });

  it('only warn of an extra certificate, unless a client could follow it', () => {
    expect(seen({ unrelated: ['CN=x'], detours: ['CN=y'] })).toEqual(['extra warn', 'extra warn detour']);
    expect(seen({ detours: ['CN=y'], misleading: true })).toEqual(['extra fail misleading']);
  });
});
