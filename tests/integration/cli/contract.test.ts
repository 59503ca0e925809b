import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateIdentity } from 'age-encryption';
import { parse } from 'yaml';
import { formatPublicKey, formatSecretKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { sampleOva } from '../../../main/demo/medium/sample.ts';
import { cliFile, plainEnvironment, startCli } from '../deploy/cli-process.ts';
import { makeMedium, root } from '../deploy/laboratory.ts';
import { siteYaml } from '../deploy/site-yaml.ts';
import { soundParts, tarOf } from '../../unit/main/adapters/media/image/ova-kit.ts';
import { cli, cliFails, cliJson } from './command.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
const at = (...parts: string[]): string => join(folder, ...parts);
const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-cli-'));
  env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
  await writeFile(at('passphrase.txt'), 'a passphrase\n');
  await writeFile(at('site.yaml'), siteYaml([{ url: 'https://esx1.example', fingerprint }]));
  await writeFile(at('broken.yaml'), 'apiVersion: edge-site/v1\nsite: [\n');
  await writeFile(
    at('wrong.yaml'),
    siteYaml([{ url: 'https://esx1.example', fingerprint }], (text) => text.replace('203.0.113.1,', '10.0.0.1,')),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('site', () => {
  it('init writes an example that check accepts but for what only its owner knows', async () => {
    const made = await cliJson(env, ['site', 'init', at('new.yaml')]);
    expect([made.code, made.json]).toEqual([0, { path: at('new.yaml') }]);
    expect(parse(await readFile(at('new.yaml'), 'utf8'))).toMatchObject({ apiVersion: 'edge-site/v1' });
    expect((await cliFails(env, ['site', 'init', at('new.yaml')])).code).toBe(2);
    expect((await cliJson(env, ['site', 'check', at('new.yaml')])).json).toHaveProperty('findings');
  });

  it('check gives findings with path, line, column and remedy; exit code 2 when one blocks', async () => {
    const good = await cliJson(env, ['site', 'check', at('site.yaml')]);
    expect([good.code, good.json.blocking]).toEqual([0, 0]);
    const wrong = await cliJson(env, ['site', 'check', at('wrong.yaml')]);
    expect(wrong.code).toBe(2);
    const findings = wrong.json.findings as Record<string, unknown>[];
    const failed = findings.filter(({ status }) => status === 'fail');
    expect(failed.length).toBe(wrong.json.blocking);
    for (const finding of failed) {
      expect(finding).toMatchObject({
        rule: expect.any(String),
        path: expect.stringContaining('network'),
        line: expect.any(Number),
        column: expect.any(Number),
        message: expect.stringMatching(/\S/),
        remedy: expect.stringMatching(/\S/),
      });
    }
    expect((await cliJson(env, ['site', 'check', at('broken.yaml')])).code).toBe(2);
  });

  it('schema is a JSON Schema, with or without --json', async () => {
    const plain = await cli(env, ['site', 'schema']);
    expect((await cliJson(env, ['site', 'schema'])).json).toEqual(JSON.parse(plain.stdout));
    expect(JSON.parse(plain.stdout)).toHaveProperty('properties.apiVersion');
  });
});

describe('plan', () => {
  it('gives what the contract names, and the totals of the small footprint', async () => {
    const { code, json } = await cliJson(env, ['plan', at('site.yaml')]);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      footprint: { option: 'small', scale: 1 },
      vips: expect.arrayContaining([expect.objectContaining({ name: 'edge-gw-vip', members: expect.any(Array) })]),
      totals: { vms: 9, vcpu: 34, memoryGb: 102, diskGb: 7680, premiumGb: 2048 },
      dns: expect.any(Array),
      firewall: expect.any(Array),
    });
    expect((json.vms as unknown[])[0]).toMatchObject({
      name: 'lab-edge-gw-1',
      component: 'edge-gw',
      datacentre: 'dc1',
      vcpu: 2,
      memoryGb: 2,
      disks: [
        { sizeGb: 64, class: 'standard' },
        { sizeGb: 256, class: 'standard' },
      ],
    });
  });

  it('writes its files into --out', async () => {
    const { code } = await cliJson(env, ['plan', at('site.yaml'), '--out', at('plan')]);
    expect(code).toBe(0);
    for (const name of ['plan.json', 'vms.csv', 'firewall.csv', 'edge.lab.example.zone', 'edge.svg']) {
      expect((await readFile(at('plan', name), 'utf8')).length, name).toBeGreaterThan(100);
    }
  });

  it.each([
    ['en', [], ','],
    ['fr', [], ';'],
    ['de', [], ';'],
    ['fr', ['--separator', ','], ','],
    ['en', ['--separator', 'tab'], '\t'],
  ])('writes CSV that a spreadsheet in %s opens (%j)', async (language, more, separator) => {
    await cliJson(env, ['plan', at('site.yaml'), '--out', at('plan'), '--lang', language, ...more]);
    for (const name of ['vms.csv', 'firewall.csv']) {
      const lines = (await readFile(at('plan', name), 'utf8')).split('\r\n');
      expect(lines[0]?.startsWith('\ufeff'), name).toBe(true);
      expect(lines[0]?.split(separator).length, name).toBeGreaterThan(8);
      expect(lines.at(-1)).toBe('');
    }
  });

  it('of a wrong site file fails with exit code 2, in words or as JSON', async () => {
    expect(await cliFails(env, ['plan', at('wrong.yaml')])).toMatchObject({
      code: 2,
      error: { code: 'common.site-file-invalid' },
    });
    const words = await cli(env, ['plan', at('wrong.yaml')]);
    expect(words.code).toBe(2);
    expect(words.stderr).toContain('The site file has faults');
    expect(words.stderr).toContain('→');
  });
});

