import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { esxiEnvironment, type Form, readSites, seedText, vcenterEnvironment } from './site-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-site-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Pairs = readonly (readonly [string, string])[];
const read = (form: Form, ...texts: string[]) => readSites(form, texts, folder);

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIFyyoI/6Nb0D4XGKK8AXdM3h0oy9XMzqnB3GsJaTLFsZ';
const minimal = { hostname: 'acme-paris-edge-gw-1', lan_ip: '10.20.0.2', lan_prefix: '24' };
const gateway = {
  ...minimal,
  component: 'edge-gw',
  fqdn: 'edge.acme.example',
  lan_gateway: '10.20.0.1',
  lan_vlan: '20',
  wan_ip: '203.0.113.2,203.0.113.3',
  wan_prefix: '28',
  wan_gateway: '203.0.113.1',
  dns: '10.1.0.53,10.1.0.54',
  ssh_authorized_key: `ssh-ed25519 ${key}`,
};
const pairs = (properties: Readonly<Record<string, string>>): Pairs => Object.entries(properties);

const forms = [
  ['ESXi', 'environment', esxiEnvironment],
  ['vCenter', 'environment', vcenterEnvironment],
  ['a seed', 'seed', seedText],
] as const;

describe.each(forms)('the site data of %s', (_, form, write) => {
  const readPairs = (...all: Pairs[]) => read(form, ...all.map((one) => write(one)));

  it('is read completely', () => {
    expect(readPairs(pairs(gateway))).toEqual([{ site: gateway }]);
  });

  it('requires only a name and a LAN address', () => {
    expect(readPairs(pairs(minimal), pairs({ ...minimal, wan_ip: '', dns: '' }))).toEqual([
      { site: minimal },
      { site: minimal },
    ]);
    const lacking = Object.keys(minimal);
    const without = lacking.map((name) => pairs(minimal).filter(([one]) => one !== name));
    expect(readPairs(...without)).toEqual(lacking.map((name) => ({ refused: `${name} missing` })));
    expect(readPairs(pairs({ ...minimal, wan_ip: '203.0.113.2' }))).toEqual([{ refused: 'wan_prefix missing' }]);
  });

  it('keeps type and key of the bootstrap key, with every comment', () => {
    const comments = ['', ' me@laptop', ' $(touch trace) `touch trace`; a b'];
    const given = comments.map((comment) => pairs({ ...minimal, ssh_authorized_key: `ssh-ed25519 ${key}${comment}` }));
    const expected = { ...minimal, ssh_authorized_key: `ssh-ed25519 ${key}` };
    expect(readPairs(...given)).toEqual(comments.map(() => ({ site: expected })));
  });

  it('ignores unknown names, also those that bash would evaluate', () => {
    const odd = [
      'ntp',
      'x',
      '',
      '@',
      '*',
      'a[$(touch trace)]',
      '$(touch trace)',
      'site',
      'PATH',
      'HOSTNAME',
      'lan_ip ',
    ];
    expect(readPairs([...odd.map((name) => [name, '6.6.6.6'] as const), ...pairs(minimal)])).toEqual([
      { site: minimal },
    ]);
  });

  it.each([
    ['hostname', ['-gk', 'gk-', 'g k', 'gk.lan', 'gk\u0007', 'a'.repeat(64), '../gk', '$(hostname)', 'é']],
    ['component', ['Edge', '../x', 'a b']],
    ['fqdn', ['edge..example', '.example', 'edge.example/', 'edge example']],
    ['lan_ip', ['10.20.0.256', '10.20.0', '10.20.0.02', '10.20.0.2/24', '::1', '10.20.0.2 ', '1.2.3.4,5.6.7.8']],
    ['lan_prefix', ['0', '33', '24 ', '-1', '024', 'x[$(touch trace)]']],
    ['lan_vlan', ['0', '4095', '020', '1e3', '40990']],
    ['wan_ip', ['203.0.113.2,', ',203.0.113.2', '203.0.113.2 203.0.113.3']],
    ['edge.nics', ['52:54:00:aa:01:02', '52:54:00:aa:01:02=dmz', '52:54:00:aa:01=lan', '52-54-00-aa-01-02=lan']],
    [
      'ssh_authorized_key',
      [
        `command="touch trace" ssh-ed25519 ${key}`,
        `ssh-ed25519 ${key.slice(0, -4)}`,
        `ssh-rsa ${key}`,
        'ssh-ed25519 AAAA',
        `cert-authority ssh-ed25519 ${key}`,
        key,
      ],
    ],
  ])('is refused when %s has another syntax', (name, values) => {
    const all = values.map((value) => pairs({ ...gateway, [name]: value }));
    const refused = readPairs(...all).map((result, at) => [values[at], 'refused' in result ? result.refused : 'read']);
    // On ESXi a quote ends the value: the text is no longer an environment.
    const broken = (value: string) => (write === esxiEnvironment && value.includes('"') ? 'ovfEnv' : name);
    expect(refused).toEqual(values.map((value) => [value, broken(value)]));
  });

  it('is refused if a name occurs twice, with the same or another value', () => {
    expect(readPairs([...pairs(minimal), ['lan_ip', '6.6.6.6']], [...pairs(minimal), ['lan_ip', '10.20.0.2']])).toEqual(
      [{ refused: 'lan_ip twice' }, { refused: 'lan_ip twice' }],
    );
  });

  it('is read as written, for 250 random values', () => {
    const names = Object.keys(gateway) as (keyof typeof gateway)[];
    const { ssh_authorized_key: _, ...base } = gateway;
    const bits = [
      '"',
      "'",
      '<',
      '>',
      '&',
      '&lt;',
      '&#34;',
      '\\',
      '$(touch trace)',
      '`touch trace`',
      '\n',
      '\r',
      '\t',
      '/>',
      '=',
      ' ',
      ';',
    ];
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.constantFrom(...bits, '<Property oe:key="lan_ip" oe:value="6.6.6.6"/>', 'a', '1'), { maxLength: 8 })
        .map((one) => one.join('')),
    );
    const cases = fc.sample(
      fc.tuple(
        fc.constantFrom(...names),
        hostile.map((text) => text.replaceAll('\0', '')),
      ),
      { numRuns: 250, seed: 20 },
    );
    const results = readPairs(...cases.map(([name, value]) => pairs({ ...base, [name]: value })));
    const wrong = cases.filter(([name, value], at) => {
      const result = results[at];
      if (result === undefined) return true;
      if ('refused' in result) return false;
      // An empty value counts as none; a seed's line ends at a line break.
      const meant = Object.fromEntries(pairs({ ...base, [name]: value }).filter(([, text]) => text !== ''));
      const line = value.split('\n')[0]?.replace(/\r$/, '') ?? '';
      const inSeed = Object.fromEntries(pairs({ ...base, [name]: line }).filter(([, text]) => text !== ''));
      return ![meant, inSeed].some((one) => isDeepStrictEqual(one, result.site));
    });
    expect(results).toHaveLength(cases.length);
    expect(wrong).toEqual([]);
  });

  it('never executes its text', () => {
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('an OVF environment', () => {
  it('is ignored in the sections of other machines', () => {
    const text = vcenterEnvironment(pairs(minimal), pairs({ ...minimal, lan_ip: '10.20.0.3', dns: '6.6.6.6' }));
    expect(read('environment', text)).toEqual([{ site: minimal }]);
  });

  it('may have its attributes in another order, other prefixes and quotes, and end tags', () => {
    const property = (name: string, value: string) =>
      `<ovfenv:Property\n  ovfenv:value = '${value}'\n ovfenv:key='${name}' ></ovfenv:Property>`;
    const text = `<Environment><PropertySection>${pairs(minimal)
      .map(([name, value]) => property(name, value))
      .join('')}</PropertySection>`;
    expect(read('environment', text)).toEqual([{ site: minimal }]);
  });

  it('decodes every entity that vCenter writes', () => {
    const encoded = minimal.hostname
      .split('')
      .map((character) => `&#x${character.charCodeAt(0).toString(16)};`)
      .join('');
    const decimal = minimal.lan_ip
      .split('')
      .map((character) => `&#${character.charCodeAt(0)};`)
      .join('');
    const text = esxiEnvironment(pairs({ ...minimal, hostname: encoded, lan_ip: decimal }));
    expect(read('environment', text)).toEqual([{ site: minimal }]);
  });

  it.each([
    ['a quote that does not end', '<Property oe:key="hostname" oe:value="gk1/>'],
    ['an attribute without quotes', '<Property oe:key=hostname oe:value="gk1"/>'],
    ['text between the attributes', '<Property oe:key="hostname" & oe:value="gk1"/>'],
    ['the end of the text', '<Property oe:key="hostname" '],
  ])('with %s is refused', (_, property) => {
    const text = esxiEnvironment(pairs(minimal)).replace('<Property ', `${property}<Property `);
    expect(read('environment', text)).toEqual([{ refused: expect.stringMatching(/^(ovfEnv|hostname)/) }]);
  });

  it('of 60 kB is read within two seconds', () => {
    const many = Array.from({ length: 1000 }, (_, at) => [`other_${at}`, 'x'.repeat(20)] as const);
    const text = esxiEnvironment([...many, ...pairs(minimal)]);
    expect(text.length).toBeGreaterThan(60_000);
    const start = performance.now();
    expect(read('environment', text)).toEqual([{ site: minimal }]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('a seed', () => {
  it('may have Windows line ends, comments, and no final line end', () => {
    const text = `# made by hand\r\n\r\n${seedText(pairs(minimal)).trim().replaceAll('\n', '\r\n')}`;
    expect(read('seed', text)).toEqual([{ site: minimal }]);
  });

  it('is read up to 64 KiB', () => {
    expect(read('seed', `${'#'.repeat(65_536)}\n${seedText(pairs(minimal))}`)).toEqual([
      { refused: 'hostname missing' },
    ]);
  });

  it('may name the NICs', () => {
    const nics = '52:54:00:AA:01:02=lan,52:54:00:aa:01:01=wan';
    expect(read('seed', seedText(pairs({ ...minimal, 'edge.nics': nics })))).toEqual([
      { site: { ...minimal, 'edge.nics': nics } },
    ]);
  });
});
