/** The two commands with a real secret store: their files, their output, and the secrets that they never print. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';
import { ok } from '../../../core/base/errors.ts';
import { issue, privateKeyPem } from '../../fixtures/certificate-corpus.maker.ts';
import { cheapenVault } from '../../fixtures/cheap-vault.ts';
import { both, corpusFqdn, makeAuthority } from '../../fixtures/certificate-corpus.kit.ts';
import { plainInput } from '../../fixtures/sample-sites.ts';
import { cli } from '../cli/command.ts';
import type { CliEnd } from '../deploy/cli-process.ts';

const run = promisify(execFile);
const passphrase = 'a vault of this test';
let folder = '';
const path = (name: string): string => join(folder, name);

interface Options {
  readonly out?: string;
  readonly rsa?: boolean;
  readonly key?: string;
  readonly trust?: string;
  /** Words instead of JSON. */
  readonly words?: boolean;
  /** File with the passphrase of the key. */
  readonly passphraseFile?: string;
}

function start(command: 'request' | 'check', file: string, options: Options = {}, input = ''): Promise<CliEnd> {
  const { rsa, words, passphraseFile, ...files } = options;
  const given = Object.entries(files).flatMap(([name, value]) => [`--${name}`, value]);
  const flags = [...(rsa === true ? ['--rsa'] : []), ...(words === true ? [] : ['--json'])];
  const args = ['--vault', path('vault.age'), 'certificate', command, file, ...given, ...flags];
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    HOME: folder,
    LANG: 'en_US.UTF-8',
    NO_COLOR: '1',
    EDGE_VAULT_PASSPHRASE_FILE: path('passphrase'),
    ...(passphraseFile === undefined ? {} : { EDGE_KEY_PASSPHRASE_FILE: passphraseFile }),
  };
  return cli(env, args, { input });
}

const vault = () =>
  createVault({
    path: path('vault.age'),
    passphrase: () => Promise.resolve(ok(passphrase)),
    writeFile: writeFileAtomic,
    tryLock,
  });

async function storedKey(): Promise<string> {
  const got = await vault().get(`certificate/${corpusFqdn}`);
  return (got.ok ? got.value : undefined) ?? '';
}

const authority = makeAuthority('Commands');
const now = Date.now();
const dates = {
  notBefore: new Date(now - 86_400_000).toISOString(),
  notAfter: new Date(now + 90 * 86_400_000).toISOString(),
};

