/** PKCS#12, PKCS#7 and encrypted keys as OpenSSL writes them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateReport } from '../../../core/certificate/report.ts';
import type { Result } from '../../../core/errors.ts';
import { checkCertificate } from '../../../main/adapters/certificate/check.ts';
import { readKeyFile } from '../../../main/adapters/certificate/key-file.ts';
import { both, corpusFqdn, corpusNow, makeAuthority } from '../../fixtures/certificate-corpus.ts';
import { issue, keyOf, privateKeyPem } from '../../fixtures/certificate-corpus.maker.ts';

const run = promisify(execFile);
let folder = '';
const path = (name: string): string => join(folder, name);

const { root, intermediate } = makeAuthority('Forms');
const leaf = issue({
  subject: corpusFqdn,
  issuer: intermediate,
  names: both(corpusFqdn),
  keys: keyOf('rsa2048', 'forms'),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-certificate-forms-'));
  await writeFile(path('leaf.pem'), leaf.pem);
  await writeFile(path('rest.pem'), intermediate.pem);
  await writeFile(path('key.pem'), privateKeyPem(leaf.keys));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(
  bytes: Uint8Array,
  password?: string,
  key?: Uint8Array,
  passphrase?: string,
): Promise<Result<CertificateReport>> {
  return checkCertificate({
    bytes,
    name: 'chain.pem',
    fqdn: corpusFqdn,
    visibility: 'internet',
    nowIso: corpusNow,
    roots: [root.pem],
    ...(password === undefined ? {} : { password }),
    ...(key === undefined
      ? {}
      : { key: { file: await readKeyFile(key, passphrase), source: 'given' as const, name: 'edge.key' } }),
  });
}

const outcome = (result: Result<CertificateReport>): unknown =>
  result.ok ? { format: result.value.format, blocking: result.value.blocking } : result.failure.code;

/** `password` goes through the environment of the child, the test's own included. */
async function pkcs12(name: string, password: string, options: readonly string[]): Promise<Buffer> {
  const files = ['-inkey', path('key.pem'), '-in', path('leaf.pem'), '-certfile', path('rest.pem'), '-out', path(name)];
  await run('openssl', ['pkcs12', '-export', '-passout', 'env:P12_PASSWORD', ...files, ...options], {
    env: { ...process.env, P12_PASSWORD: password },
  });
  return readFile(path(name));
}

const accepted = { format: 'pkcs12', blocking: 0 };
const tripleDes = ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'SHA1'];

