import { describe, expect, it } from 'vitest';
import { coverage, covers, coversBelow, spellingFault } from '../../../../core/certificate/names.ts';
import type { GeneralName } from '../../../../core/certificate/facts.ts';

const dns = (...names: string[]): GeneralName[] => names.map((value) => ({ kind: 'dns', value }));

describe('names of a certificate (RFC 6125, RFC 9525)', () => {
  it.each([
    ['edge.acme.example', 'edge.acme.example', true],
    ['edge.acme.example', 'www.edge.acme.example', false],
    ['*.acme.example', 'edge.acme.example', true],
    ['*.acme.example', 'acme.example', false],
    ['*.acme.example', 'a.b.acme.example', false],
    ['*.acme.example', '.acme.example', false],
    ['*.com', 'edge.com', false],
    ['*.co.uk', 'edge.co.uk', false],
    ['*.github.io', 'edge.github.io', false],
    ['*', 'edge', false],
    ['*.*.acme.example', 'a.b.acme.example', false],
    ['e*.acme.example', 'edge.acme.example', false],
    ['*e.acme.example', 'edge.acme.example', false],
    ['edge.*.example', 'edge.acme.example', false],
    ['xn--*.acme.example', 'xn--edge.acme.example', false],
    ['edge.acme.example.', 'edge.acme.example.', false],
    ['edge.acme.example\0.evil.example', 'edge.acme.example', false],
  ])('%s for %s: %s', (name, host, expected) => {
    expect(covers(name, host)).toBe(expected);
  });

  it('needs the wildcard of the edge for the names below it', () => {
    expect(coversBelow('*.edge.acme.example', 'edge.acme.example')).toBe(true);
    expect(coversBelow('*.acme.example', 'edge.acme.example')).toBe(false);
    expect(coversBelow('www.edge.acme.example', 'edge.acme.example')).toBe(false);
  });

  it('counts DNS names only, in any case', () => {
    const names: GeneralName[] = [
      ...dns('EDGE.acme.example', '*.Edge.ACME.example'),
      { kind: 'ip', value: [192, 0, 2, 1] },
    ];
    expect(coverage(names, 'edge.acme.EXAMPLE')).toEqual({ apex: true, wildcard: true, others: [] });
    expect(coverage([{ kind: 'other', type: 'otherName' }], 'edge.acme.example')).toEqual({
      apex: false,
      wildcard: false,
      others: [],
    });
  });

  it('lists covered names outside the edge', () => {
    const names = dns('edge.acme.example', '*.edge.acme.example', '*.acme.example', 'mail.acme.example');
    expect(coverage(names, 'edge.acme.example').others).toEqual(['*.acme.example', 'mail.acme.example']);
  });

  it.each([
    ['edge.acme.example', undefined],
    ['*.Edge.acme.example', undefined],
    ['xn--mller-kva.example', undefined],
    ['_sip.acme.example', 'loose'],
    ['-a.acme.example', 'loose'],
    ['192.0.2.1', 'loose'],
    ['.acme.example', 'malformed'],
    ['acme.example.', 'malformed'],
    ['a..acme.example', 'malformed'],
    ['w*.acme.example', 'malformed'],
    ['a.*.acme.example', 'malformed'],
    ['*.*.acme.example', 'malformed'],
    ['*', 'malformed'],
    ['', 'malformed'],
    ['a b.example', 'malformed'],
    ['a\0.example', 'malformed'],
    ['m\u00fcller.example', 'malformed'],
    [`${'a'.repeat(64)}.example`, 'malformed'],
    [`${'a.'.repeat(127)}example`, 'malformed'],
  ])('%s is spelt: %s', (name, expected) => {
    expect(spellingFault(name)).toBe(expected);
  });
});
