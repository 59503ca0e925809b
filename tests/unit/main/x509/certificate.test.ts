import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { expect, it } from 'vitest';
import { isDer, parseCertificate } from '../../../../main/x509/certificate.ts';

it('all public roots are parsed, and are DER', () => {
  const roots = rootCertificates.map((pem) => parseCertificate(new X509Certificate(pem).raw));
  expect(roots.length).toBeGreaterThan(100);
  expect(roots.filter((root) => root === undefined || !isDer(root))).toEqual([]);
});

it('a certificate with a trailing byte is refused', () => {
  const [pem = ''] = rootCertificates;
  const { raw } = new X509Certificate(pem);
  expect(parseCertificate(Buffer.concat([raw, Buffer.alloc(1)]))).toBeUndefined();
});