describe('PKCS#12', () => {
  it.each([
    ['as OpenSSL 3 writes it', 'correct horse', []],
    ['AES-128', 'p', ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-128-CBC']],
    ['AES-192 and SHA-384', 'pass', ['-certpbe', 'AES-192-CBC', '-macalg', 'SHA384']],
    ['SHA-512', 'pass', ['-macalg', 'SHA512']],
    ['TripleDES-SHA1, as Windows writes it', 'correct horse', tripleDes],
    ['TripleDES-SHA1 and an umlaut', 'Pässword ✓', tripleDes],
    ['an umlaut', 'Grüße ✓ 😀', []],
    ['many rounds', 'pass', ['-iter', '200000']],
    ['certificates that are not encrypted', 'pass', ['-certpbe', 'NONE']],
    ['RC2 with 40 bits, as OpenSSL 1.1 writes it', 'correct horse', ['-legacy']],
    ['RC2 with 128 bits', 'Pässword', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128']],
    ['a long password', 'x'.repeat(300), tripleDes],
  ] as const)('opens: %s', async (_name, password, options) => {
    const bytes = await pkcs12('file.p12', password, options);
    expect(outcome(await check(bytes, password))).toEqual(accepted);
    expect(outcome(await check(bytes, `${password}x`))).toBe('certificate.password-wrong');
    expect(outcome(await check(bytes))).toBe('certificate.password-missing');
  });

  it('opens with the empty password without asking', async () => {
    expect(outcome(await check(await pkcs12('empty.p12', '', [])))).toEqual(accepted);
    expect(outcome(await check(await pkcs12('empty-des.p12', '', tripleDes)))).toEqual(accepted);
  });

  it('says so where the protection is not known', async () => {
    const options = ['-legacy', '-certpbe', 'PBE-SHA1-RC4-128'];
    const bytes = await pkcs12('rc4.p12', 'pass', options);
    expect(outcome(await check(bytes, 'pass'))).toBe('certificate.pkcs12-cipher');
    expect(outcome(await check(bytes, 'wrong'))).toBe('certificate.password-wrong');
  });

  it('says so where only a key is inside', async () => {
    const file = ['-inkey', path('key.pem'), '-nocerts', '-passout', 'pass:pass', '-out', path('key.p12')];
    await run('openssl', ['pkcs12', '-export', ...file]);
    expect(outcome(await check(await readFile(path('key.p12')), 'pass'))).toBe('certificate.file-without');
  });

  it('refuses a file of which a bit was turned, wherever it is', async () => {
    const bytes = await pkcs12('file.p12', 'pass', ['-iter', '1']);
    for (let at = 0; at < bytes.length; at += 37) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const result = await check(damaged, 'pass');
      // The MAC covers the safe; what lies outside it may decide nothing about the certificates.
      if (result.ok) expect(result.value.chainPem).toBe(leaf.pem + intermediate.pem);
      else expect(result.failure.code).toMatch(/^certificate\./);
    }
  });

  it('gives the chain as PEM, and no key', async () => {
    const result = await check(await pkcs12('file.p12', 'pass', []), 'pass', Buffer.from(privateKeyPem(leaf.keys)));
    expect(result.ok && result.value.chainPem).toBe(leaf.pem + intermediate.pem);
    const text = JSON.stringify(result);
    expect(text).not.toContain('PRIVATE KEY');
    const keyLine = privateKeyPem(leaf.keys).split('\n')[4] ?? '-';
    expect(text).not.toContain(keyLine);
  });
});

describe('PKCS#7', () => {
  it.each(['PEM', 'DER'] as const)('is read as %s', async (form) => {
    const files = ['-certfile', path('leaf.pem'), '-certfile', path('rest.pem'), '-out', path('chain.p7b')];
    await run('openssl', ['crl2pkcs7', '-nocrl', '-outform', form, ...files]);
    expect(outcome(await check(await readFile(path('chain.p7b'))))).toEqual({ format: 'pkcs7', blocking: 0 });
  });
});

describe('keys', () => {
  const variant = async (keyPem: string): Promise<unknown> => {
    const result = await check(Buffer.from(leaf.pem + intermediate.pem), undefined, Buffer.from(keyPem));
    const finding = result.ok ? result.value.findings.find(({ rule }) => rule === 'certificate.key') : undefined;
    return [finding?.status, finding?.variant];
  };

  it('compares PKCS#8 and PKCS#1', async () => {
    const { stdout } = await run('openssl', ['rsa', '-in', path('key.pem'), '-traditional']);
    expect(stdout).toContain('BEGIN RSA PRIVATE KEY');
    expect(await variant(stdout)).toEqual(['pass', undefined]);
    expect(await variant(`${leaf.pem}${stdout}`)).toEqual(['pass', undefined]);
    expect(await variant(privateKeyPem(leaf.keys))).toEqual(['pass', undefined]);
  });

  it('does not guess passwords of keys', async () => {
    const { stdout } = await run('openssl', ['pkcs8', '-topk8', '-in', path('key.pem'), '-passout', 'pass:x']);
    expect(await variant(stdout)).toEqual(['fail', 'encrypted-given']);
    const { stdout: old } = await run('openssl', [
      'rsa',
      '-in',
      path('key.pem'),
      '-traditional',
      '-aes128',
      '-passout',
      'pass:x',
    ]);
    expect(await variant(old)).toEqual(['fail', 'encrypted-given']);
  });

  it('names what is no key', async () => {
    expect(await variant('')).toEqual(['fail', 'unreadable-given']);
    expect(await variant(leaf.pem)).toEqual(['fail', 'certificate-given']);
  });
});
