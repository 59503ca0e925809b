import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMedium } from '../../../main/adapters/media/catalogue/create.ts';
import { formatSecretKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { readOva } from '../../../main/adapters/media/image/ova-reader.ts';
import { soundParts, tarOf } from '../../unit/main/adapters/media/image/ova-kit.ts';
import { cliFails, cliJson } from '../cli/command.ts';
import { at, certOf, issuers, manifest, openssl, verdict, withCertificates } from './certificate-kit.ts';

withCertificates();

describe('a certificate over the manifest', () => {
  it('is accepted with its chain, and the signer is shown', async () => {
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

  it('must lead to the issuer of --trust, also if the image was proven before', async () => {
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

  it('may lead to either of two roots with one key, one of them expired', async () => {
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

  it('is required if the maker of a medium names issuers', async () => {
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

  it('is refused if it names another manifest', async () => {
    expect(await verdict(certOf('direct', ['direct'], 'sha256', { ...manifest, name: 'other.mf' }))).toBe(
      'trust media.certificate-name',
    );
  });

  it('is refused if another key signed', async () => {
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

  it('is refused if it is no certificate, or signed with SHA-1', async () => {
    expect(await verdict(Buffer.from('hello'))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('direct', []))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('direct', ['direct'], 'sha1'))).toBe('trust media.certificate-format');
    expect(await verdict(certOf('sha1', ['sha1']))).toBe('trust media.certificate-key');
    expect(await verdict(certOf('weak', ['weak']))).toBe('trust media.certificate-key');
  });
});
