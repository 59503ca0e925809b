/** PKCS#12, PKCS#7 and encrypted keys in OpenSSL's formats. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateReport } from '../../../core/certificate/report.ts';
import type { Result } from '../../../core/base/errors.ts';
import { areas } from '../../../core/locales/en.ts';
import { createText, findingInWords } from '../../../core/base/text.ts';
import { checkCertificate } from '../../../main/adapters/certificate/check.ts';
import { pemText } from '../../../main/adapters/certificate/pem.ts';
import { readKeyFile } from '../../../main/adapters/certificate/key-file.ts';
import { both, corpusFqdn, corpusNow, makeAuthority } from '../../fixtures/certificate-corpus.kit.ts';
import { issue, keyOf, privateKeyPem } from '../../fixtures/certificate-corpus.maker.ts';

const words = createText('en', areas, areas);
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

/** Code and values of a failure. */
async function failed(bytes: Uint8Array, password?: string): Promise<unknown> {
  const result = await check(bytes, password);
  return result.ok ? 'read' : { code: result.failure.code, ...result.failure.params };
}

/** `bytes` with the last `from` replaced by `to`, which has the same length. */
function replaced(bytes: Buffer, from: Uint8Array, to: Uint8Array): Buffer | undefined {
  const at = bytes.lastIndexOf(from);
  return at < 0 ? undefined : Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)]);
}

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

  it('opens with the empty password without a prompt', async () => {
    expect(outcome(await check(await pkcs12('empty.p12', '', [])))).toEqual(accepted);
    expect(outcome(await check(await pkcs12('empty-des.p12', '', tripleDes)))).toEqual(accepted);
  });

  it('reports an unsupported protection', async () => {
    const options = ['-legacy', '-certpbe', 'PBE-SHA1-RC4-128'];
    const bytes = await pkcs12('rc4.p12', 'pass', options);
    expect(outcome(await check(bytes, 'pass'))).toBe('certificate.pkcs12-cipher');
    expect(outcome(await check(bytes, 'wrong'))).toBe('certificate.password-wrong');
  });

  it('names a missing MAC, PBMAC1 and scrypt, and the command that converts the file', async () => {
    const bare = await pkcs12('nomac.p12', 'pass', ['-nomac']);
    expect(await failed(bare, 'pass')).toEqual({ code: 'certificate.pkcs12-no-mac', file: 'chain.pem' });
    // OpenSSL 3.0 writes neither: the test patches their identifiers into a usual file.
    const sha256 = Buffer.from('300b0609608648016503040201', 'hex');
    const pbmac1 = Buffer.from('300b06092a864886f70d01050e', 'hex');
    const usual = await pkcs12('usual.p12', 'pass', []);
    const other = replaced(usual, sha256, pbmac1) ?? replaced(usual, sha256.subarray(2), pbmac1.subarray(2)) ?? usual;
    expect(await failed(other, 'pass')).toEqual({
      code: 'certificate.pkcs12-mac',
      file: 'chain.pem',
      algorithm: 'PBMAC1',
    });
    for (const [name, bytes] of [
      ['nomac.p12', bare],
      ['pbmac1.p12', other],
    ] as const) {
      await writeFile(path(name), bytes);
      const options = ['-in', path(name), '-nomacver', '-nokeys', '-passin', 'pass:pass', '-out', path('chain.pem')];
      await run('openssl', ['pkcs12', ...options]);
      expect(outcome(await check(await readFile(path('chain.pem'))))).toEqual({ format: 'pem', blocking: 0 });
    }
  });

  it('reports a file with only a key', async () => {
    const file = ['-inkey', path('key.pem'), '-nocerts', '-passout', 'pass:pass', '-out', path('key.p12')];
    await run('openssl', ['pkcs12', '-export', ...file]);
    expect(outcome(await check(await readFile(path('key.p12')), 'pass'))).toBe('certificate.file-without');
  });

  it('refuses a file with one flipped bit at any position', async () => {
    const bytes = await pkcs12('file.p12', 'pass', ['-iter', '1']);
    for (let at = 0; at < bytes.length; at += 37) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const result = await check(damaged, 'pass');
      // The MAC covers the safe; a change outside it must not change the certificates.
      if (result.ok) expect(result.value.chainPem).toBe(leaf.pem + intermediate.pem);
      else expect(result.failure.code).toMatch(/^certificate\./);
    }
  });

  it('is converted to a PEM chain without the key', async () => {
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

const chain = leaf.pem + intermediate.pem;
const relabelled = (bytes: Uint8Array, label: string): string => pemText(label, bytes);

describe('containers under a wrong label', () => {
  it('are read by their content', async () => {
    const files = ['-certfile', path('leaf.pem'), '-certfile', path('rest.pem'), '-out', path('chain.p7b')];
    await run('openssl', ['crl2pkcs7', '-nocrl', '-outform', 'DER', ...files]);
    const pkcs7 = await readFile(path('chain.p7b'));
    for (const label of ['CERTIFICATE', 'PKCS7', 'PKCS #7 SIGNED DATA', 'CMS', 'X509 CERTIFICATE']) {
      const text = relabelled(pkcs7, label).replaceAll('\n', '\r\n');
      expect(outcome(await check(Buffer.from(text))), label).toEqual({ format: 'pkcs7', blocking: 0 });
    }
    const one = relabelled(leaf.der, 'PKCS7') + intermediate.pem;
    expect(outcome(await check(Buffer.from(one)))).toEqual({ format: 'pem', blocking: 0 });
    const packed = await pkcs12('label.p12', 'pass', []);
    expect(outcome(await check(Buffer.from(relabelled(packed, 'CERTIFICATE')), 'pass'))).toEqual(accepted);
    expect(outcome(await check(Buffer.from(packed.toString('base64')), 'pass'))).toEqual(accepted);
  });

  it('are named if they contain no certificate', async () => {
    await run('openssl', ['req', '-new', '-key', path('key.pem'), '-subj', '/CN=x', '-out', path('x.csr')]);
    const request = (await readFile(path('x.csr'), 'utf8')).replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE');
    const without = (found: string) => ({ code: 'certificate.file-without', file: 'chain.pem', found });
    expect(await failed(Buffer.from(request))).toEqual(without('CERTIFICATE REQUEST'));
    const key = await run('openssl', ['pkey', '-in', path('key.pem'), '-pubout']);
    expect(await failed(Buffer.from(key.stdout))).toEqual(without('PUBLIC KEY'));
    expect(await failed(Buffer.from(privateKeyPem(leaf.keys)))).toEqual(without('PRIVATE KEY'));
  });

  it('are accepted as trusted roots', async () => {
    const trusting = (bytes: Uint8Array): Promise<Result<CertificateReport>> =>
      checkCertificate({
        bytes: Buffer.from(chain),
        name: 'chain.pem',
        fqdn: corpusFqdn,
        visibility: 'lan',
        nowIso: corpusNow,
        roots: [],
        trust: { bytes, name: 'root.pem' },
      });
    await writeFile(path('root.pem'), root.pem);
    await run('openssl', ['crl2pkcs7', '-nocrl', '-certfile', path('root.pem'), '-out', path('root.p7b')]);
    const pkcs7 = await readFile(path('root.p7b'), 'utf8');
    const good: readonly Uint8Array[] = [
      Buffer.from(root.pem),
      root.der,
      Buffer.from(pkcs7),
      Buffer.from(pkcs7.replaceAll('PKCS7', 'CERTIFICATE')),
      Buffer.from(`\uFEFF${root.pem}`, 'utf16le'),
      Buffer.from(`\uFEFF${root.pem}`, 'utf16le').swap16(),
      Buffer.from(intermediate.pem.trimEnd() + root.pem),
    ];
    for (const bytes of good) expect(await trusting(bytes).then(outcome)).toEqual({ format: 'pem', blocking: 0 });
    const code = async (text: string): Promise<unknown> => {
      const result = await trusting(Buffer.from(text));
      return result.ok ? 'read' : [result.failure.code, result.failure.params.file];
    };
    // A damaged root is named, even if another root is valid.
    expect(await code(root.pem + root.pem.slice(0, -40))).toEqual(['certificate.pem-open', 'root.pem']);
    expect(await code(root.pem + root.pem.replace('MII', 'MIJ'))).toEqual([
      'certificate.certificate-damaged-line',
      'root.pem',
    ]);
    expect(await code(intermediate.pem)).toEqual(['certificate.trust', 'root.pem']);
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

  const stdout = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await run(command, args)).stdout;
  /** The rule's result for a file, without and with its passphrase. */
  const given = async (bytes: Uint8Array, passphrase?: string): Promise<unknown> => {
    const result = await check(Buffer.from(chain), undefined, bytes, passphrase);
    const finding = result.ok ? result.value.findings.find(({ rule }) => rule === 'certificate.key') : undefined;
    if (finding === undefined) return undefined;
    const { message, remedy } = findingInWords(words, finding);
    const isSaid = [message, remedy].every((text) => /^[^{}]{10,}$/.test(text) && text !== words('common.status.fail'));
    return finding.status === 'pass' || isSaid ? (finding.variant ?? finding.status) : [message, remedy];
  };

  it('opens encrypted keys with their passphrase, and reports a missing or wrong one', async () => {
    const topk8 = (...options: readonly string[]): Promise<string> =>
      stdout('openssl', 'pkcs8', '-topk8', '-in', path('key.pem'), '-passout', 'pass:Schlüssel', ...options);
    const old = stdout(
      'openssl',
      'rsa',
      '-in',
      path('key.pem'),
      '-traditional',
      '-aes128',
      '-passout',
      'pass:Schlüssel',
    );
    const forms = [
      await topk8(),
      await topk8('-v2', 'des3'),
      await topk8('-v1', 'PBE-SHA1-3DES'),
      await topk8('-iter', '100000'),
      await old,
    ];
    for (const pem of forms) {
      expect(await given(Buffer.from(pem))).toBe('encrypted-given');
      expect(await given(Buffer.from(pem), '')).toBe('encrypted-given');
      expect(await given(Buffer.from(pem), 'wrong')).toBe('wrong-passphrase-given');
      expect(await given(Buffer.from(pem), 'Schlüssel')).toBe('pass');
      expect(await given(Buffer.from(`\uFEFF${pem}`, 'utf16le'), 'Schlüssel')).toBe('pass');
    }
    expect(await given(Buffer.from(await topk8('-scrypt')), 'Schlüssel')).toBe('protection-given');
  });

  it('reads keys in DER, UTF-16 and PKCS#12', async () => {
    const pkcs8 = leaf.keys.privateKey.export({ type: 'pkcs8', format: 'der' });
    const pkcs1 = leaf.keys.privateKey.export({ type: 'pkcs1', format: 'der' });
    const utf16 = Buffer.from(`\uFEFF${privateKeyPem(leaf.keys)}`, 'utf16le');
    const pasted = Buffer.from(privateKeyPem(leaf.keys).replace(/^/gm, '> '));
    for (const bytes of [
      pkcs8,
      pkcs1,
      utf16,
      Buffer.from(utf16).swap16(),
      pasted,
      Buffer.from(pkcs8.toString('base64')),
    ]) {
      expect(await given(bytes)).toBe('pass');
    }
    for (const options of [[], ['-legacy'], tripleDes]) {
      const packed = await pkcs12('key.p12', 'Pässword', options);
      expect(await given(packed)).toBe('encrypted-given');
      expect(await given(packed, 'wrong')).toBe('wrong-passphrase-given');
      expect(await given(packed, 'Pässword')).toBe('pass');
    }
    const ec = keyOf('p256', 'sec1').privateKey;
    expect(await given(ec.export({ type: 'sec1', format: 'der' }))).toBe('mismatch-given');
  });

  it('names the kind of a file without a usable private key', async () => {
    await run('openssl', ['req', '-new', '-key', path('key.pem'), '-subj', '/CN=x', '-out', path('key.csr')]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path('id')]);
    const publicPem = await stdout('openssl', 'pkey', '-in', path('key.pem'), '-pubout');
    const pkcs1Public = leaf.keys.publicKey.export({ type: 'pkcs1', format: 'der' });
    const nokey = ['-nokeys', '-in', path('leaf.pem'), '-passout', 'pass:p', '-out', path('nokey.p12')];
    await run('openssl', ['pkcs12', '-export', ...nokey]);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [Buffer.from(publicPem), 'public-key-given'],
      [leaf.keys.publicKey.export({ type: 'spki', format: 'der' }), 'public-key-given'],
      [pkcs1Public, 'public-key-given'],
      [await readFile(path('key.csr')), 'request-given'],
      [Buffer.from(chain), 'certificate-given'],
      [leaf.der, 'certificate-given'],
      [await readFile(path('id')), 'ssh-given'],
      [await readFile(path('id.pub')), 'ssh-given'],
      [Buffer.from('PuTTY-User-Key-File-3: ssh-ed25519\n'), 'ssh-given'],
      [Buffer.from(privateKeyPem(leaf.keys).slice(0, -50)), 'damaged-given'],
      [Buffer.from('hello'), 'unreadable-given'],
      [new Uint8Array(300), 'unreadable-given'],
    ];
    for (const [bytes, expected] of cases) expect(await given(bytes)).toBe(expected);
    expect(await given(await readFile(path('nokey.p12')), 'p')).toBe('certificate-given');
    expect(await given(await pkcs12('nomac.p12', 'p', ['-nomac']), 'p')).toBe('pkcs12-protection-given');
    expect(await given(Buffer.from(chain + privateKeyPem(leaf.keys)))).toBe('pass');
    expect(await given(Buffer.from(privateKeyPem(keyOf('rsa2048', 'another'))))).toBe('mismatch-given');
  });

  it('names a file that is no key', async () => {
    expect(await variant('')).toEqual(['fail', 'unreadable-given']);
    expect(await variant(leaf.pem)).toEqual(['fail', 'certificate-given']);
  });
});
