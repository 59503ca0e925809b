import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../core/errors.ts';
import { verifyCertificate } from '../../../main/adapters/media/certificate.ts';
import type { CertificateSigner, CertificateTrust } from '../../../main/adapters/media/certificate.ts';
import { readOva } from '../../../main/adapters/media/ova-reader.ts';
import { soundParts, tarOf } from '../../unit/main/media/ova-kit.ts';

/** Certificates made by openssl, and openssl's own verdict on the same chains. */

let folder = '';
const at = (name: string): string => path.join(folder, name);
const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface Made {
  readonly by?: string;
  readonly extensions: readonly string[];
  readonly days?: number;
  readonly digest?: string;
  readonly rsa?: number;
}

function make(name: string, { by, extensions, days = 30, digest = 'sha256', rsa }: Made): void {
  const key =
    rsa === undefined ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['rsa', '-pkeyopt', `rsa_keygen_bits:${rsa}`];
  openssl('genpkey', '-algorithm', ...key, '-out', `${name}.key`);
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(at(`${name}.ext`), extensions.join('\n'));
  const issuer =
    by === undefined ? ['-signkey', `${name}.key`] : ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...issuer,
    '-days',
    String(days),
    `-${digest}`,
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  );
}

const ca = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
const leaf = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=codeSigning',
];
const manifest = soundParts().mf;

function certOf(
  signer: string,
  chain: readonly string[],
  digest = 'sha256',
  about: { name: string; bytes: Buffer } = manifest,
): Buffer {
  writeFileSync(at('m'), about.bytes);
  const signature = execFileSync('openssl', ['dgst', `-${digest}`, '-sign', `${signer}.key`, 'm'], {
    cwd: folder,
  }).toString('hex');
  const pems = chain.map((name) => readFileSync(at(`${name}.pem`), 'utf8')).join('');
  return Buffer.from(`${digest.toUpperCase()}(${about.name})= ${signature}\n${pems}`);
}

async function verdict(bytes: Buffer, trust: CertificateTrust = {}): Promise<CertificateSigner | string> {
  const text = { name: 'web.mf', bytes: manifest.bytes, start: 0 };
  const found = await capture(async () => verifyCertificate(text, { name: 'web.cert', bytes, start: 0 }, trust));
  return found.ok ? found.value : `${found.failure.kind} ${found.failure.code}`;
}

