import { X509Certificate, createVerify } from 'node:crypto';
import { type Result, fail, failure, ok } from '../../../../core/base/errors.ts';
import type { TextMember } from '../../../../core/media/ova/ova.ts';
import { refuse } from '../../../../core/media/refusal.ts';
import type { FilePosition } from '../../../../core/media/refusal.ts';
import { anchorFault, chainFault, isStrongKey, validity } from './certificate-chain.ts';
import type { ChainFault } from './certificate-chain.ts';

/** The `.cert` member of an OVA: a signature over the manifest, and the signer's certificate. */

export interface CertificateSigner {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, colon-separated. */
  readonly fingerprint: string;
  /** UTC, ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether the chain ends at one of the given issuers; false without issuers. */
  readonly trusted: boolean;
}

export interface CertificateTrust {
  /** PEM texts of the issuers that may sign manifests. */
  readonly issuers?: readonly string[];
  /** UTC, ISO 8601; if missing, validity is not checked. */
  readonly nowIso?: string;
}

const signatureLine = /^(SHA-?256|SHA-?384|SHA-?512) ?\((.+)\) ?= ?([0-9A-Fa-f]+)$/i;
const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const pemBegin = '-----BEGIN ';
const onlyLineEnds = /^[\r\n]*$/;

/**
 * The certificates in a PEM text, each as a PEM text. Fails with `media.issuer-format` if there is none, or one is
 * broken.
 */
export function readIssuers(pem: string, file: string): Result<string[]> {
  try {
    const issuers = (pem.match(pemBlock) ?? []).map((block) => new X509Certificate(block));
    const begun = pem.split(pemBegin).length - 1;
    if (begun > 0 && issuers.length === begun && issuers.every(hasDates)) return ok(issuers.map(String));
  } catch {
    // An invalid certificate counts as none.
  }
  return fail(failure('input', 'media.issuer-format', { file }));
}

/** Whether a text is intended to contain certificates. */
export const isPem = (text: string): boolean => text.includes(pemBegin);

/**
 * Checks that the certificate vouches for the manifest. Throws refusals of kind `trust`: `media.certificate-format`,
 * `media.certificate-name` (it names another manifest), `media.certificate-signature`, and the faults of the chain:
 * `media.certificate-` self, usage, key, chain, extension, validity.
 */
export function verifyCertificate(
  manifest: TextMember,
  member: TextMember,
  trust: CertificateTrust,
): CertificateSigner {
  const position = { member: member.name, byte: 0 };
  const text = Buffer.from(member.bytes).toString('latin1');
  const [firstLine = ''] = text.split('\n', 1);
  const line = signatureLine.exec(firstLine.trim());
  if (line === null) return refuse('certificate-format', position, {}, 'trust');
  const [, algorithm = '', name, hex = ''] = line;
  if (name !== manifest.name) refuse('certificate-name', position, { name: manifest.name }, 'trust');
  const chain = readChain(text.slice(firstLine.length), position);
  const [leaf] = chain;
  if (leaf === undefined) return refuse('certificate-format', position, {}, 'trust');
  const digest = algorithm.toUpperCase().replace('-', '');
  if (!isStrongKey(leaf)) refuse('certificate-key', position, {}, 'trust');
  if (!fits(digest, manifest.bytes, leaf, Buffer.from(hex, 'hex')))
    refuse('certificate-signature', position, {}, 'trust');
  const issuers = trust.issuers ?? [];
  const nowMs = trust.nowIso === undefined ? undefined : Date.parse(trust.nowIso);
  const untrusted = anchorFault(chain, issuers, nowMs);
  const fault = chainFault(chain, nowMs) ?? (issuers.length > 0 ? untrusted : undefined);
  if (fault !== undefined) refuse(`certificate-${fault.rule}`, position, paramsOf(fault), 'trust');
  const { fromMs, toMs } = validity(leaf);
  return {
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    fingerprint: leaf.fingerprint256,
    notBefore: new Date(fromMs).toISOString(),
    notAfter: new Date(toMs).toISOString(),
    trusted: untrusted === undefined,
  };
}

/** The certificates. Anything else is refused: a second signature, a key, text. */
function readChain(text: string, position: FilePosition): readonly X509Certificate[] {
  if (!onlyLineEnds.test(text.replaceAll(pemBlock, ''))) refuse('certificate-format', position, {}, 'trust');
  try {
    const chain = (text.match(pemBlock) ?? []).map((pem) => new X509Certificate(pem));
    if (chain.every(hasDates)) return chain;
  } catch {
    // An invalid certificate counts as unreadable.
  }
  return refuse('certificate-format', position, {}, 'trust');
}

const hasDates = (certificate: X509Certificate): boolean =>
  Object.values(validity(certificate)).every((time) => Number.isFinite(time));

/** Verifies the signature. A key of an unsuitable kind counts as a wrong key. */
function fits(algorithm: string, manifest: Uint8Array, certificate: X509Certificate, signature: Buffer): boolean {
  try {
    return createVerify(algorithm).update(manifest).verify(certificate.publicKey, signature);
  } catch {
    return false;
  }
}

/** Values for the text of a fault; times as days. */
function paramsOf(fault: ChainFault): Readonly<Record<string, string>> {
  if (fault.rule === 'validity') return { from: fault.from.slice(0, 10), to: fault.to.slice(0, 10) };
  return fault.rule === 'extension' ? { extension: fault.extension } : {};
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