describe('usage', () => {
  it.each([
    ['an unknown option', ['plan', 'x', '--nonsense']],
    ['an unknown command', ['nonsense']],
    ['an unknown subcommand', ['site', 'nonsense']],
    ['no command', []],
    ['no subcommand', ['media']],
    ['a missing argument', ['plan']],
    ['an argument too many', ['plan', 'x', 'y']],
    ['a missing option', ['summary', 'x']],
    ['an option without its value', ['plan', 'x', '--out']],
    ['an unknown language', ['site', 'schema', '--lang', 'xx']],
    ['an unknown separator', ['site', 'schema', '--separator', '|']],
    ['an unknown progress', ['site', 'schema', '--progress', 'loud']],
    ['no port', ['serve', '--port', '99999']],
    ['a format that is none', ['handover', 'open', 'x', '--identity', 'y', '--format', 'z']],
  ])('%s is exit code 2 with a clear word', async (_what, args) => {
    const { code, error } = await cliFails(env, args);
    expect([code, error.code]).toEqual([2, 'common.usage']);
    expect(error.detail).not.toMatch(/^error:|outputHelp/);
    expect(error.detail).not.toBe('');
  });

  it('help is exit code 0, for the whole and for each command', async () => {
    const help = await cli(env, ['--help']);
    expect(help.code).toBe(0);
    for (const name of [
      'demo',
      'site',
      'plan',
      'media',
      'ova',
      'secret',
      'preflight',
      'deploy',
      'status',
      'rollback',
      'handover',
      'summary',
      'run',
      'serve',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
    expect(help.stdout).not.toContain('cli.help.');
    expect((await cli(env, ['deploy', '--help'])).code).toBe(0);
  });

  it('starts in well under half a second of processor time', async () => {
    const say =
      'process.on("exit",()=>{const u=process.cpuUsage();process.stderr.write(String((u.user+u.system)/1000))})';
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(say)}`, cliFile, '--version'],
      { env },
    );
    let [out, cpu] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (cpu += text.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out.trim()).toBe(root.version);
    expect(Number(cpu)).toBeGreaterThan(0);
    expect(Number(cpu)).toBeLessThan(500);
  });

  it('speaks the language that --lang names, whatever the environment', async () => {
    const english = await cli({ ...env, LANG: 'de_DE.UTF-8' }, ['plan', '/nowhere.yaml', '--lang', 'en']);
    expect(english.stderr).toContain('File or folder not found');
  });

  it.skipIf(!existsSync(join(root.folder, 'core', 'locales', 'fr.ts')))(
    'speaks French (skipped while there is none)',
    async () => {
      const asked = await cliFails(env, ['plan', '/nowhere.yaml', '--lang', 'fr']);
      const english = await cliFails(env, ['plan', '/nowhere.yaml']);
      expect(asked.error.title).not.toBe(english.error.title);
      expect((await cliFails({ ...env, LANG: 'fr_FR.UTF-8' }, ['plan', '/nowhere.yaml'])).error).toEqual(asked.error);
    },
  );
});

describe('secrets', () => {
  const vault = (): string[] => ['--vault', at('vault.age')];
  const secret = 'tr0ub4dor & "three"';

  it('are set from stdin, listed by name, deleted, and never shown', async () => {
    const set = await cliJson(env, ['secret', 'set', 'vsphere/esx1.example', ...vault()], { input: `${secret}\n` });
    expect([set.code, set.json]).toEqual([0, { name: 'vsphere/esx1.example', backend: 'vault' }]);
    const list = await cliJson(env, ['secret', 'list', ...vault()]);
    expect(list.json).toEqual({ backend: 'vault', names: ['vsphere/esx1.example'] });
    const words = await cli(env, ['secret', 'list', ...vault()]);
    expect(words.stdout).toBe('vsphere/esx1.example\n');
    expect(await readFile(at('vault.age'), 'latin1')).not.toContain('tr0ub4dor');
    expect([set, list, words].map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain('tr0ub4dor');
    expect((await cliJson(env, ['secret', 'delete', 'vsphere/esx1.example', ...vault()])).json).toMatchObject({
      deleted: true,
    });
    expect((await cliJson(env, ['secret', 'delete', 'vsphere/esx1.example', ...vault()])).json).toMatchObject({
      deleted: false,
    });
  });

  it.each([
    ['a name that is none', ['set', 'nonsense'], 'x', 'secrets.name-invalid'],
    ['an empty value', ['set', 'mail/smtp.example'], '', 'secrets.value-invalid'],
    ['a value in argv', ['set', 'mail/smtp.example', 'hunter2'], '', 'common.usage'],
  ])('%s is exit code 2', async (_what, args, input, expected) => {
    const { code, error, stdout, stderr } = await cliFails(env, ['secret', ...args, ...vault()], { input });
    expect([code, error.code]).toEqual([2, expected]);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('need the passphrase: a wrong one, or nobody to ask, says so', async () => {
    await cliJson(env, ['secret', 'set', 'mail/smtp.example', ...vault()], { input: 'x' });
    await writeFile(at('other.txt'), 'another passphrase\n');
    const wrong = await cliFails(env, ['secret', 'list', ...vault()], {
      env: { EDGE_VAULT_PASSPHRASE_FILE: at('other.txt') },
    });
    expect(wrong.error.code).toBe('secrets.vault-passphrase');
    expect([1, 2]).toContain(wrong.code);
    const nobody = await cliFails(env, ['secret', 'list', ...vault()], {
      env: { EDGE_VAULT_PASSPHRASE_FILE: undefined },
    });
    expect([nobody.code, nobody.error.code]).toEqual([2, 'common.no-terminal']);
    expect(nobody.error.remedy).toContain('EDGE_VAULT_PASSPHRASE_FILE');
  });

  it('without a keychain and without a vault are a clear failure, and nothing is written', async () => {
    const none = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${at('no-bus')}` };
    const { error, code } = await cliFails(env, ['secret', 'set', 'mail/smtp.example'], {
      input: 'hunter2',
      env: none,
    });
    expect(error.code).toMatch(/^secrets\.keychain/);
    expect([1, 2]).toContain(code);
    expect(error.remedy).toContain('--vault');
  });
});

