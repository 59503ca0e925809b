import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeSite } from '../../../../core/site/edit.ts';
import { exampleSite } from '../../../../core/site/example.ts';
import { readDraft, readSite, type SiteDraft } from '../../../../core/site/read.ts';
import { sampleNames, sampleText } from '../../../fixtures/sample-sites.ts';

const draftOf = (text: string): SiteDraft => readDraft(text).draft;

describe('writeSite', () => {
  it.each(sampleNames)('leaves the text of %s alone when nothing changed', (name) => {
    const text = sampleText(name);
    expect(writeSite(draftOf(text), text)).toBe(text);
  });

  it('changes one value and nothing else', () => {
    const draft = draftOf(exampleSite);
    const text = writeSite({ ...draft, domain: { ...draft.domain, fqdn: 'edge.new.example' } }, exampleSite);
    const before = exampleSite.split('\n');
    const after = text.split('\n');
    expect(after).toHaveLength(before.length);
    expect(after.filter((line, index) => line !== before[index])).toEqual(['  fqdn: edge.new.example']);
  });

  const spliced: readonly (readonly [string, string, SiteDraft, string])[] = [
    ['odd spaces', "site :   {name:   'a' ,customer: b}  # c\n", { site: { name: 'n', customer: 'b' } }, "'n'"],
    ['a list in brackets', 'site: {name: [ a,b ]}\n', { site: { name: ['a', 'c, d'] } } as never, 'a,"c, d"'],
    ['a text that looks like a number', 'site:\n    name: a   # x\n', { site: { name: '010' } }, 'name: "010"   # x'],
    [
      'CRLF and a byte order mark',
      '\ufeffsite:\r\n  name: a\r\n',
      { site: { name: 'b' } },
      '\ufeffsite:\r\n  name: b\r\n',
    ],
    [
      'a number',
      'sizing: { registeredUsers: 1e3 } # y\n',
      { sizing: { registeredUsers: 7 } },
      '{ registeredUsers: 7 } # y',
    ],
    ['double quotes', 'site:\n- not: "x"\n', { site: [{ not: 'y"' }] } as never, '- not: "y\\""\n'],
    ['a comma where it needs no quotes', 'site:\n  name: a\n', { site: { name: 'a, b' } }, 'name: a, b\n'],
    ['a closed document', '---\nsite: {name: a}\n...\n', { site: { name: 'b' } }, '---\nsite: {name: b}\n...\n'],
  ];
  it.each(spliced)('keeps every other byte of a text with %s', (_name, text, draft, part) => {
    const written = writeSite(draft, text);
    expect(written).toContain(part);
    expect(draftOf(written)).toEqual(draft);
    // What stands before and after the value is the same.
    const [before = '', after = ''] = text.split(/'a'|b \]|a(?=[\s}])|1e3|"x"/);
    expect([written.slice(0, before.length), written.slice(-after.length)]).toEqual([before, after]);
  });

  it('keeps the comment of a changed value, and inserts a new field in the contract’s order', () => {
    const draft = draftOf(exampleSite);
    const text = writeSite(
      {
        ...draft,
        footprint: { ...draft.footprint, option: 'large', overrides: { logs: { disks: [2048] } } },
        sizing: { ...draft.sizing, redundancy: 'application' },
      },
      exampleSite,
    );
    expect(text).toContain('  option: large # auto | small | large\n');
    expect(text).toMatch(/mobileApps: location-api.*\n\s+redundancy: application\n/);
    expect(readSite(text).site?.footprint.overrides.logs?.disks).toEqual([2048]);
    expect(text).toContain('# It never holds a secret');
  });

  it('keeps the comments of list items if another item is removed', () => {
    const text =
      'datacentres:\n  # first\n  - name: a # one\n    platform: kvm\n  # second\n  - name: b # two\n    platform: kvm\n';
    const kept = writeSite({ datacentres: [{ name: 'b', platform: 'kvm' }] }, text);
    expect(kept).toContain('name: b # two');
    expect(kept).toContain('# second');
    expect(kept).not.toContain('name: a');
  });

  it('keeps CRLF', () => {
    const draft = draftOf(exampleSite);
    const text = writeSite({ ...draft, media: 'D:\\media' }, exampleSite.replace(/\n/g, '\r\n'));
    expect(text.match(/(?<!\r)\n/)).toBeNull();
    expect(draftOf(text).media).toBe('D:\\media');
  });

  it('replaces an unreadable text, in the order of the contract', () => {
    const text = writeSite(
      { backup: { type: 'nfs' }, apiVersion: 'edge-site/v1', site: { customer: 'C', name: 'n' } },
      'a: *b',
    );
    expect(text).toBe('apiVersion: edge-site/v1\nsite:\n  name: n\n  customer: C\nbackup:\n  type: nfs\n');
  });

  const leaf = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom(
      'yes',
      'null',
      '010',
      '1e3',
      '- x',
      '# x',
      ': ',
      "'",
      '"',
      '*a',
      '&a',
      '!x',
      '%x',
      '---',
      '~',
      '<<',
      '2026-01-01',
      '',
      ' x ',
      'a\nb',
      'a\n\nb\n',
      '\u00e9\u{1F600}',
    ),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.boolean(),
  );
  const key = fc.oneof(
    fc.constantFrom('name', 'site', 'lan', 'wan', 'cidr'),
    fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,10}$/),
  );
  const plain = (text: unknown): boolean =>
    // oxlint-disable-next-line no-control-regex
    !/[\u0000-\u0008\u000b-\u001f\u007f\ufffd\ufeff]/.test(
      JSON.parse(`"${JSON.stringify(text).slice(1, -1).replace(/\\?"/g, '')}"`) as string,
    );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf.filter((value) => typeof value !== 'string' || plain(value)),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  const draft = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<SiteDraft>;

  it('loses no value of a draft, in a new text or over another', () => {
    fc.assert(
      fc.property(draft, draft, (one, other) => {
        const fresh = writeSite(one);
        expect(draftOf(fresh)).toEqual(one);
        expect(draftOf(writeSite(other, fresh))).toEqual(other);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('loses nothing when sections of a sample are replaced one by one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sampleNames),
        fc.constantFrom(...sampleNames),
        fc.constantFrom('site', 'sizing', 'network', 'datacentres', 'mail'),
        (from, to, section) => {
          const text = sampleText(from);
          const next = { ...draftOf(text), [section]: draftOf(sampleText(to))[section as 'site'] };
          expect(draftOf(writeSite(next, text))).toEqual(next);
        },
      ),
    );
  });
});
