import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate, createPrivateKey, createSign } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../../core/base/errors.ts';
import { verifyCertificate } from '../../../main/adapters/media/image/certificate.ts';
import type { CertificateSigner, CertificateTrust } from '../../../main/adapters/media/image/certificate.ts';
import { createMedium } from '../../../main/adapters/media/catalogue/create.ts';
import { readOva } from '../../../main/adapters/media/image/ova-reader.ts';
import { formatSecretKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { soundParts, tarOf } from '../../unit/main/adapters/media/image/ova-kit.ts';
import { cliFails, cliJson } from '../cli/command.ts';

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

/** Length and start of what is in a DER item at `at`. */
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

/** `name` with other bytes of the same number, signed again by `by`: what openssl would not make. */
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

/** The place of the first time, `YYMMDDHHMMSSZ`; the second follows 15 bytes later. */
const firstTime = (body: Buffer): number => body.indexOf(Buffer.from([0x17, 0x0d])) + 2;

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

  it('has to lead to the issuer that --trust names, also where the image was proven before', async () => {
    const medium = at('medium');
    mkdirSync(medium, { recursive: true });
    const { ovf, mf, disk } = soundParts();
    const cert = { name: 'web.cert', bytes: certOf('leaf', ['leaf', 'middle']) };
    const image = path.join(medium, 'logs.ova');
    writeFileSync(image, tarOf([ovf, mf, cert, disk]));
    const pair = generateKeyPair();
    writeFileSync(at('sign.pub'), pair.publicKey);
    writeFileSync(at('sign.key'), await formatSecretKey(pair.secretKey));
    const env = { ...process.env, EDGE_STATE_DIR: at('state') };
    const trust = (...names: string[]): string[] => names.flatMap((name) => ['--trust', at(name)]);
    openssl('req', '-in', 'leaf.csr', '-outform', 'DER', '-out', 'leaf.csr.der');
    const signer = { certificate: { subject: 'CN=leaf' } };

    expect((await cliJson(env, ['ova', 'verify', image])).json).toMatchObject({ certificate: { trusted: false } });
    const known = await cliJson(env, ['ova', 'verify', image, ...trust('root.pem')]);
    expect(known.json).toMatchObject({ certificate: { trusted: true } });
    const broken = await cliFails(env, ['ova', 'verify', image, ...trust('root.key')]);
    expect(broken).toMatchObject({ code: 2, error: { code: 'media.issuer-format' } });
    const noIssuer = await cliFails(env, ['ova', 'verify', image, ...trust('sign.pub')]);
    expect(noIssuer).toMatchObject({ code: 2, error: { code: 'media.issuer-format' } });

    expect((await cliJson(env, ['media', 'create', medium, '--key', at('sign.key')])).code).toBe(0);
    const verify = ['media', 'verify', medium, ...trust('sign.pub')];
    const first = await cliJson(env, verify);
    expect(first.json).toMatchObject({ images: [{ ...signer, reused: false, certificate: { trusted: false } }] });
    const second = await cliJson(env, [...verify, ...trust('root.pem')]);
    expect(second.json).toMatchObject({ images: [{ ...signer, reused: true, certificate: { trusted: true } }] });
    const other = await cliFails(env, [...verify, ...trust('self.pem')]);
    expect(other).toMatchObject({ code: 4, error: { code: 'media.certificate-chain' } });
    const neither = await cliFails(env, [...verify, ...trust('leaf.csr.der')]);
    expect(neither).toMatchObject({ code: 2, error: { code: 'media.key-public' } });
  });

  it('may lead to either of two roots with one key, of which one has expired', async () => {
    const [old = '', root = ''] = ['renewed', 'root'].map((name) => readFileSync(at(`${name}.pem`), 'utf8'));
    const nowIso = new Date().toISOString();
    const cert = certOf('leaf', ['leaf', 'middle']);
    for (const issuers of [
      [old, root],
      [root, old],
    ])
      expect(await verdict(cert, { issuers, nowIso })).toMatchObject({ trusted: true });
    expect(await verdict(cert, { issuers: [old], nowIso })).toBe('trust media.certificate-validity');
  });

  it('is asked for by who makes a medium and knows issuers', async () => {
    const folderOfOne = at('one');
    mkdirSync(folderOfOne, { recursive: true });
    const { ovf, mf, disk } = soundParts();
    const cert = { name: 'web.cert', bytes: certOf('leaf', ['leaf', 'middle']) };
    writeFileSync(path.join(folderOfOne, 'logs.ova'), tarOf([ovf, mf, cert, disk]));
    const make = async (issuer: string): Promise<unknown> => {
      const made = await createMedium({
        folder: folderOfOne,
        secretKeyText: await formatSecretKey(generateKeyPair().secretKey),
        release: '1',
        created: new Date().toISOString(),
        expires: '2099-01-01T00:00:00Z',
        issuers: [readFileSync(at(`${issuer}.pem`), 'utf8')],
      });
      return made.ok || made.failure.code;
    };
    expect(await make('other')).toBe('media.certificate-chain');
    expect(await make('root')).toBe(true);
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
    ['a name outside the constraints', ['under-named', 'named'], 'extension'],
    ['an unknown critical extension', ['unknown'], 'extension'],
    ['an unknown critical extension whose flag is not DER', ['unknown-ber'], 'format'],
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

  it('is refused with a key on a weak or foreign curve, by whoever made it', async () => {
    for (const name of ['secp112r1', 'prime192v1', 'secp224r1', 'secp256k1'].map((known) => `on-${known}`)) {
      expect(await verdict(certOf(name, [name]), issuers())).toBe('trust media.certificate-key');
    }
    expect(await verdict(certOf('under-curve', ['under-curve', 'curve-ca']), issuers())).toBe(
      'trust media.certificate-key',
    );
    for (const name of ['on-P-384', 'on-P-521']) {
      expect(await verdict(certOf(name, [name], 'sha512'), issuers())).toMatchObject({ trusted: true });
    }
  });

  it('is refused with an Ed25519 key, which signs no digest', async () => {
    writeFileSync(at('m'), manifest.bytes);
    openssl('pkeyutl', '-sign', '-inkey', 'edwards.key', '-rawin', '-in', 'm', '-out', 'm.sig');
    const signature = readFileSync(at('m.sig')).toString('hex');
    const bytes = Buffer.from(`SHA512(web.mf)= ${signature}\n${readFileSync(at('edwards.pem'), 'utf8')}`);
    expect(await verdict(bytes, issuers())).toBe('trust media.certificate-key');
  });

  it('is refused when a CA of the name of its issuer was signed with SHA-1; a root may be', async () => {
    expect(await verdict(certOf('under-same-name', ['under-same-name', 'same-name']), issuers())).toBe(
      'trust media.certificate-key',
    );
    const old = { issuers: [readFileSync(at('old-root.pem'), 'utf8')] };
    expect(await verdict(certOf('under-old-root', ['under-old-root']), old)).toMatchObject({ trusted: true });
    expect(await verdict(certOf('under-old-root', ['under-old-root', 'old-root']), old)).toMatchObject({
      trusted: true,
    });
  });

  it('is refused when a time in it is none', async () => {
    const bytes = certOf('month-13', ['month-13']);
    expect(await verdict(bytes)).toBe('trust media.certificate-format');
    expect(await verdict(bytes, { nowIso: new Date().toISOString() })).toBe('trust media.certificate-format');
  });

  it('shows the days of the certificate that is not valid, not those of the signer', async () => {
    const bytes = certOf('under-expired', ['under-expired', 'expired-middle']);
    const text = { name: 'web.mf', bytes: manifest.bytes, start: 0 };
    const cert = { name: 'web.cert', bytes, start: 0 };
    const now = { ...issuers(), nowIso: new Date().toISOString() };
    const found = await capture(async () => verifyCertificate(text, cert, now));
    expect(found).toMatchObject({
      failure: {
        code: 'media.certificate-validity',
        params: { from: expect.stringMatching(/^2020-/), to: expect.stringMatching(/^2021-/) },
      },
    });
    const late = { ...issuers(), nowIso: '2096-01-01T00:00:00Z' };
    expect(await verdict(certOf('direct', ['direct']), late)).toBe('trust media.certificate-validity');
  });

  it('names the extension that it does not understand', async () => {
    const text = { name: 'web.mf', bytes: manifest.bytes, start: 0 };
    const cert = { name: 'web.cert', bytes: certOf('unknown', ['unknown']), start: 0 };
    expect(await capture(async () => verifyCertificate(text, cert, {}))).toMatchObject({
      failure: { code: 'media.certificate-extension', params: { extension: '1.2.3.4.5.6' } },
    });
  });

  it('is refused when anything but certificates follows the signature', async () => {
    const sound = certOf('direct', ['direct']).toString();
    expect(await verdict(Buffer.from(sound.replaceAll('\n', '\r\n')), issuers())).toMatchObject({ trusted: true });
    const key = readFileSync(at('direct.key'), 'utf8');
    for (const more of ['SHA256(other.mf)= 00\n', key, 'words\n', '\0', '-----BEGIN CERTIFICATE-----\n']) {
      expect(await verdict(Buffer.from(`${sound}${more}`), issuers())).toBe('trust media.certificate-format');
      expect(await verdict(Buffer.from(sound.replace('\n', `\n${more}`)), issuers())).toBe(
        'trust media.certificate-format',
      );
    }
  });
});