describe('media', () => {
  const { secretKey } = generateKeyPair();

  beforeAll(async () => {
    await makeMedium(at('media'), { secretKey });
    await writeFile(at('trust.pub'), formatPublicKey(secretKey));
    await writeFile(at('sign.key'), await formatSecretKey(secretKey), { mode: 0o600 });
    await mkdir(at('fresh'));
    await writeFile(at('fresh', 'logs.ova'), sampleOva('logs', { release: '1', createdIso: '2026-11-20T10:00:00Z' }));
  });

  it('verify tells good from bad, and bad by exit code 4', async () => {
    const good = await cliJson(env, ['media', 'verify', at('media'), '--trust', at('trust.pub')]);
    expect([good.code, good.json.release]).toEqual([0, '2026.4']);
    expect(await cliFails(env, ['media', 'verify', at('media')])).toMatchObject({ code: 4 });
    expect((await cliFails(env, ['media', 'verify', at('nowhere'), '--trust', at('trust.pub')])).code).toBe(2);
    expect((await cliFails(env, ['media', 'verify', at('media'), '--trust', at('nowhere.pub')])).code).toBe(2);
    await writeFile(at('image.pub'), '');
    await truncate(at('image.pub'), 3 * 1024 ** 3);
    const image = await cliFails(env, ['media', 'verify', at('media'), '--trust', at('image.pub')]);
    expect(image).toMatchObject({ code: 2, error: { code: 'files.input-large' } });
  });

  it('create signs what verify then accepts', async () => {
    const made = await cliJson(env, ['media', 'create', at('fresh'), '--key', at('sign.key'), '--release', '2026.5']);
    expect(made.code).toBe(0);
    const verified = await cliJson(env, ['media', 'verify', at('fresh'), '--trust', at('trust.pub')], {
      env: { EDGE_STATE_DIR: at('state-2') },
    });
    expect([verified.code, verified.json.release]).toEqual([0, '2026.5']);
    expect(
      (await cliFails(env, ['media', 'create', at('fresh'), '--key', at('site.yaml'), '--release', '1'])).code,
    ).toBe(2);
  });

  it('create needs no more than folder and key, says what is missing, and takes what is said of files and guests', async () => {
    const create = ['media', 'create', at('fresh'), '--key', at('sign.key')];
    const plain = await cliJson(env, create);
    expect(plain.code).toBe(0);
    const warnings = plain.json.warnings as { code: string; message: string }[];
    expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['no-peers', 'no-recipients']));
    expect(plain.json.publicKey).toBe(formatPublicKey(secretKey));
    await writeFile(
      at('peers.json'),
      JSON.stringify([
        { name: 'noc', publicKey: `${'A'.repeat(42)}E=`, endpoint: 'noc.example:51820', allowedIps: ['100.64.0.0/24'] },
      ]),
    );
    const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
    const said = ['--serves', 'logs.ova=logs,metrics', '--ssh-user', 'edge', '--peers', at('peers.json')];
    const full = await cliJson(env, [...create, ...said, '--recipient', recipient]);
    expect(full.json).toMatchObject({
      warnings: [],
      catalogue: {
        images: [{ file: 'logs.ova', components: ['logs', 'metrics'], guest: { sshUser: 'edge' } }],
        handover: { recipients: [recipient] },
      },
    });
    for (const [option, wrong, code] of [
      ['--serves', 'logs', 'cli.serves'],
      ['--serves', 'logs.ova=lgos', 'media.create-component'],
      ['--serves', 'core.ova=core', 'media.create-file'],
      ['--release', 'v1', 'media.create-release'],
      ['--expires', 'tomorrow', 'media.create-expires'],
      ['--recipient', recipient.replace('l3z', 'l3y'), 'media.create-recipient'],
      ['--peers', at('site.yaml'), 'cli.peers'],
    ] as const) {
      const refused = await cliFails(env, [...create, option, wrong]);
      expect([refused.code, refused.error.code], option).toEqual([2, code]);
    }
  });

  it('create opens an encrypted key with a passphrase from a file, from a pipe, or says that it needs one', async () => {
    await writeFile(at('locked.key'), await formatSecretKey(secretKey, 'a passphrase'), { mode: 0o600 });
    await writeFile(at('key-passphrase.txt'), 'a passphrase\n', { mode: 0o600 });
    const create = ['media', 'create', at('fresh'), '--key', at('locked.key')];
    const named = { EDGE_KEY_PASSPHRASE_FILE: at('key-passphrase.txt') };
    expect((await cliJson(env, create, { env: named })).code).toBe(0);
    expect((await cliJson(env, create, { input: 'a passphrase\n' })).code).toBe(0);
    const wrong = await cliFails(env, create, { input: 'another\n' });
    expect([wrong.code, wrong.error.code]).toEqual([2, 'media.key-passphrase-wrong']);
    const nobody = await cliFails(env, create);
    expect([nobody.code, nobody.error.code]).toEqual([2, 'common.no-terminal']);
    expect(nobody.error.remedy).toContain('EDGE_KEY_PASSPHRASE_FILE');
  });

  it('verify reads an image once in a visit, again on request, and leaves evidence', async () => {
    const verify = ['media', 'verify', at('media'), '--trust', at('trust.pub')];
    const reused = async (...more: readonly string[]): Promise<unknown> => {
      const { json } = await cliJson(env, [...verify, ...more]);
      return (json.images as { reused: boolean }[]).map((image) => image.reused)[0];
    };
    await reused();
    expect(await reused()).toBe(true);
    expect(await reused('--again')).toBe(false);
    expect(await reused('--out', at('evidence'))).toBe(true);
    const sums = await readFile(at('evidence', 'SHA256SUMS'), 'utf8');
    expect(sums).toMatch(/^[0-9a-f]{64} \*catalogue\.json\n/);
    expect(await readFile(at('evidence', 'catalogue.json'))).toEqual(await readFile(at('media', 'catalogue.json')));
    const words = await cli(env, verify);
    expect(words.stdout).toContain('not read again');
    expect(words.stdout).toMatch(/minisign -V -P \S{56} -m catalogue\.json/);
  });

  it('ova verify reads one image strictly', async () => {
    expect((await cliJson(env, ['ova', 'verify', at('media', 'logs.ova')])).code).toBe(0);
    const refused = await cliFails(env, ['ova', 'verify', at('site.yaml')]);
    expect([2, 4]).toContain(refused.code);
  });

  it('ova verify says what vouches for an image that nobody signed', async () => {
    const { ovf, disk, mf } = soundParts();
    await writeFile(at('bare.ova'), tarOf([ovf, disk]));
    await writeFile(at('unsigned.ova'), tarOf([ovf, mf, disk]));
    const bare = await cli(env, ['ova', 'verify', at('bare.ova')]);
    expect(bare.code).toBe(0);
    expect(bare.stdout).toMatch(/no manifest: nothing inside the file vouches.*signed catalogue.*media verify/);
    expect((await cliJson(env, ['ova', 'verify', at('bare.ova')])).json).toMatchObject({
      manifest: null,
      vouching: expect.stringContaining('signed catalogue'),
    });
    expect((await cli(env, ['ova', 'verify', at('unsigned.ova')])).stdout).toMatch(
      /signed by nobody.*signed catalogue/,
    );
  });
});

