/** Certificates made by openssl, and openssl's own verdict on the same chains. */
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate, createPrivateKey, createSign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { capture } from '../../../core/base/errors.ts';
import { verifyCertificate } from '../../../main/adapters/media/image/certificate.ts';
import type { CertificateSigner, CertificateTrust } from '../../../main/adapters/media/image/certificate.ts';
import { soundParts } from '../../unit/main/adapters/media/image/ova-kit.ts';

let folder = '';
export const at = (name: string): string => path.join(folder, name);
export const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

interface Made {
  readonly by?: string;
  readonly extensions: readonly string[];
  readonly days?: number;
  readonly digest?: string;
  /** What `openssl genpkey` makes; P-256 by default. */
  readonly key?: readonly string[];
  readonly subject?: string;
}

const rsa = (bits: number): readonly string[] => ['rsa', '-pkeyopt', `rsa_keygen_bits:${bits}`];
const curve = (name: string): readonly string[] => ['ec', '-pkeyopt', `ec_paramgen_curve:${name}`];

function make(name: string, made: Made): void {
  const { by, extensions, days = 30, digest = 'sha256', key = curve('P-256'), subject = name } = made;
  openssl('genpkey', '-algorithm', ...key, '-out', `${name}.key`);
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${subject}`, '-out', `${name}.csr`);
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
export const manifest = soundParts().mf;

export function certOf(
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

export async function verdict(bytes: Buffer, trust: CertificateTrust = {}): Promise<CertificateSigner | string> {
  const text = { name: 'web.mf', bytes: manifest.bytes, start: 0 };
  const found = await capture(async () => verifyCertificate(text, { name: 'web.cert', bytes, start: 0 }, trust));
  return found.ok ? found.value : `${found.failure.kind} ${found.failure.code}`;
}

/** Length and start of the content of the DER item at `at`. */
function contentOf(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const start = at + 2 + (first & 0x7f);
  return { start, end: start + der.readUIntBE(at + 2, first & 0x7f) };
}

const derItem = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

/** `name` with other bytes of the same number, signed again by `by`: openssl cannot make such a certificate. */
function forge(name: string, forged: string, by: string, change: (body: Buffer) => void): void {
  const der = Buffer.from(new X509Certificate(readFileSync(at(`${name}.pem`))).raw);
  const body = contentOf(der, 0).start;
  const { end } = contentOf(der, body);
  const signed = Buffer.from(der.subarray(body, end));
  change(signed);
  const signature = createSign('sha256')
    .update(signed)
    .sign(createPrivateKey(readFileSync(at(`${by}.key`))));
  const algorithm = der.subarray(end, contentOf(der, end).end);
  const bytes = derItem(0x30, signed, algorithm, derItem(0x03, Buffer.from([0]), signature));
  const base64 = bytes.toString('base64').replaceAll(/.{64}/g, '$&\n');
  writeFileSync(at(`${forged}.pem`), `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
  copyFileSync(at(`${name}.key`), at(`${forged}.key`));
}

/** The offset of the first time, `YYMMDDHHMMSSZ`; the second follows 15 bytes later. */
const firstTime = (body: Buffer): number => body.indexOf(Buffer.from([0x17, 0x0d])) + 2;

/** openssl's verdict on the leaf of that chain under the root, for code signing, without its purpose flags. */
export const opensslAccepts = (chain: readonly string[], root = 'root'): boolean => {
  const [first = '', ...rest] = chain;
  writeFileSync(at('untrusted'), rest.map((name) => readFileSync(at(`${name}.pem`), 'utf8')).join(''));
  const untrusted = rest.length === 0 ? [] : ['-untrusted', 'untrusted'];
  return (
    spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', `${root}.pem`, ...untrusted, `${first}.pem`], {
      cwd: folder,
    }).status === 0
  );
};

/** Makes every certificate of the tests. */
function makeAll(): void {
  make('root', { extensions: ca });
  make('other', { extensions: ca });
  make('middle', { by: 'root', extensions: ca });
  make('leaf', { by: 'middle', extensions: leaf });
  make('direct', { by: 'root', extensions: leaf, key: rsa(2048) });
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
  make('weak', { by: 'root', extensions: leaf, key: rsa(1024) });
  for (const name of ['secp112r1', 'prime192v1', 'secp224r1', 'secp256k1']) {
    make(`on-${name}`, { by: 'root', extensions: leaf, key: curve(name) });
  }
  for (const name of ['P-384', 'P-521']) make(`on-${name}`, { by: 'root', extensions: leaf, key: curve(name) });
  make('curve-ca', { by: 'root', extensions: ca, key: curve('secp112r1') });
  make('under-curve', { by: 'curve-ca', extensions: leaf });
  make('edwards', { by: 'root', extensions: leaf, key: ['ed25519'] });
  make('same-name', { by: 'root', extensions: ca, digest: 'sha1', subject: 'root' });
  make('under-same-name', { by: 'same-name', extensions: leaf });
  make('old-root', { extensions: ca, digest: 'sha1' });
  make('under-old-root', { by: 'old-root', extensions: leaf });
  make('unknown', { by: 'root', extensions: [...leaf, '1.2.3.4.5.6=critical,DER:0500'] });
  forge('unknown', 'unknown-ber', 'root', (body) => {
    const flag = body.indexOf(Buffer.from('0101ff', 'hex'), body.indexOf(Buffer.from('06052a03040506', 'hex')));
    body[flag + 2] = 1;
  });
  forge('direct', 'month-13', 'root', (body) => void body.write('13', firstTime(body) + 2, 'latin1'));
  make('old-middle', { by: 'root', extensions: ca });
  forge('old-middle', 'expired-middle', 'root', (body) => {
    body.write('20', firstTime(body), 'latin1');
    body.write('21', firstTime(body) + 15, 'latin1');
  });
  make('under-expired', { by: 'old-middle', extensions: leaf });
  forge('root', 'renewed', 'root', (body) => {
    body.write('20', firstTime(body), 'latin1');
    body.write('21', firstTime(body) + 15, 'latin1');
  });
}

/** Registers the folder and the certificates of a test file. */
export function withCertificates(): void {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'edge-cert-'));
    makeAll();
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/** The root of the valid certificates. */
export const issuers = (): CertificateTrust => ({ issuers: [readFileSync(at('root.pem'), 'utf8')] });
