/**
 * The certificate signing request for an edge. Source: RFC 2986; extensions as RFC 5280 and the CA/Browser Forum have
 * them.
 */
import { webcrypto } from 'node:crypto';
import {
  AltName,
  Attribute,
  AttributeTypeAndValue,
  BasicConstraints,
  CertificationRequest,
  CryptoEngine,
  Extension,
  Extensions,
  ExtKeyUsage,
  GeneralName,
} from 'pkijs';
import * as asn1js from 'asn1js';
import { oids } from '../../../core/certificate/facts.ts';
import { fail, failure, ok, type Result } from '../../../core/base/errors.ts';
import { algorithmOf, type KeyAlgorithm, readPrivateKey } from './private-key.ts';

const extensionRequest = '1.2.840.113549.1.9.14';
const commonNameOid = '2.5.4.3';
/** RFC 5280, ub-common-name. */
const longestCommonName = 64;

const webAlgorithms = {
  'ecdsa-p256': { name: 'ECDSA', namedCurve: 'P-256' },
  'rsa-3072': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const;

const dns = (value: string): GeneralName => new GeneralName({ type: 2, value });

function extensionsFor(fqdn: string, rsa: boolean): Extensions {
  const add = (extnID: string, critical: boolean, value: { toBER(): ArrayBuffer }): Extension =>
    new Extension({ extnID, critical, extnValue: value.toBER() });
  // digitalSignature; RSA keys of old clients also carry keyEncipherment.
  const usage = new asn1js.BitString({ valueHex: new Uint8Array([rsa ? 0xa0 : 0x80]).buffer, unusedBits: rsa ? 5 : 7 });
  return new Extensions({
    extensions: [
      add(oids.subjectAltName, false, new AltName({ altNames: [dns(fqdn), dns(`*.${fqdn}`)] }).toSchema()),
      add(oids.basicConstraints, true, new BasicConstraints({ cA: false }).toSchema()),
      add(oids.keyUsage, true, usage),
      add(oids.extendedKeyUsage, false, new ExtKeyUsage({ keyPurposes: [oids.serverAuth] }).toSchema()),
    ],
  });
}

export interface SigningRequest {
  readonly pem: string;
  readonly algorithm: KeyAlgorithm;
}

/**
 * The request in PEM for `fqdn` and everything directly below it, signed with SHA-256 by the key in `keyPem`. Fails
 * with `certificate.stored-key` if the key is of another kind than the product makes.
 */
export async function makeRequest(fqdn: string, keyPem: string): Promise<Result<SigningRequest>> {
  const key = readPrivateKey(keyPem);
  const algorithm = key === undefined ? '' : algorithmOf(key);
  if (key === undefined || (algorithm !== 'ecdsa-p256' && algorithm !== 'rsa-3072')) {
    return fail(
      failure('input', 'certificate.stored-key', { name: `certificate/${fqdn}`, algorithm: algorithm || '-' }),
    );
  }
  const engine = new CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto });
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const { subtle } = webcrypto;
  const [{ name }, isRsa] = [webAlgorithms[algorithm], algorithm === 'rsa-3072'];
  const privateKey = await subtle.importKey('pkcs8', pkcs8, webAlgorithms[algorithm], true, ['sign']);
  const jwk = await subtle.exportKey('jwk', privateKey);
  const { kty = '', crv, x, y, n, e } = jwk;
  const publicJwk = isRsa ? { kty, n, e } : { kty, crv, x, y };
  const publicKey = await subtle.importKey('jwk', publicJwk as JsonWebKey, webAlgorithms[algorithm], true, ['verify']);
  const request = new CertificationRequest({ version: 0 });
  if (fqdn.length <= longestCommonName) {
    const value = new asn1js.Utf8String({ value: fqdn });
    request.subject.typesAndValues.push(new AttributeTypeAndValue({ type: commonNameOid, value }));
  }
  await request.subjectPublicKeyInfo.importKey(publicKey as CryptoKey, engine);
  request.attributes = [new Attribute({ type: extensionRequest, values: [extensionsFor(fqdn, isRsa).toSchema()] })];
  await request.sign(privateKey as CryptoKey, 'SHA-256', engine);
  // A bug: the key has just signed it.
  if (!(await request.verify(engine))) throw new Error(`the request for ${fqdn} (${name}) does not verify`);
  const lines =
    Buffer.from(request.toSchema().toBER())
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''];
  return ok({ pem: pem.join('\n'), algorithm });
}
