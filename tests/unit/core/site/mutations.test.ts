import { describe, expect, it } from 'vitest';
import { findingInWords } from '../../../../core/base/text.ts';
import { checkSite } from '../../../../core/preflight/check-site.ts';
import { sampleNames, sampleText } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

/** A small generator with a fixed seed: the same mutations in every run (LCG of Numerical Recipes). */
const generator = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};
type Random = ReturnType<typeof generator>;

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};

const values = [
  'null',
  '""',
  '[]',
  '{}',
  '-1',
  '1e999',
  '.nan',
  '0x7fffffff',
  'true',
  '"\\0"',
  '&a x',
  '*a',
  '!!js/function x',
  '{ __proto__: 1 }',
  '9'.repeat(400),
  "'",
  '"',
  '[',
  '{',
  '|',
  '>',
  '- - -',
  '? a',
  '@x',
  '`x',
  '%x',
  '::',
  '2026-01-01',
  '010.0.0.1',
  'fe80::1',
  '10.20.0.0/24',
  '224.0.0.0/4',
  '\t',
];
const lines = [
  'apiVersion: edge-site/v1',
  '---',
  '...',
  '%YAML 1.1',
  '<<: *a',
  '__proto__: x',
  '\tx: 1',
  '  - x',
  '? [a]',
  '# comment',
  'x: &a [*a, *a]',
  ': x',
  '"x',
  '\u0000',
  '\uFFFD',
  '\u2028',
];

/** One mutation of a text: lines cut, doubled, moved, inserted, re-indented; values replaced; characters damaged. */
const mutations: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.slice(0, random(text.length)),
  (text, random) => text.slice(random(text.length)),
  ...[
    (rows: string[], at: number) => rows.splice(at, 1),
    (rows: string[], at: number) => rows.splice(at, 0, rows[at] ?? ''),
    (rows: string[], at: number, random: Random) => rows.splice(at, 0, pick(random, lines)),
    (rows: string[], at: number) => rows.splice(at, 1, ` ${rows[at] ?? ''}`),
    (rows: string[], at: number) => rows.splice(at, 1, (rows[at] ?? '').trimStart()),
    (rows: string[], at: number) => rows.splice(at, 1, `\t${rows[at] ?? ''}`),
    (rows: string[], at: number, random: Random) => rows.splice(random(rows.length), 0, ...rows.splice(at, 3)),
    (rows: string[], at: number, random: Random) =>
      rows.splice(at, 1, (rows[at] ?? '').replace(/: .*/, `: ${pick(random, values)}`)),
    (rows: string[], at: number, random: Random) =>
      rows.splice(at, 1, (rows[at] ?? '').replace(/: .*/, `: ${pick(random, values)}`)),
    (rows: string[], at: number) => rows.splice(at, 1, (rows[at] ?? '').replace(/[a-z](?=[a-zA-Z]*:)/, '')),
  ].map((edit) => (text: string, random: Random): string => {
    const rows = text.split('\n');
    edit(rows, random(rows.length), random);
    return rows.join('\n');
  }),
  (text, random) => {
    const at = random(text.length);
    return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
  },
  (text) => text.replace(/\n/g, '\r\n'),
  (text) => `\uFEFF${text}`,
  (text, random) => text + text.slice(0, random(text.length)),
];

const bombs: readonly (readonly [string, string])[] = [
  [
    'aliases',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi', (name, index) => `${name}: &${name} [${`*${'abcdefgh'[index] ?? ''},`.repeat(9)}]`).join('\n')}\n`,
  ],
  ['brackets', '[{'.repeat(100_000)],
  ['braces with keys', '{a: '.repeat(60_000)],
  ['questions', '? '.repeat(100_000)],
  ['dashes on lines', Array.from({ length: 600 }, (_, level) => `${' '.repeat(level)}-\n`).join('')],
  ['many keys', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')],
  ['one key many times', 'a: 1\n'.repeat(50_000)],
  ['many errors', ': :\n'.repeat(60_000)],
  ['quotes', '"'.repeat(250_000)],
  ['a long line', `a: ${'x'.repeat(250_000)}`],
  ['colons', 'a:'.repeat(120_000)],
  ['100 MB', 'x'.repeat(100_000_000)],
];

/** Time of the processor since `start`: a busy machine does not fail a test. Milliseconds. */
const cpuMs = (start: NodeJS.CpuUsage): number => process.cpuUsage(start).user / 1000;

describe('500 mutations of the sample site files', () => {
  it('always give findings with line and column, in words, and never an exception', () => {
    const random = generator(20_261_120);
    let refused = 0;
    for (let count = 0; count < 500; count += 1) {
      let text = sampleText(pick(random, sampleNames));
      for (let times = 1 + random(3); times > 0; times -= 1) text = pick(random, mutations)(text, random);
      const started = process.cpuUsage();
      const { site, plan, findings } = checkSite(text);
      expect(cpuMs(started)).toBeLessThan(1000);
      const blocking = findings.filter(({ status }) => status === 'fail');
      if (site === undefined || plan === undefined) {
        refused += 1;
        expect(blocking.length, text).toBeGreaterThan(0);
      }
      for (const finding of blocking) {
        expect(finding.line, JSON.stringify(finding)).toBeGreaterThan(0);
        expect(finding.column).toBeGreaterThan(0);
        const { message, remedy } = findingInWords(english, finding);
        expect(`${message} ${remedy}`, JSON.stringify(finding)).not.toMatch(/rules\.|common\.|undefined/);
        expect(remedy, JSON.stringify(finding)).not.toBe('');
      }
    }
    expect(refused).toBeGreaterThan(300);
  }, 120_000);

  it.each(bombs)('refuses a bomb of %s in time', (_, text) => {
    const started = process.cpuUsage();
    const { site, findings } = checkSite(text);
    expect(cpuMs(started)).toBeLessThan(5000);
    expect(site).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: expect.stringMatching(/^site\./), status: 'fail' });
    expect(findings[0]?.line).toBeGreaterThan(0);
  });
});