describe('handover open', () => {
  it('refuses what is no bundle', async () => {
    await writeFile(at('identity.txt'), await generateIdentity());
    const refused = await cliFails(env, ['handover', 'open', at('site.yaml'), '--identity', at('identity.txt')]);
    expect([1, 2, 4]).toContain(refused.code);
    // PowerShell 5.1 writes UTF-16: the identity is read all the same, and the bundle is what is refused.
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      await readFile(at('identity.txt')).then((bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le')),
    ]);
    await writeFile(at('identity-utf16.txt'), utf16);
    const wide = await cliFails(env, ['handover', 'open', at('site.yaml'), '--identity', at('identity-utf16.txt')]);
    expect(wide.error.code).toBe('handover.not-age');
    expect((await cliFails(env, ['handover', 'open', at('nowhere'), '--identity', at('identity.txt')])).code).toBe(2);
  });
});

describe('--log', () => {
  it('writes JSON lines for its owner only, with command, failure and end', async () => {
    const log = at('log.ndjson');
    await writeFile(log, '', { mode: 0o644 });
    await cliFails(env, ['plan', '/nowhere.yaml', '--log', log]);
    await cliJson(env, ['plan', at('site.yaml'), '--log', log]);
    const lines = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg, command, exitCode }) => [msg, command, exitCode])).toEqual(
      [
        ['started', 'plan', undefined],
        ['ended', 'plan', 2],
        ['started', 'plan', undefined],
        ['ended', 'plan', 0],
      ].toSpliced(1, 0, ['files.missing', undefined, undefined]),
    );
    expect(lines.every(({ time }) => typeof time === 'string' && !Number.isNaN(Date.parse(time)))).toBe(true);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written is a wrong input, before anything is done', async () => {
    const { code, error } = await cliFails(env, ['site', 'init', at('not-made.yaml'), '--log', at('nowhere', 'log')]);
    expect([code, error.code]).toEqual([2, 'files.missing']);
    expect(existsSync(at('not-made.yaml'))).toBe(false);
  });
});

describe('the process', () => {
  it('ends quietly when its reader has seen enough', async () => {
    const cliProcess = startCli(env, ['site', 'schema']);
    cliProcess.child.stdout?.destroy();
    const { stderr } = await cliProcess.end;
    expect(stderr).toBe('');
  });

  it('says what the file system refuses', async () => {
    await mkdir(at('folder'));
    expect(await cliFails(env, ['plan', at('folder')])).toMatchObject({ code: 2 });
    await writeFile(at('large.yaml'), Buffer.alloc(5_000_000));
    expect((await cliFails(env, ['plan', at('large.yaml')])).error.code).toBe('common.site-file-too-large');
    await chmod(at('folder'), 0o700);
  });
});
