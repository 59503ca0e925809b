import { describe, expect, it } from 'vitest';
import { findingInWords } from '../../../../core/base/text.ts';
import { exampleSite } from '../../../../core/site/example.ts';
import { readDraft, readSite } from '../../../../core/site/read.ts';
import { sampleNames, sampleText } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

const sample = sampleText('small-demo');
const change = (from: string | RegExp, to: string): string => {
  const text = sample.replace(from, to);
  if (text === sample) throw new Error(`nothing to change: ${String(from)}`);
  return text;
};
const first = (text: string) => {
  const [finding] = readSite(text).findings;
  if (finding === undefined) return undefined;
  const { rule, variant, path, line, column } = finding;
  return { rule, variant, path, line, column };
};

describe('readSite', () => {
  it.each(sampleNames)('reads the sample %s', (name) => {
    expect(readSite(sampleText(name)).findings).toEqual([]);
  });

  it('reads the example, fills in the defaults, and takes BOM and CRLF', () => {
    const plain = readSite(exampleSite);
    expect(plain.findings).toEqual([]);
    expect(plain.site?.network.wireguard.port).toBe(51_820);
    expect(plain.site?.handover.recipients).toEqual([]);
    expect(readSite(`\uFEFF${exampleSite.replace(/\n/g, '\r\n')}`)).toEqual(plain);
  });

  it.each([
    ['empty', '', { variant: 'empty', line: 1, column: 1 }],
    ['only a comment', '# nothing\n', { variant: 'empty', line: 1, column: 1 }],
    ['a list', '- a\n', { variant: 'not-a-map', line: 1, column: 1 }],
    ['a text', 'hello\n', { variant: 'not-a-map', line: 1, column: 1 }],
    ['a tab', change('  name: demo', '\tname: demo'), { variant: 'tab', line: 5, column: 1 }],
    ['an anchor', change('name: demo', 'name: &x demo'), { variant: 'anchor', line: 5 }],
    ['an alias', change('name: demo', 'name: *x'), { variant: 'alias', line: 5, column: 9 }],
    ['a tag', change('name: demo', 'name: !!binary demo'), { variant: 'tag', line: 5 }],
    ['a merge key', change('  name: demo', '  <<: { a: 1 }\n  name: demo'), { variant: 'merge', line: 5, column: 3 }],
    ['a directive', `%YAML 1.1\n---\n${sample}`, { variant: 'directive', line: 1, column: 1 }],
    ['two documents', `${sample}---\na: 1\n`, { variant: 'several-documents' }],
    ['a duplicate', change('  customer', '  name: two\n  customer'), { variant: 'duplicate-key', line: 6, column: 3 }],
    [
      '__proto__',
      change('  customer', '  __proto__: { a: 1 }\n  customer'),
      { variant: 'forbidden-key', line: 6, column: 3 },
    ],
    [
      'constructor',
      change('  customer', '  constructor: x\n  customer'),
      { variant: 'forbidden-key', line: 6, column: 3 },
    ],
    ['a number as name', change('  customer', '  1: x\n  customer'), { variant: 'key', line: 6, column: 3 }],
    ['a list as name', change('  customer', '  ? [a]\n  : x\n  customer'), { variant: 'key', line: 6 }],
    ['NUL', change('name: demo', 'name: de\u0000mo'), { variant: 'binary', line: 5, column: 11 }],
    ['escaped NUL', change('name: demo', 'name: "de\\0mo"'), { variant: 'control-escape', line: 5, column: 9 }],
    ['wrong UTF-8', change('demo', 'de\uFFFDmo'), { variant: 'not-utf8' }],
    ['an open quote', change('name: demo', 'name: "demo'), { variant: 'missing-character' }],
    ['an open bracket', change('dnsForwarders: [10.1.0.53]', 'dnsForwarders: [10.1.0.53'), {}],
    ['bad indentation', change('  customer', '   customer'), {}],
    ['deep brackets', `a: ${'['.repeat(200_000)}`, { variant: 'too-deep', line: 1 }],
    ['deep dashes', '- '.repeat(100_000), { variant: 'too-deep', line: 1 }],
    [
      'deep maps',
      Array.from({ length: 60 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
      { variant: 'too-deep' },
    ],
    ['2 MB', `# ${'x'.repeat(2_000_000)}\n${sample}`, { variant: 'too-large', line: 1, column: 1 }],
  ])('refuses %s', (_, text, place) => {
    const { site, findings } = readSite(text);
    expect(site).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: 'site.yaml', status: 'fail', ...place });
    expect(findings.length).toBeLessThanOrEqual(100);
  });

  it('finds all faults of the text at once', () => {
    const text = change('name: demo', 'name: &a demo').replace(
      'customer: Demo Customer',
      'customer: *a\n  customer: !x 1',
    );
    expect(readSite(text).findings.map(({ variant }) => variant)).toEqual(['anchor', 'alias', 'duplicate-key', 'tag']);
  });

  it.each([
    ['missing field', change(/  fqdn: .*\n/, ''), { rule: 'site.schema.missing', path: 'domain.fqdn', line: 34 }],
    [
      'missing section',
      change(/\nmail:[\s\S]*?\nbackup/, '\nbackup'),
      { rule: 'site.schema.missing', path: 'mail', line: 1, column: 1 },
    ],
    [
      'empty field',
      change(/fqdn: .*/, 'fqdn:'),
      { rule: 'site.schema.missing', variant: 'empty', path: 'domain.fqdn' },
    ],
    [
      'typo',
      change('registeredUsers', 'registerdUsers'),
      { rule: 'site.schema.unknown-key', variant: 'did-you-mean', path: 'sizing.registerdUsers', line: 11, column: 3 },
    ],
    [
      'unknown field',
      change('  fqdn', '  colour: red\n  fqdn'),
      { rule: 'site.schema.unknown-key', path: 'domain.colour', line: 35, column: 3 },
    ],
    [
      'secret',
      change('  host: smtp', '  password: x\n  host: smtp'),
      { rule: 'site.schema.unknown-key', variant: 'secret', path: 'mail.password' },
    ],
    [
      'unknown override',
      change('  option: auto', '  option: auto\n  overrides: { log: { vcpu: 8 } }'),
      {
        rule: 'site.schema.unknown-key',
        variant: 'did-you-mean',
        path: 'footprint.overrides.log',
        line: 19,
        column: 16,
      },
    ],
    [
      'wrong type',
      change('registeredUsers: 4000', 'registeredUsers: many'),
      { rule: 'site.schema.type', variant: 'number', path: 'sizing.registeredUsers', line: 11, column: 20 },
    ],
    [
      'fraction',
      change('registeredUsers: 4000', 'registeredUsers: 1.5'),
      { rule: 'site.schema.type', variant: 'whole-number' },
    ],
    ['infinite', change('registeredUsers: 4000', 'registeredUsers: .inf'), { rule: 'site.schema.type' }],
    [
      'list for text',
      change('customer: Demo Customer', 'customer: [a]'),
      { rule: 'site.schema.type', variant: 'text', path: 'site.customer' },
    ],
    [
      'text for list',
      change('ntp: [ntp1.demo.example]', 'ntp: ntp1'),
      { rule: 'site.schema.type', variant: 'list', path: 'network.ntp' },
    ],
    [
      'text for map',
      change(/\nsite:[\s\S]*?\nsizing/, '\nsite: x\nsizing'),
      { rule: 'site.schema.type', variant: 'map', path: 'site' },
    ],
    [
      'scale',
      change('  option: auto', '  scale: much'),
      { rule: 'site.schema.type', variant: 'scale', path: 'footprint.scale' },
    ],
    [
      'scale of zero',
      change('  option: auto', '  scale: 0'),
      { rule: 'site.schema.range', variant: 'number-least', path: 'footprint.scale' },
    ],
    [
      'pin of a number',
      change('  dnsForwarders', '  addresses: { edge-gw-1: 3 }\n  dnsForwarders'),
      { rule: 'site.schema.type', variant: 'address', path: 'network.addresses.edge-gw-1' },
    ],
    [
      'pin with a typo',
      change('  dnsForwarders', '  addresses: { edge-gw-1: { lam: 10.20.0.3 } }\n  dnsForwarders'),
      { rule: 'site.schema.unknown-key', variant: 'did-you-mean', path: 'network.addresses.edge-gw-1.lam' },
    ],
    [
      'wrong value',
      change('visibility: internet', 'visibility: intrenet'),
      { rule: 'site.schema.value', variant: 'did-you-mean', path: 'sizing.visibility' },
    ],
    [
      'other value',
      change('platform: vsphere', 'platform: hyper-v'),
      { rule: 'site.schema.value', path: 'datacentres.0.platform', line: 21, column: 15 },
    ],
    [
      'other version',
      change('edge-site/v1', 'edge-site/v2'),
      { rule: 'site.schema.value', path: 'apiVersion', line: 3 },
    ],
    [
      'name',
      change('name: demo', 'name: Demo_1'),
      { rule: 'site.schema.format', variant: 'dns-label', path: 'site.name' },
    ],
    [
      'URL',
      change('https://127.0.0.1:8989', 'http://esx'),
      { rule: 'site.schema.format', variant: 'endpoint-url', path: 'datacentres.0.vsphere.endpoints.0.url' },
    ],
    [
      'VLAN 4095',
      change('vlan: 20', 'vlan: 4095'),
      { rule: 'site.schema.range', variant: 'number-most', path: 'network.lan.vlan' },
    ],
    ['VLAN 0', change('vlan: 20', 'vlan: 0'), { rule: 'site.schema.range', variant: 'number-least' }],
    [
      'no data centre',
      change(/datacentres:[\s\S]*?\nnetwork/, 'datacentres: []\nnetwork'),
      { rule: 'site.schema.range', variant: 'list-least', path: 'datacentres' },
    ],
    ['long text', change('Demo Customer', 'x'.repeat(300)), { rule: 'site.schema.range', variant: 'text-most' }],
    ['negative port', change('port: 51820', 'port: -1'), { rule: 'site.schema.range', variant: 'number-least' }],
  ])('explains a %s', (_, text, expected) => {
    expect(first(text)).toMatchObject(expected);
    const { site, findings } = readSite(text);
    expect(site).toBeUndefined();
    for (const finding of findings) {
      const words = findingInWords(english, finding);
      expect(words.line).toBeGreaterThan(0);
      expect(words.column).toBeGreaterThan(0);
      expect(words.message).not.toMatch(/rules\.|common\.|\{|Invalid|expected/);
      expect(words.remedy).not.toBe('');
      expect(words.remedy).not.toMatch(/rules\.|\{/);
    }
  });

  it('never repeats a secret', () => {
    const { findings } = readSite(change('  host: smtp', '  password: hunter2hunter2\n  host: smtp'));
    expect(JSON.stringify(findings.map((finding) => findingInWords(english, finding)))).not.toContain('hunter2');
  });
});

describe('readDraft', () => {
  it('gives the values of an incomplete text', () => {
    const { draft, findings } = readDraft('site: { name: x }\nsizing: { registeredUsers: many }\n');
    expect(draft).toEqual({ site: { name: 'x' }, sizing: { registeredUsers: 'many' } });
    expect(findings.length).toBeGreaterThan(3);
  });

  it.each(['', '- a', 'a: *b', 'a: 1\na: 2', '\u0000'])('is empty for %j', (text) => {
    expect(readDraft(text).draft).toEqual({});
    expect(readDraft(text).findings[0]?.rule).toBe('site.yaml');
  });
});
