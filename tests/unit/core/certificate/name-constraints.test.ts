import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GeneralName, NameConstraints } from '../../../../core/certificate/facts.ts';
import { violatedConstraint } from '../../../../core/certificate/name-constraints.ts';
import { authorityFacts, factsOf } from './facts-fixture.ts';

const dns = (...names: string[]): GeneralName[] => names.map((value) => ({ kind: 'dns', value }));

const violated = (
  names: readonly GeneralName[],
  constraints: Partial<NameConstraints>,
  more = {},
): string | undefined =>
  violatedConstraint([
    factsOf({ names, ...more }),
    authorityFacts({ nameConstraints: { permitted: [], excluded: [], ...constraints } }),
  ])?.name;

describe('name constraints (RFC 5280 section 4.2.1.10)', () => {
  it.each([
    ['www.acme.example', 'acme.example', undefined],
    ['acme.example', 'acme.example', undefined],
    ['ACME.example', 'acme.EXAMPLE', undefined],
    ['acme.example', '.acme.example', 'acme.example'],
    ['www.acme.example', '.acme.example', undefined],
    ['notacme.example', 'acme.example', 'notacme.example'],
    ['acme.example.evil.example', 'acme.example', 'acme.example.evil.example'],
    ['*.acme.example', 'acme.example', undefined],
    ['*.example', 'acme.example', '*.example'],
    ['anything.example', '', undefined],
  ])('%s where %s is permitted: %s', (name, base, expected) => {
    expect(violated(dns(name), { permitted: dns(base) })).toBe(expected);
  });

  it.each([
    ['www.acme.example', 'acme.example', 'www.acme.example'],
    ['www.other.example', 'acme.example', undefined],
    ['*.acme.example', 'www.acme.example', '*.acme.example'],
    ['*.acme.example', 'a.b.acme.example', undefined],
    ['*.acme.example', '.www.acme.example', '*.acme.example'],
  ])('%s where %s is excluded: %s', (name, base, expected) => {
    expect(violated(dns(name), { excluded: dns(base) })).toBe(expected);
  });

  it('compares every name with the constraint', () => {
    expect(violated(dns('a.acme.example', 'b.evil.example'), { permitted: dns('acme.example') })).toBe(
      'b.evil.example',
    );
  });

  it('requires every authority to permit a name', () => {
    const bound = (base: string, subject: string) =>
      authorityFacts({ subject, nameConstraints: { permitted: dns(base), excluded: [] } });
    const path = [
      factsOf({ names: dns('www.acme.example') }),
      bound('acme.example', 'CN=B'),
      bound('other.example', 'CN=A'),
    ];
    expect(violatedConstraint(path)).toEqual({ name: 'www.acme.example', by: 'CN=A' });
  });

  it('ignores names of other kinds', () => {
    expect(violated(dns('www.acme.example'), { permitted: [{ kind: 'ip', value: [10, 0, 0, 0, 255, 0, 0, 0] }] })).toBe(
      undefined,
    );
  });

  it('compares addresses by their mask, and never across versions', () => {
    const permitted: GeneralName[] = [{ kind: 'ip', value: [10, 0, 0, 0, 255, 0, 0, 0] }];
    const sixteen = Array.from({ length: 16 }, () => 10);
    expect(violated([{ kind: 'ip', value: [10, 9, 8, 7] }], { permitted })).toBe(undefined);
    expect(violated([{ kind: 'ip', value: [11, 9, 8, 7] }], { permitted })).toBe('11.9.8.7');
    expect(violated([{ kind: 'ip', value: sixteen }], { permitted })).toBe(sixteen.join('.'));
  });

  it('refuses unsupported constraints', () => {
    const email: GeneralName = { kind: 'other', type: 'rfc822Name' };
    expect(violated([email], { permitted: [email] })).toBe('rfc822Name');
    expect(violated([email], { excluded: [email] })).toBe('rfc822Name');
    expect(violated([], { permitted: [email] }, { subjectEmail: true })).toBe('rfc822Name');
    expect(violated(dns('a.example'), { permitted: [email] })).toBe(undefined);
  });

  it('skips self-issued authorities, but checks a self-issued leaf', () => {
    const top = authorityFacts({ subject: 'CN=A', nameConstraints: { permitted: dns('acme.example'), excluded: [] } });
    const bad = dns('evil.example');
    expect(violatedConstraint([factsOf({ names: [] }), authorityFacts({ selfIssued: true, names: bad }), top])).toBe(
      undefined,
    );
    expect(violatedConstraint([factsOf({ names: bad, selfIssued: true }), top])?.name).toBe('evil.example');
  });

  it('permits a name only below one of the bases', () => {
    const label = fc.stringMatching(/^[a-z]{1,3}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(name, fc.array(name, { minLength: 1, maxLength: 3 }), (host, bases) => {
        const inside = bases.some((base) => host === base || host.endsWith(`.${base}`));
        expect(violated(dns(host), { permitted: dns(...bases) }) === undefined).toBe(inside);
        expect(violated(dns(host), { excluded: dns(...bases) }) !== undefined).toBe(inside);
      }),
      { numRuns: 2000 },
    );
  });
});