const writeSite = (name: string, fields: object): Promise<void> =>
  writeFile(path(name), stringify({ ...plainInput, ...fields }));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-certificate-commands-'));
  await writeFile(path('passphrase'), `${passphrase}\n`);
  await mkdir(path('certs'));
  await writeSite('site.yaml', { certificate: { administration: 'technical-information', chain: 'certs/edge.pem' } });
  await writeFile(path('root.pem'), authority.root.pem);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('certificate request', () => {
  it('keeps the key in the store and writes a request that OpenSSL verifies', async () => {
    const end = await start('request', path('site.yaml'), { out: path('out') });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(end.stdout)).toEqual({
      path: path(`out/${corpusFqdn}.csr`),
      fqdn: corpusFqdn,
      names: [corpusFqdn, `*.${corpusFqdn}`],
      key: { secret: `certificate/${corpusFqdn}`, backend: 'vault', algorithm: 'ecdsa-p256', created: true },
    });
    expect(await readdir(path('out'))).toEqual([`${corpusFqdn}.csr`]);
    const { stdout, stderr } = await run('openssl', [
      'req',
      '-verify',
      '-noout',
      '-text',
      '-in',
      path(`out/${corpusFqdn}.csr`),
    ]);
    expect(stderr).toContain('verify OK');
    expect(stdout).toContain(`Subject: CN = ${corpusFqdn}\n`);
    expect(stdout).toContain(`DNS:${corpusFqdn}, DNS:*.${corpusFqdn}\n`);
    expect(stdout).toContain('NIST CURVE: P-256');
    expect(stdout).toContain('TLS Web Server Authentication');
    expect(stdout).toContain('ecdsa-with-SHA256');
    await cheapenVault(path('vault.age'), passphrase);
    const key = await storedKey();
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(end.stdout).not.toContain(key.split('\n')[1]);
  });

  it('uses the same key again', async () => {
    const before = await storedKey();
    const end = await start('request', path('site.yaml'), { out: path('again') });
    expect(JSON.parse(end.stdout)).toMatchObject({ key: { algorithm: 'ecdsa-p256', created: false } });
    expect(await storedKey()).toBe(before);
  });

  it('does not replace a key by one of another kind', async () => {
    const before = await storedKey();
    const end = await start('request', path('site.yaml'), { out: path('rsa'), rsa: true });
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stdout)).toMatchObject({ error: { code: 'certificate.other-key' } });
    expect(await storedKey()).toBe(before);
    expect(await readdir(path('rsa'))).toEqual([]);
  });

  it('makes RSA 3072 on request', async () => {
    await writeSite('rsa.yaml', { domain: { fqdn: 'Rsa.acme.example' } });
    const end = await start('request', path('rsa.yaml'), { out: path('rsa'), rsa: true, words: true });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain('certificate/rsa.acme.example');
    const { stdout } = await run('openssl', [
      'req',
      '-verify',
      '-noout',
      '-text',
      '-in',
      path('rsa/rsa.acme.example.csr'),
    ]);
    expect(stdout).toContain('Public-Key: (3072 bit)');
    expect(stdout).toContain('sha256WithRSAEncryption');
    await cheapenVault(path('vault.age'), passphrase);
  });

  it('makes no key if the store cannot keep one', async () => {
    await writeFile(path('passphrase'), 'another\n');
    const before = await readFile(path('vault.age'));
    await writeSite('new.yaml', { domain: { fqdn: 'new.acme.example' } });
    const end = await start('request', path('new.yaml'), { out: path('new') });
    await writeFile(path('passphrase'), `${passphrase}\n`);
    expect(end.code).not.toBe(0);
    expect(JSON.parse(end.stdout)).toHaveProperty('error.code', expect.stringMatching(/^secrets\./));
    expect(await readdir(path('new'))).toEqual([]);
    expect(await readFile(path('vault.age'))).toEqual(before);
  });

  it.each(['com', 'co.uk', '*.acme.example', '192.0.2.1'])('refuses %s', async (fqdn) => {
    await writeSite('bad.yaml', { domain: { fqdn } });
    const end = await start('request', path('bad.yaml'), { out: path('bad') });
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stdout)).toMatchObject({ error: { code: expect.stringMatching(/^certificate\./) } });
  });
});