/** What openssl says about the leaf of that chain under the root, for code signing apart from its purpose flags. */
const opensslAccepts = (chain: readonly string[], root = 'root'): boolean => {
  const [first = '', ...rest] = chain;
  writeFileSync(at('untrusted'), rest.map((name) => readFileSync(at(`${name}.pem`), 'utf8')).join(''));
  const untrusted = rest.length === 0 ? [] : ['-untrusted', 'untrusted'];
  return (
    spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', `${root}.pem`, ...untrusted, `${first}.pem`], {
      cwd: folder,
    }).status === 0
  );
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-cert-'));
  make('root', { extensions: ca });
  make('other', { extensions: ca });
  make('middle', { by: 'root', extensions: ca });
  make('leaf', { by: 'middle', extensions: leaf });
  make('direct', { by: 'root', extensions: leaf, rsa: 2048 });
  make('self', { extensions: leaf });
  make('child-of-leaf', { by: 'leaf', extensions: leaf });
  make('short', {
    by: 'root',
    extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'],
  });
  make('under-short', { by: 'short', extensions: ca });
  make('too-deep', { by: 'under-short', extensions: leaf });
  make('named', { by: 'root', extensions: [...ca, 'nameConstraints=critical,permitted;DNS:ale.example'] });
  make('under-named', { by: 'named', extensions: [...leaf, 'subjectAltName=DNS:elsewhere.example'] });
  make('no-sign', { by: 'root', extensions: ['basicConstraints=CA:TRUE', 'keyUsage=critical,digitalSignature'] });
  make('under-no-sign', { by: 'no-sign', extensions: leaf });
  make('server', {
    by: 'root',
    extensions: ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', 'extendedKeyUsage=serverAuth'],
  });
  make('sha1', { by: 'root', extensions: leaf, digest: 'sha1' });
  make('weak', { by: 'root', extensions: leaf, rsa: 1024 });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a certificate over the manifest', () => {
  const issuers = (): CertificateTrust => ({ issuers: [readFileSync(at('root.pem'), 'utf8')] });

  it('is accepted with its chain, the signer shown', async () => {
    expect(await verdict(certOf('leaf', ['leaf', 'middle']))).toMatchObject({
      subject: 'CN=leaf',
      issuer: 'CN=middle',
      trusted: false,
    });
    expect(await verdict(certOf('leaf', ['leaf', 'middle']), issuers())).toMatchObject({ trusted: true });
    expect(await verdict(certOf('leaf', ['leaf', 'middle', 'root']), issuers())).toMatchObject({ trusted: true });
    expect(await verdict(certOf('direct', ['direct'], 'sha512'), issuers())).toMatchObject({
      subject: 'CN=direct',
      trusted: true,
    });
  });

  it('is accepted inside an OVA, and refused there over another manifest', async () => {
    const { ovf, mf, disk } = soundParts();
    writeFileSync(at('a.ova'), tarOf([ovf, mf, { name: 'web.cert', bytes: certOf('direct', ['direct']) }, disk]));
    expect(await readOva(at('a.ova'))).toMatchObject({ ok: true, value: { certificate: { subject: 'CN=direct' } } });
    const other = { name: mf.name, bytes: Buffer.from(`${mf.bytes.toString()}x`) };
    writeFileSync(
      at('b.ova'),
      tarOf([ovf, mf, { name: 'web.cert', bytes: certOf('direct', ['direct'], 'sha256', other) }, disk]),
    );
    expect(await readOva(at('b.ova'))).toMatchObject({
      failure: { kind: 'trust', code: 'media.certificate-signature', params: { file: 'b.ova' } },
    });
  });

  it('is refused when it is about another manifest, by name', async () => {
    expect(await verdict(certOf('direct', ['direct'], 'sha256', { ...manifest, name: 'other.mf' }))).toBe(
      'trust media.certificate-name',
    );
  });

  it('is refused when another key signed', async () => {
    expect(await verdict(certOf('leaf', ['direct']))).toBe('trust media.certificate-signature');
  });

  it('is refused when self-signed', async () => {
    expect(await verdict(certOf('self', ['self']))).toBe('trust media.certificate-self');
  });

  it('is refused outside its validity', async () => {
    const bytes = certOf('leaf', ['leaf', 'middle']);
    expect(await verdict(bytes, { nowIso: '2016-01-01T00:00:00Z' })).toBe('trust media.certificate-validity');
    expect(await verdict(bytes, { nowIso: '2096-01-01T00:00:00Z' })).toBe('trust media.certificate-validity');
    expect(await verdict(bytes, { nowIso: new Date().toISOString() })).toMatchObject({ subject: 'CN=leaf' });
  });

  it('is refused when it is no certificate, or signed with SHA-1', async () => {
    expect(await verdict(Buffer.from('hello'))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('direct', []))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('direct', ['direct'], 'sha1'))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('sha1', ['sha1']))).toBe('trust media.certificate-key');
    expect(await verdict(certOf('weak', ['weak']))).toBe('trust media.certificate-key');
  });

  const chains: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ['a leaf as the issuer', ['child-of-leaf', 'leaf', 'middle'], 'chain'],
    ['a path that is too long', ['too-deep', 'under-short', 'short'], 'chain'],
    ['a name outside the constraints', ['under-named', 'named'], 'chain'],
    ['an issuer that may not sign certificates', ['under-no-sign', 'no-sign'], 'chain'],
    ['an issuer that is missing', ['leaf'], 'chain'],
    ['another root', ['direct'], 'chain'],
  ];
  for (const [name, chain, fault] of chains) {
    it(`is refused with ${name}, as openssl does`, async () => {
      const root = name === 'another root' ? 'other' : 'root';
      const trust = { issuers: [readFileSync(at(`${root}.pem`), 'utf8')] };
      expect(opensslAccepts(chain, root)).toBe(false);
      expect(await verdict(certOf(chain[0] ?? '', chain), trust)).toBe(`trust media.certificate-${fault}`);
    });
  }

  it('is refused when its certificate is for a server', async () => {
    expect(await verdict(certOf('server', ['server']), issuers())).toBe('trust media.certificate-usage');
    expect(await verdict(certOf('middle', ['middle']), issuers())).toBe('trust media.certificate-usage');
  });
});
