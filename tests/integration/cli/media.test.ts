/** The commands of media and images, and the opening of a handover bundle. */
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateIdentity } from 'age-encryption';
import { formatPublicKey, formatSecretKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { sampleOva } from '../../../main/demo/medium/sample.ts';
import { cheapLockedKey } from '../../fixtures/locked-key.ts';
import { soundParts, tarOf } from '../../unit/main/adapters/media/image/ova-kit.ts';
import { makeMedium } from '../deploy/laboratory.ts';
import { cli, cliFails, cliJson } from './command.ts';
import { useCliFolder } from './cli-folder.ts';

const { at, env } = useCliFolder();

describe('media', () => {
  const { secretKey } = generateKeyPair();

  beforeAll(async () => {
    await makeMedium(at('media'), { secretKey });
    await writeFile(at('trust.pub'), formatPublicKey(secretKey));
    await writeFile(at('sign.key'), await formatSecretKey(secretKey), { mode: 0o600 });
    await mkdir(at('fresh'));
    await writeFile(at('fresh', 'logs.ova'), sampleOva('logs', { release: '1', createdIso: '2026-11-20T10:00:00Z' }));
  });

  it('verify accepts a valid medium, and refuses an altered one with exit code 4', async () => {
    const good = await cliJson(env(), ['media', 'verify', at('media'), '--trust', at('trust.pub')]);
    expect([good.code, good.json.release]).toEqual([0, '2026.4']);
    expect(await cliFails(env(), ['media', 'verify', at('media')])).toMatchObject({ code: 4 });
    expect((await cliFails(env(), ['media', 'verify', at('nowhere'), '--trust', at('trust.pub')])).code).toBe(2);
    expect((await cliFails(env(), ['media', 'verify', at('media'), '--trust', at('nowhere.pub')])).code).toBe(2);
    await writeFile(at('image.pub'), '');
    await truncate(at('image.pub'), 3 * 1024 ** 3);
    const image = await cliFails(env(), ['media', 'verify', at('media'), '--trust', at('image.pub')]);
    expect(image).toMatchObject({ code: 2, error: { code: 'files.input-large' } });
  });

  it('create signs a medium that verify accepts', async () => {
    const made = await cliJson(env(), ['media', 'create', at('fresh'), '--key', at('sign.key'), '--release', '2026.5']);
    expect(made.code).toBe(0);
    const verified = await cliJson(env(), ['media', 'verify', at('fresh'), '--trust', at('trust.pub')], {
      env: { EDGE_STATE_DIR: at('state-2') },
    });
    expect([verified.code, verified.json.release]).toEqual([0, '2026.5']);
    expect(
      (await cliFails(env(), ['media', 'create', at('fresh'), '--key', at('site.yaml'), '--release', '1'])).code,
    ).toBe(2);
  });

  it('create needs only folder and key, names missing options, and applies the options for files and guests', async () => {
    const create = ['media', 'create', at('fresh'), '--key', at('sign.key')];
    const plain = await cliJson(env(), create);
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
    const ale = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINn/0GcNq3+I6ND7Q6dVofo7m3oGtQDrQwoGn2FVo+pO ale-operations';
    await writeFile(at('ale.keys'), `# operations\n${ale}\n\n`);
    said.push('--ssh-keys', at('ale.keys'), '--reach', 'registry.example:443/tcp', '--reach', 'noc.example:51820/udp');
    const full = await cliJson(env(), [...create, ...said, '--recipient', recipient]);
    expect(full.json).toMatchObject({
      warnings: [],
      catalogue: {
        noc: { sshAuthorizedKeys: [ale], reach: ['registry.example:443/tcp', 'noc.example:51820/udp'] },
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
      ['--ssh-keys', at('peers.json'), 'media.create-ssh-key'],
      ['--reach', 'registry.example:443', 'media.create-reach'],
    ] as const) {
      const refused = await cliFails(env(), [...create, option, wrong]);
      expect([refused.code, refused.error.code], option).toEqual([2, code]);
    }
  });

  it('create opens an encrypted key with a passphrase from a file or a pipe, or asks for one', async () => {
    await writeFile(at('locked.key'), await cheapLockedKey(secretKey, 'a passphrase'), { mode: 0o600 });
    await writeFile(at('key-passphrase.txt'), 'a passphrase\n', { mode: 0o600 });
    const create = ['media', 'create', at('fresh'), '--key', at('locked.key')];
    const named = { EDGE_KEY_PASSPHRASE_FILE: at('key-passphrase.txt') };
    expect((await cliJson(env(), create, { env: named })).code).toBe(0);
    expect((await cliJson(env(), create, { input: 'a passphrase\n' })).code).toBe(0);
    const wrong = await cliFails(env(), create, { input: 'another\n' });
    expect([wrong.code, wrong.error.code]).toEqual([2, 'media.key-passphrase-wrong']);
    const nobody = await cliFails(env(), create);
    expect([nobody.code, nobody.error.code]).toEqual([2, 'common.no-terminal']);
    expect(nobody.error.remedy).toContain('EDGE_KEY_PASSPHRASE_FILE');
  });

  it('verify reads an image once per visit, again on request, and leaves evidence', async () => {
    const verify = ['media', 'verify', at('media'), '--trust', at('trust.pub')];
    const reused = async (...more: readonly string[]): Promise<unknown> => {
      const { json } = await cliJson(env(), [...verify, ...more]);
      return (json.images as { reused: boolean }[]).map((image) => image.reused)[0];
    };
    await reused();
    expect(await reused()).toBe(true);
    expect(await reused('--again')).toBe(false);
    expect(await reused('--out', at('evidence'))).toBe(true);
    const sums = await readFile(at('evidence', 'SHA256SUMS'), 'utf8');
    expect(sums).toMatch(/^[0-9a-f]{64} \*catalogue\.json\n/);
    expect(await readFile(at('evidence', 'catalogue.json'))).toEqual(await readFile(at('media', 'catalogue.json')));
    const words = await cli(env(), verify);
    expect(words.stdout).toContain('not read again');
    expect(words.stdout).toMatch(/minisign -V -P \S{56} -m catalogue\.json/);
  });

  it('ova verify reads one image strictly', async () => {
    expect((await cliJson(env(), ['ova', 'verify', at('media', 'logs.ova')])).code).toBe(0);
    const refused = await cliFails(env(), ['ova', 'verify', at('site.yaml')]);
    expect([2, 4]).toContain(refused.code);
  });

  it('ova verify reports what proves the content of an unsigned image', async () => {
    const { ovf, disk, mf } = soundParts();
    await writeFile(at('bare.ova'), tarOf([ovf, disk]));
    await writeFile(at('unsigned.ova'), tarOf([ovf, mf, disk]));
    const bare = await cli(env(), ['ova', 'verify', at('bare.ova')]);
    expect(bare.code).toBe(0);
    expect(bare.stdout).toMatch(/no manifest: nothing inside the file vouches.*signed catalogue.*media verify/);
    expect((await cliJson(env(), ['ova', 'verify', at('bare.ova')])).json).toMatchObject({
      manifest: null,
      vouching: expect.stringContaining('signed catalogue'),
    });
    expect((await cli(env(), ['ova', 'verify', at('unsigned.ova')])).stdout).toMatch(
      /signed by nobody.*signed catalogue/,
    );
  });
});

describe('handover open', () => {
  it('refuses a file that is no bundle', async () => {
    await writeFile(at('identity.txt'), await generateIdentity());
    const refused = await cliFails(env(), ['handover', 'open', at('site.yaml'), '--identity', at('identity.txt')]);
    expect([1, 2, 4]).toContain(refused.code);
    // PowerShell 5.1 writes UTF-16: the identity is readable, so the error is about the bundle.
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      await readFile(at('identity.txt')).then((bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le')),
    ]);
    await writeFile(at('identity-utf16.txt'), utf16);
    const wide = await cliFails(env(), ['handover', 'open', at('site.yaml'), '--identity', at('identity-utf16.txt')]);
    expect(wide.error.code).toBe('handover.not-age');
    expect((await cliFails(env(), ['handover', 'open', at('nowhere'), '--identity', at('identity.txt')])).code).toBe(2);
  });
});
