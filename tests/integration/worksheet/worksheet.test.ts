/** `worksheet` and `plan --against` as a partner runs them: files in, documents out, without network access. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleText } from '../../fixtures/sample-sites.ts';
import { cli, cliFails, cliJson } from '../cli/command.ts';
import { plainEnvironment } from '../deploy/cli-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-worksheet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(folder, ...parts);
const guard = new URL('./no-network.mjs', import.meta.url).href;
const env: NodeJS.ProcessEnv = {
  ...plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') }),
  NODE_OPTIONS: `--import=${guard}`,
};

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

const draft = `apiVersion: edge-site/v1
site:
  name: acme-paris
  customer: ACME SA
  contacts:
    - { role: network, name: N. Etworker, phone: "+33 1 00" }
sizing: { registeredUsers: 4000, concurrentUsers: 800 }
network:
  lan: { cidr: 10.20.0.0/24 }
domain: { fqdn: co.uk }
mail: { mode: corporate }
`;

const poppler = spawnSync('pdftotext', ['-v']).error === undefined;
if (!poppler) console.warn('skipped: the PDF is not read back, since pdftotext (package poppler-utils) is missing');

const tool = (name: string, ...args: string[]): string => {
  const { stdout, status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return stdout;
};
const dense = (words: string): string => words.replaceAll(/\s/g, '');

describe('the guard of these tests', () => {
  it('reports a network access', () => {
    const { stderr } = spawnSync(process.execPath, ['-e', "require('node:net').connect(9, '127.0.0.1')"], {
      env: { ...env },
      encoding: 'utf8',
    });
    expect(stderr).toContain('NETWORK connect');
  });
});

describe('worksheet', () => {
  it('of a draft writes PDF and HTML, and reports its readiness', async () => {
    const out = at('draft');
    const end = await cli(env, ['worksheet', file('draft.yaml', draft), '--out', out]);
    expect(end.code, end.stderr).toBe(0);
    expect(end.stderr).toBe('');
    expect(readdirSync(out).toSorted()).toEqual(['worksheet-acme-paris.html', 'worksheet-acme-paris.pdf']);
    expect(end.stdout).toMatch(/^\d+ % ready\. Answers missing: \d+; to be corrected: 1; tasks: \d+\./);
    const html = readFileSync(join(out, 'worksheet-acme-paris.html'), 'utf8');
    expect(html).toContain('co.uk is a public suffix');
    expect(html).not.toMatch(/<script|https?:\/\/(?!esx1)/);
  });

  it.runIf(poppler)('prints one page per person, with page numbers and the texts of the HTML', async () => {
    const out = at('paper');
    expect((await cli(env, ['worksheet', file('paper.yaml', draft), '--out', out])).code).toBe(0);
    const pdf = join(out, 'worksheet-acme-paris.pdf');
    const pages = tool('pdftotext', '-layout', pdf, '-').split('\f').slice(0, -1);
    const persons = [
      'Customer and partner',
      'Network and firewall team',
      'VMware administrator',
      'Mail administrator',
      'Backup administrator',
      'ALE',
    ];
    const pageOf = (title: string): number =>
      pages.findIndex((page) =>
        new RegExp(`^\\s*\\d+\\s+${title}$`, 'm').test(page.split('\n').slice(0, 6).join('\n')),
      );
    const places = persons.map(pageOf);
    expect(
      places.every((place) => place > 0),
      places.join(),
    ).toBe(true);
    expect(new Set(places).size).toBe(persons.length);
    pages.forEach((page, index) => expect(page).toContain(`${index + 1} / ${pages.length}`));
    const all = dense(pages.join(''));
    for (const words of [
      'WAN gateway',
      'Answered by',
      'N. Etworker, +33 1 00',
      'Now: co.uk',
      'co.uk is a public suffix',
      'Our own mail relay',
      'Not known yet: ',
    ]) {
      expect(all).toContain(dense(words));
    }
    expect(tool('pdffonts', pdf)).toMatch(/Roboto/);
    for (const line of tool('pdffonts', pdf).split('\n').slice(2))
      if (line.trim() !== '') expect(line).toMatch(/yes yes/);
  });

  it('gives the same data as JSON', async () => {
    const { code, json, stderr } = await cliJson(env, ['worksheet', file('data.yaml', draft), '--out', at('data')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(json).toMatchObject({
      site: 'acme-paris',
      customer: 'ACME SA',
      readiness: expect.any(Number),
      wrong: 1,
      files: [join(at('data'), 'worksheet-acme-paris.pdf'), join(at('data'), 'worksheet-acme-paris.html')],
    });
    const persons = json['persons'] as { person: string; items: Record<string, unknown>[] }[];
    const items = persons.flatMap((one) => one.items);
    expect(items.filter(({ state }) => state === 'missing')).toHaveLength(Number(json['missing']));
    for (const item of items)
      expect(item).toMatchObject({ title: expect.stringMatching(/\S/), why: expect.stringMatching(/\S/) });
    const fqdn = items.find(({ id }) => id === 'domain.fqdn');
    expect(fqdn).toMatchObject({ state: 'wrong', value: 'co.uk', findings: [{ rule: 'domain.fqdn', line: 10 }] });
    expect(json['blocking']).toContainEqual(
      expect.objectContaining({ rule: 'domain.fqdn', status: 'fail', remedy: expect.stringMatching(/\S/) }),
    );
  });

  it('uses the name of the site file if the site has no usable name yet', async () => {
    const evil = draft.replace('acme-paris', '"../../etc"');
    const { json } = await cliJson(env, ['worksheet', file('my site.yaml', evil), '--out', at('evil')]);
    expect(readdirSync(at('evil')).toSorted()).toEqual(['worksheet-my site.html', 'worksheet-my site.pdf']);
    expect(json['files']).toHaveLength(2);
  });

  it.each<[string, string | Uint8Array, number]>([
    ['nothing but a version', 'apiVersion: edge-site/v1\n', 0],
    [
      'wrong types everywhere',
      'site: 7\nsizing: [1]\nnetwork: x\ndatacentres: { a: 1 }\nmail: null\ndomain: { fqdn: [a] }\n',
      0,
    ],
    ['Windows line ends and a byte order mark', `\ufeff${draft.replaceAll('\n', '\r\n')}`, 0],
    ['words from right to left', draft.replace('ACME SA', '"\\u202eAS EMCA <b>"'), 0],
    ['a list', '- a\n- b\n', 2],
    ['broken YAML', 'site: [\n', 2],
    ['duplicate keys', `${draft}site: { name: b }\n`, 2],
    ['binary', Uint8Array.from({ length: 5000 }, (_, index) => (index * 31) % 256), 2],
  ])('of %s ends in order', async (name, content, code) => {
    const path = file(`${name}.yaml`, content);
    const out = at(`out ${name}`);
    if (code === 0) {
      const end = await cliJson(env, ['worksheet', path, '--out', out]);
      expect([end.code, end.stderr]).toEqual([0, '']);
      expect(readdirSync(out)).toHaveLength(2);
    } else {
      const end = await cliFails(env, ['worksheet', path, '--out', out]);
      expect([end.code, end.error.code]).toEqual([2, 'worksheet.unreadable']);
      expect(end.json['findings']).toContainEqual(
        expect.objectContaining({ rule: 'site.yaml', line: expect.any(Number) }),
      );
      expect(existsSync(out)).toBe(false);
    }
  });

  it('names a missing file, or a path that is no folder', async () => {
    expect((await cliFails(env, ['worksheet', at('absent.yaml'), '--out', at('x')])).code).toBe(2);
    const blocked = await cliFails(env, ['worksheet', file('d.yaml', draft), '--out', file('a-file', '')]);
    expect(blocked.code).toBeGreaterThan(0);
    expect(blocked.error.code).toMatch(/^files\./);
  });
});

describe('plan --against', () => {
  const before = (): string => file('before.yaml', sampleText('small-demo'));
  const after = (): string =>
    file(
      'after.yaml',
      sampleText('small-demo')
        .replace('option: auto', 'option: auto\n  options: [datalake]')
        .replace('port: 51820', 'port: 4500'),
    );

  it('describes the changes and their effect', async () => {
    const end = await cli(env, ['plan', after(), '--against', before()]);
    expect([end.code, end.stderr]).toEqual([0, '']);
    for (const words of [
      'after.yaml against before.yaml',
      'Optional servers (footprint.options) is now datalake.',
      'WireGuard port (network.wireguard.port) is 4500 instead of 51820.',
      'New server datalake-1 in dc1: 1 vCPU, 4 GB of memory, 10.20.0.10.',
      'The firewall opens udp 4500 from Internet to 198.51.100.2.',
      'Servers: 10 instead of 9 (+1).',
    ]) {
      expect(end.stdout).toContain(words);
    }
  });

  it('gives the same data as JSON, and an empty list for equal files', async () => {
    const { code, json } = await cliJson(env, ['plan', after(), '--against', before()]);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      same: false,
      moves: 0,
      totals: { vms: { from: 9, to: 10, by: 1 }, vcpu: { from: 34, to: 35, by: 1 } },
    });
    expect(json['differences']).toContainEqual({
      group: 'servers',
      kind: 'server-added',
      server: 'datalake-1',
      datacentre: 'dc1',
      vcpu: 1,
      memoryGb: 4,
      addresses: '10.20.0.10',
      moves: false,
      message: 'New server datalake-1 in dc1: 1 vCPU, 4 GB of memory, 10.20.0.10.',
    });
    const same = await cliJson(env, ['plan', before(), '--against', before()]);
    expect([same.code, same.json]).toMatchObject([0, { same: true, differences: [], totals: {} }]);
  });

  it('names the file that cannot be planned', async () => {
    const broken = file('broken.yaml', draft);
    for (const [one, other] of [
      [broken, before()],
      [before(), broken],
    ] as const) {
      const { code, error, json } = await cliFails(env, ['plan', one, '--against', other]);
      expect([code, error.code]).toEqual([2, 'common.site-file-invalid']);
      expect(error.detail).toContain('broken.yaml');
      expect(json['findings']).toContainEqual(expect.objectContaining({ status: 'fail' }));
    }
  });
});
