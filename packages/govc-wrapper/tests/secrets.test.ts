import { readFile, readdir, stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeGovc } from './fake-govc.ts';
import { startSimulator } from './simulator.ts';

const hostile = [
  '/etc/passwd',
  'a&b<c>\'"',
  '  blanks at both ends ',
  'пароль-ü-😀',
  '-json',
  '%2e%00x',
  '$(id)`id`;|#?@:/',
  'a\nb',
];

describe('a password', () => {
  it.each(hostile)('%j is used unchanged', async (secret) => {
    const simulator = await startSimulator([], secret);
    await expect(simulator.client().about()).resolves.toMatchObject({ apiType: 'HostAgent' });
    expect(simulator.logins).toEqual([{ event: 'login', username: 'root', ok: true }]);
    await simulator.stop();
  });

  it.each(['administrator@vsphere.local', 'DOMAIN\\user', 'a:b/c'])('works with the user %j', async (username) => {
    const simulator = await startSimulator(['--username', username]);
    await expect(simulator.client().about()).resolves.toMatchObject({ apiType: 'HostAgent' });
    await simulator.stop();
  });

  it('that is wrong fails with kind login, and the error does not contain it', async () => {
    const simulator = await startSimulator([]);
    const secret = 'wrong&"secret';
    const client = simulator.client({ password: secret });
    const reading: unknown = await client.about().catch((error: unknown) => error);
    expect(reading).toMatchObject({ kind: 'login' });
    expect(JSON.stringify(reading)).not.toContain('secret');
    await expect(client.powerOn({ moref: 'vm-1' })).rejects.toMatchObject({ kind: 'login' });
    await simulator.stop();
  });

  it.each([
    ['an empty one', { password: '' }],
    ['an empty user', { username: '' }],
    ['half a character', { password: '\ud800' }],
    ['one in the address', { host: 'root:secret@127.0.0.1' }],
    ['an environment that speaks to govc', { env: { GOVC_INSECURE: '1' } }],
    ['a URL as the host', { host: 'http://127.0.0.1' }],
  ])('is refused as %s', async (_, options) => {
    await expect(fakeGovc('', options)).rejects.toMatchObject({ kind: 'invalid-argument' });
  });
});

describe('the start of govc', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('passes the secret in the environment only, and inherits no variable', async () => {
    process.env['GOVC_INSECURE'] = '1';
    process.env['TEST_OF_SECRETS'] = 'inherited';
    const fake = await fakeGovc(
      `const { readdirSync, statSync, writeFileSync } = require('node:fs');
       const entry = { argv: process.argv.slice(2), env: process.env, cwd: process.cwd(), files: readdirSync('.'), mode: statSync('..').mode & 0o777 };
       writeFileSync(folder + '/seen.json', JSON.stringify(entry));
       write({ about: { name: 'x', fullName: 'x', version: '1', build: '1', apiVersion: '1', apiType: 'HostAgent' } });`,
      { password: 'top/secret', homeDir: folder, env: { SSL_CERT_FILE: '/x' }, datacenter: 'DC' },
    );
    await fake.client.about();
    const seen = JSON.parse(await readFile(join(fake.folder, 'seen.json'), 'utf8')) as {
      argv: string[];
      env: Record<string, string>;
      cwd: string;
      files: string[];
      mode: number;
    };
    expect(seen.argv).toEqual(['about', '-json']);
    expect(seen.files).toEqual([]);
    expect(seen.mode).toBe(0o700);
    expect(seen.cwd.startsWith(folder)).toBe(true);
    expect(seen.env).toMatchObject({
      GOVC_URL: 'https://root:top%2Fsecret@127.0.0.1:9/sdk',
      GOVC_PERSIST_SESSION: 'false',
      GOVC_DATACENTER: 'DC',
      SSL_CERT_FILE: '/x',
    });
    for (const name of ['GOVC_INSECURE', 'GOVC_USERNAME', 'GOVC_PASSWORD', 'TEST_OF_SECRETS', 'PATH']) {
      expect(seen.env).not.toHaveProperty(name);
    }
    await fake.remove();
    await expect(readdir(folder)).resolves.toEqual([]);
    delete process.env['GOVC_INSECURE'];
    delete process.env['TEST_OF_SECRETS'];
  });

  it('does not show values of extraConfig, and deletes their files', async () => {
    const simulator = await startSimulator(['--vm', 'foreign']);
    const client = simulator.client({ homeDir: folder });
    const vm = await client.changeVm({ vm: { name: 'foreign' }, extraConfig: { 'guestinfo.key': 'private-value' } });
    expect(vm.extraConfig['guestinfo.key']).toBe('private-value');
    const [home = ''] = await readdir(folder);
    const left = await readdir(join(folder, home), { recursive: true });
    expect(left.toSorted()).toEqual(['empty', 'known-hosts', 'pinned.pem']);
    expect((await stat(join(folder, home))).mode & 0o777).toBe(0o700);
    const error: unknown = await client
      .changeVm({ vm: { moref: 'vm-404' }, extraConfig: { 'guestinfo.key': 'private-value' } })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'not-found' });
    expect(JSON.stringify(error)).not.toContain('private-value');
    await simulator.stop();
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('redacts the secret in the output of govc', async () => {
    const fake = await fakeGovc(
      `process.stderr.write('cannot use ' + process.env.GOVC_URL + ' nor a&b c'); process.exit(1);`,
      { password: 'a&b c' },
    );
    const error: unknown = await fake.client.about().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'fault', exitCode: 1 });
    expect(String(error) + JSON.stringify(error)).not.toMatch(/a&b c|a%26b%20c/);
    expect(String(error)).toContain('[redacted]');
    await fake.remove();
  });
});
