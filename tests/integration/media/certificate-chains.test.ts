import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capture } from '../../../core/base/errors.ts';
import { verifyCertificate } from '../../../main/adapters/media/image/certificate.ts';
import {
  at,
  certOf,
  issuers,
  manifest,
  openssl,
  opensslAccepts,
  verdict,
  withCertificates,
} from './certificate-kit.ts';

withCertificates();

describe('the chain of a certificate over the manifest', () => {
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

  it('is refused if its certificate is for a server', async () => {
    expect(await verdict(certOf('server', ['server']), issuers())).toBe('trust media.certificate-usage');
    expect(await verdict(certOf('middle', ['middle']), issuers())).toBe('trust media.certificate-usage');
  });

  it('is refused with a key on a weak or unknown curve, from every maker', async () => {
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

  it("is refused if a CA with its issuer's name is signed with SHA-1, except a root", async () => {
    expect(await verdict(certOf('under-same-name', ['under-same-name', 'same-name']), issuers())).toBe(
      'trust media.certificate-key',
    );
    const old = { issuers: [readFileSync(at('old-root.pem'), 'utf8')] };
    expect(await verdict(certOf('under-old-root', ['under-old-root']), old)).toMatchObject({ trusted: true });
    expect(await verdict(certOf('under-old-root', ['under-old-root', 'old-root']), old)).toMatchObject({
      trusted: true,
    });
  });

  it('is refused if it contains an invalid time', async () => {
    const bytes = certOf('month-13', ['month-13']);
    expect(await verdict(bytes)).toBe('trust media.certificate-format');
    expect(await verdict(bytes, { nowIso: new Date().toISOString() })).toBe('trust media.certificate-format');
  });

  it('shows the validity of the certificate that is not valid, not that of the signer', async () => {
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

  it('names the unsupported extension', async () => {
    const text = { name: 'web.mf', bytes: manifest.bytes, start: 0 };
    const cert = { name: 'web.cert', bytes: certOf('unknown', ['unknown']), start: 0 };
    expect(await capture(async () => verifyCertificate(text, cert, {}))).toMatchObject({
      failure: { code: 'media.certificate-extension', params: { extension: '1.2.3.4.5.6' } },
    });
  });

  it('is refused if anything but certificates follows the signature', async () => {
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