describe('certificate check', () => {
  const leafFor = (keys?: ReturnType<typeof issue>['keys']) =>
    issue({
      subject: corpusFqdn,
      issuer: authority.intermediate,
      names: both(corpusFqdn),
      ...dates,
      ...(keys ? { keys } : {}),
    });

  interface Document {
    readonly findings: readonly {
      readonly rule: string;
      readonly status: string;
      readonly message: string;
      readonly remedy: string;
    }[];
    readonly blocking: number;
    readonly error?: { readonly code: string };
  }
  const check = async (
    options: Options = {},
    input = '',
  ): Promise<{ readonly code: number | null; readonly document: Document }> => {
    const end = await start('check', path('site.yaml'), options, input);
    return { code: end.code, document: JSON.parse(end.stdout) as Document };
  };
  const status = ({ findings }: Document, rule: string): string | undefined =>
    findings.find((one) => one.rule === rule)?.status;

  it('accepts a certificate that an authority issued for our request', async () => {
    // OpenSSL is the authority: it signs the unchanged request.
    await writeFile(path('ca.pem'), authority.intermediate.pem);
    await writeFile(path('ca.key'), privateKeyPem(authority.intermediate.keys));
    const csr = path(`out/${corpusFqdn}.csr`);
    const options = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-days', '90', '-copy_extensions', 'copyall'];
    await writeFile(path('aki.cnf'), 'authorityKeyIdentifier=keyid:always\n');
    const extensions = ['-extfile', path('aki.cnf')];
    await run('openssl', ['x509', '-req', '-in', csr, ...options, ...extensions, '-out', path('issued.pem')]);
    await writeFile(path('certs/edge.pem'), authority.intermediate.pem + (await readFile(path('issued.pem'), 'utf8')));
    const { code, document } = await check({ trust: path('root.pem') });
    expect(document.findings.filter((one) => one.status === 'fail')).toEqual([]);
    expect({ code, blocking: document.blocking }).toEqual({ code: 0, blocking: 0 });
    expect(status(document, 'certificate.key')).toBe('pass');
    expect(status(document, 'certificate.recognised')).toBe('warn');
  });

  it('prints its findings as text', async () => {
    const end = await start('check', path('site.yaml'), { trust: path('root.pem'), words: true });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain('The private key belongs to the certificate.');
    expect(end.stdout).toContain('another order');
    expect(end.stdout).toContain('not a recognised authority');
    expect(end.stdout).not.toMatch(/certificate\.[a-z-]+\.(title|pass|fail|warn|remedy)/);
  });

  it('requires a recognised root unless one is named', async () => {
    const { code, document } = await check();
    expect(code).toBe(2);
    expect(status(document, 'certificate.path')).toBe('fail');
  });

  it('compares the certificate with the stored key, or the given one', async () => {
    const leaf = leafFor();
    await writeFile(path('certs/edge.pem'), leaf.pem + authority.intermediate.pem);
    await writeFile(path('leaf.key'), privateKeyPem(leaf.keys));
    const stored = await check({ trust: path('root.pem') });
    expect([stored.code, status(stored.document, 'certificate.key')]).toEqual([2, 'fail']);
    const given = await check({ trust: path('root.pem'), key: path('leaf.key') });
    expect([given.code, status(given.document, 'certificate.key')]).toEqual([0, 'pass']);
  });

  it('takes the password of a PKCS#12 file from the standard input', async () => {
    const leaf = leafFor();
    await writeFile(path('leaf.pem'), leaf.pem);
    await writeFile(path('leaf.key'), privateKeyPem(leaf.keys));
    const files = ['-in', path('leaf.pem'), '-inkey', path('leaf.key'), '-certfile', path('ca.pem')];
    await run('openssl', ['pkcs12', '-export', ...files, '-passout', 'pass:Pass wörd', '-out', path('certs/edge.pem')]);
    const options = { trust: path('root.pem'), key: path('leaf.key') };
    expect((await check(options, 'Pass wörd\n')).code).toBe(0);
    const wrong = await check(options, 'pass word\n');
    expect(wrong).toMatchObject({ code: 2, document: { blocking: 1, error: { code: 'certificate.password-wrong' } } });
    expect(JSON.stringify(wrong)).not.toContain('pass word');
  });

  it('takes the passphrase of the key from standard input or a file, and continues without one', async () => {
    const leaf = leafFor();
    await writeFile(path('certs/edge.pem'), leaf.pem + authority.intermediate.pem);
    await writeFile(path('leaf.key'), privateKeyPem(leaf.keys));
    const key = path('locked.key');
    const secret = ['-topk8', '-in', path('leaf.key'), '-passout', 'pass:Pass wörd', '-out', key];
    await run('openssl', ['pkcs8', ...secret]);
    await writeFile(path('key-passphrase'), 'Pass wörd\r\n');
    const options = { trust: path('root.pem'), key };
    const verdicts = async (more: Options, input: string): Promise<unknown> => {
      const { code, document } = await check({ ...options, ...more }, input);
      const { status: seen, message = '' } = document.findings.find(({ rule }) => rule === 'certificate.key') ?? {};
      return [code, seen, message.includes(key)];
    };
    expect(await verdicts({}, 'Pass wörd\n')).toEqual([0, 'pass', false]);
    expect(await verdicts({ passphraseFile: path('key-passphrase') }, '')).toEqual([0, 'pass', false]);
    expect(await verdicts({}, 'pass word\n')).toEqual([2, 'fail', true]);
    expect(await verdicts({}, '')).toEqual([2, 'fail', true]);
  });

  it('names a missing file, or reports that none is named', async () => {
    await rm(path('certs/edge.pem'));
    expect(await check()).toMatchObject({ code: 2, document: { error: { code: 'files.missing' } } });
    await writeFile(path('certs/edge.pem'), 'hello');
    expect(await check()).toMatchObject({ code: 2, document: { error: { code: 'certificate.file-format' } } });
    await writeSite('none.yaml', {});
    const end = await start('check', path('none.yaml'));
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stdout)).toMatchObject({
      error: { code: 'certificate.no-chain' },
      findings: [],
      blocking: 1,
    });
  });
});
