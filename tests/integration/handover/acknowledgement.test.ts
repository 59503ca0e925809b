/** ALE's side on the command line, checked with the standard tools: minisign, age, python3, ssh. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../../core/base/errors.ts';
import { checkAnswerCode } from '../../../core/handover/acknowledgement.ts';
import { buildHandoverBundle } from '../../../core/handover/bundle.ts';
import { sealBundle } from '../../../main/adapters/handover/age-bundle.ts';
import { parsePublicKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { checkSignedAnswer } from '../../../main/runner/acknowledgement.ts';
import { sha256 } from '../../../main/runner/site-input.ts';
import { cheapenVault, writeCheapVault } from '../../fixtures/cheap-vault.ts';
import { sampleInput } from '../../unit/core/handover/sample.ts';
import { cli, cliFails, cliJson } from '../cli/command.ts';
import { plainEnvironment } from '../deploy/cli-process.ts';

const tools = ['/usr/bin/age', '/usr/bin/age-keygen', '/usr/bin/minisign', '/usr/bin/ssh'];
const missing = tools.filter((path) => !existsSync(path));
if (missing.length > 0) process.stderr.write(`Skipped, the standard tools are not installed: ${missing.join(', ')}\n`);

const acknowledgementSecret = Buffer.alloc(32, 42).toString('base64');
let folder = '';
let env: NodeJS.ProcessEnv;
let bundleSha256 = '';
const at = (name: string): string => join(folder, name);
const python = (code: string, ...args: string[]): string =>
  execFileSync('python3', ['-c', code, ...args], { encoding: 'utf8' }).trim();

describe.skipIf(missing.length > 0)("ALE's side", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-ack-'));
    env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
    await writeFile(at('passphrase.txt'), 'a passphrase\n');
    for (const name of ['noc', 'second']) execFileSync('age-keygen', ['-o', at(name)], { stdio: 'ignore' });
    for (const name of ['ale', 'stranger']) {
      execFileSync('minisign', ['-G', '-W', '-p', at(`${name}.pub`), '-s', at(`${name}.key`)], { stdio: 'ignore' });
    }
    const recipient = execFileSync('age-keygen', ['-y', at('noc')], { encoding: 'utf8' }).trim();
    const vms = [
      ...sampleInput.vms,
      { name: 'acme-paris-core-1', component: 'core', addresses: ['10.20.0.20'], imageSha256: 'b'.repeat(64) },
    ];
    const bundle = unwrap(buildHandoverBundle({ ...sampleInput, vms, acknowledgementSecret }));
    const sealed = unwrap(await sealBundle(bundle, [recipient]));
    await writeFile(at('handover-acme-paris.age'), sealed);
    bundleSha256 = sha256(sealed);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const expected = () => ({
    site: 'acme-paris',
    bundleSha256,
    gateways: sampleInput.gateways.map(({ vm, publicKey }) => ({ vm, publicKey })),
  });
  const keyOf = async (name: string) => unwrap(parsePublicKey(await readFile(at(name), 'utf8')));

  it('handover acknowledge signs an answer that minisign verifies, and prints the code that python computes', async () => {
    const args = ['--identity', at('noc'), '--key', at('ale.key'), '--out', at('answer')];
    const { code, json } = await cliJson(env, ['handover', 'acknowledge', at('handover-acme-paris.age'), ...args]);
    expect(code).toBe(0);
    const document = String(json.acknowledgement);
    expect(document).toBe(at('answer/ack-acme-paris.json'));
    const said = execFileSync('minisign', ['-V', '-p', at('ale.pub'), '-m', document], { encoding: 'utf8' });
    expect(said).toContain('Signature and comment signature verified');
    expect(said).toMatch(/Trusted comment: edge-ack acme-paris \d{4}-/);
    expect(JSON.parse(await readFile(document, 'utf8'))).toMatchObject({ format: 'edge-ack/v1', ...expected() });
    const digits = python(
      "import base64,hashlib,sys; d=hashlib.sha256(b'edge-ack'+base64.b64decode(sys.argv[1])+bytes.fromhex(sys.argv[2])).digest(); print('%012d' % (int.from_bytes(d[:8],'big') % 10**12))",
      acknowledgementSecret,
      bundleSha256,
    );
    expect(String(json.answerCode).replaceAll('-', '')).toBe(digits);
    expect(checkAnswerCode(digits, { acknowledgementSecret, bundleSha256 })).toBeUndefined();
    const words = await cli(env, ['handover', 'acknowledge', at('handover-acme-paris.age'), ...args]);
    expect(words.stdout).toContain(String(json.answerCode));
    expect(words.stdout).toContain(String(json.confirmationCode));
  });

  it('an answer is accepted from a trusted key only, and every changed byte is refused', async () => {
    const document = await readFile(at('answer/ack-acme-paris.json'));
    const signature = await readFile(at('answer/ack-acme-paris.json.minisig'), 'utf8');
    const check = (...given: Parameters<typeof checkSignedAnswer>) => {
      const checked = checkSignedAnswer(...given);
      return checked.ok ? 'accepted' : [checked.failure.code, checked.failure.kind];
    };
    const keys = [await keyOf('ale.pub')];
    expect(check(keys, { document, signature }, expected())).toBe('accepted');
    expect(check([await keyOf('stranger.pub')], { document, signature }, expected())).toEqual([
      'handover.answer-signer',
      'trust',
    ]);
    for (let index = 0; index < document.length; index += 7) {
      const altered = Buffer.from(document);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(check(keys, { document: altered, signature }, expected())).toEqual(['handover.answer-altered', 'trust']);
    }
    expect(check(keys, { document, signature: 'none' }, expected())).toEqual(['handover.answer-unsigned', 'trust']);
    const other = { ...expected(), bundleSha256: '0'.repeat(64) };
    expect(check(keys, { document, signature }, other)).toEqual(['handover.answer-bundle', 'trust']);
    // An answer signed by minisign is accepted too.
    await writeFile(at('by-hand.json'), document);
    execFileSync('minisign', ['-S', '-s', at('ale.key'), '-m', at('by-hand.json')], { stdio: 'ignore' });
    const byHand = await readFile(at('by-hand.json.minisig'), 'utf8');
    expect(check(keys, { document, signature: byHand }, expected())).toBe('accepted');
  });

  it('fails with exit code 2 for the wrong identity or key, and 4 for a damaged bundle', async () => {
    const acknowledge = (bundle: string, identity: string, key: string) =>
      cliFails(env, [
        'handover',
        'acknowledge',
        at(bundle),
        '--identity',
        at(identity),
        '--key',
        at(key),
        '--out',
        at('no'),
      ]);
    const bytes = await readFile(at('handover-acme-paris.age'));
    await writeFile(at('short.age'), bytes.subarray(0, -9));
    const answers = await Promise.all([
      acknowledge('handover-acme-paris.age', 'second', 'ale.key'),
      acknowledge('handover-acme-paris.age', 'noc', 'ale.pub'),
      acknowledge('short.age', 'noc', 'ale.key'),
    ]);
    expect(answers.map(({ code, error }) => [code, error.code])).toEqual([
      [2, 'handover.wrong-identity'],
      [2, 'media.key-secret'],
      [4, 'handover.altered'],
    ]);
    expect(existsSync(at('no'))).toBe(false);
  });

  it('handover open --format ssh-config gives what ssh reads', async () => {
    const open = ['handover', 'open', at('handover-acme-paris.age'), '--identity', at('noc'), '--format', 'ssh-config'];
    const { stdout } = await cli(env, open);
    expect((await cliJson(env, open)).json).toEqual({ sshConfig: stdout });
    await writeFile(at('config'), stdout);
    const resolved = (host: string): string =>
      execFileSync('ssh', ['-G', '-F', at('config'), host], { encoding: 'utf8' });
    expect(resolved('acme-paris-edge-gw-2')).toMatch(/^hostname 100\.64\.0\.3$/m);
    expect(resolved('acme-paris-edge-gw-2')).toMatch(/^user root$/m);
    expect(resolved('acme-paris-core-1')).toMatch(/^hostname 10\.20\.0\.20$/m);
    expect(resolved('acme-paris-core-1')).toMatch(/^proxyjump acme-paris-edge-gw-1$/m);
    expect(stdout).toContain(`# Host key: ${sampleInput.gateways[0]?.sshHostKeys[0]}`);
    expect(stdout).not.toContain(acknowledgementSecret);
  });
});

describe.skipIf(missing.length > 0)('secrets for a second laptop', () => {
  const values = { 'ssh/acme-paris': 'line 1\nline 2 é\n', 'wireguard/acme-paris-edge-gw-1': 'PrivateKey = x' };
  const vault = (name: string): string[] => ['--vault', at(name)];
  let recipient = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-transfer-'));
    env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
    await writeFile(at('passphrase.txt'), 'a passphrase\n');
    for (const name of ['second', 'stranger']) execFileSync('age-keygen', ['-o', at(name)], { stdio: 'ignore' });
    recipient = execFileSync('age-keygen', ['-y', at('second')], { encoding: 'utf8' }).trim();
    const { 'ssh/acme-paris': input, ...others } = values;
    await writeCheapVault(at('first.age'), 'a passphrase', others);
    await cliJson(env, ['secret', 'set', 'ssh/acme-paris', ...vault('first.age')], { input: `${input}\n` });
    await cheapenVault(at('first.age'), 'a passphrase');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are exported to one file that age opens, and imported unchanged', async () => {
    const names = Object.keys(values);
    const out = ['--to', recipient, '--out', at('transfer.age')];
    const exported = await cliJson(env, ['secret', 'export', ...names, ...out, ...vault('first.age')]);
    expect([exported.code, exported.json.names]).toEqual([0, names]);
    expect(exported.stdout + exported.stderr).not.toContain('PrivateKey');
    expect((await stat(at('transfer.age'))).mode & 0o777).toBe(0o600);
    const opened = execFileSync('age', ['-d', '-i', at('second'), at('transfer.age')], { encoding: 'utf8' });
    expect(JSON.parse(opened)).toEqual({ format: 'edge-secrets/v1', secrets: values });
    expect(spawnSync('age', ['-d', '-i', at('stranger'), at('transfer.age')]).status).not.toBe(0);

    const take = ['secret', 'import', at('transfer.age'), '--identity', at('second'), ...vault('second.age')];
    const imported = await cliJson(env, take);
    expect([imported.code, imported.json]).toEqual([0, { backend: 'vault', stored: names, present: [] }]);
    expect(imported.stdout + imported.stderr).not.toContain('PrivateKey');
    await cheapenVault(at('second.age'), 'a passphrase');
    expect((await cliJson(env, take)).json).toMatchObject({ stored: [], present: names });
    // An export of the second laptop has the same values.
    const again = ['--to', recipient, '--out', at('again.age')];
    await cliJson(env, ['secret', 'export', ...names, ...again, ...vault('second.age')]);
    const back = execFileSync('age', ['-d', '-i', at('second'), at('again.age')], { encoding: 'utf8' });
    expect(back).toBe(opened);
  });

  it('are refused if they are foreign, lost or would overwrite others', async () => {
    const out = ['--to', recipient, '--out', at('no.age'), ...vault('first.age')];
    const identity = ['--identity', at('second')];
    await writeFile(at('plain.txt'), 'no age file');
    const bytes = await readFile(at('transfer.age'));
    await writeFile(at('short.age'), bytes.subarray(0, -5));
    execFileSync('age', ['-r', recipient, '-o', at('other.age')], { input: '{"format":"edge-vault/v1","secrets":{}}' });
    const strange = JSON.stringify({ format: 'edge-secrets/v1', secrets: { 'ssh/acme-paris': 'x', 'aws/key': 'y' } });
    execFileSync('age', ['-r', recipient, '-o', at('strange.age')], { input: strange });
    const rows: readonly (readonly [args: readonly string[], code: string, exit: number])[] = [
      [['secret', 'export', 'ssh/nowhere', ...out], 'secrets.export-missing', 2],
      [['secret', 'export', 'no-name', ...out], 'secrets.name-invalid', 2],
      [
        ['secret', 'export', 'ssh/acme-paris', '--to', 'age1no', '--out', at('no.age')],
        'handover.recipient-invalid',
        2,
      ],
      [['secret', 'export', 'ssh/acme-paris', '--to', recipient, '--out', at('transfer.age')], 'cli.file-exists', 2],
      [['secret', 'export', 'ssh/acme-paris', '--out', at('no.age')], 'handover.no-recipients', 2],
      [['secret', 'import', at('plain.txt'), ...identity], 'secrets.file-not-age', 2],
      [['secret', 'import', at('transfer.age'), '--identity', at('stranger')], 'secrets.file-identity', 2],
      [['secret', 'import', at('short.age'), ...identity], 'secrets.file-altered', 4],
      [['secret', 'import', at('other.age'), ...identity], 'secrets.file-foreign', 2],
      [['secret', 'import', at('strange.age'), ...identity, ...vault('third.age')], 'secrets.name-invalid', 2],
    ];
    for (const [args, code, exit] of rows) {
      const failed = await cliFails(env, args);
      expect([failed.error.code, failed.code], args.join(' ')).toEqual([code, exit]);
    }
    expect(existsSync(at('no.age')) || existsSync(at('third.age'))).toBe(false);
    await writeCheapVault(at('fourth.age'), 'a passphrase', { 'ssh/acme-paris': 'another value' });
    const differing = await cliFails(env, [
      'secret',
      'import',
      at('transfer.age'),
      ...identity,
      ...vault('fourth.age'),
    ]);
    expect([differing.error.code, differing.code]).toEqual(['secrets.import-differs', 2]);
    expect((await cliJson(env, ['secret', 'list', ...vault('fourth.age')])).json.names).toEqual(['ssh/acme-paris']);
  });
});
