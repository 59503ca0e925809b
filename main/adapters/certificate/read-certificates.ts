/** The certificates of a file, whatever its form: PEM, DER, PKCS#12, PKCS#7. */
import { Certificate, ContentInfo, SignedData } from 'pkijs';
import * as asn1js from 'asn1js';
import type { CertificateFormat } from '../../../core/certificate/evidence.ts';
import { capture, FailureSignal, failure, type Result } from '../../../core/errors.ts';
import { readPem, textOf } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { type LoadedCertificate, loadCertificate } from './read-facts.ts';

/** Bytes. A chain is a few thousand, a bundle of all public roots 300,000. */
const largestFile = 1_000_000;
const mostCertificates = 50;

export interface CertificateFile {
  readonly format: CertificateFormat;
  /** In the order of the file, each once. Never empty. */
  readonly certificates: readonly LoadedCertificate[];
  /** A private key that anybody can read is in the file, too. */
  readonly openKey: boolean;
}

interface Found {
  readonly format: CertificateFormat;
  readonly ders: readonly Uint8Array[];
  readonly openKey?: boolean;
}

const refuse = (name: string, params: Record<string, string | number> = {}): FailureSignal =>
  new FailureSignal(failure('input', `certificate.${name}`, params));

function readPkcs7(bytes: Uint8Array): Uint8Array[] {
  const info = ContentInfo.fromBER(new Uint8Array(bytes));
  if (info.contentType !== ContentInfo.SIGNED_DATA) throw refuse('file-format');
  const { certificates = [] } = new SignedData({ schema: info.content as unknown });
  return certificates.flatMap((one) => (one instanceof Certificate ? [new Uint8Array(one.toSchema().toBER())] : []));
}

const certificateLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);
const pkcs7Labels: ReadonlySet<string> = new Set(['PKCS7', 'CMS']);

function readPemFile(text: string): Found {
  const { blocks, damaged } = readPem(text);
  const [label] = damaged;
  if (label !== undefined) throw refuse('file-damaged', { label });
  const ders = blocks.flatMap(({ label, der }) => {
    if (pkcs7Labels.has(label)) return readPkcs7(der);
    return certificateLabels.has(label) ? [der] : [];
  });
  if (ders.length === 0) throw refuse('file-without', { found: blocks.map(({ label }) => label).join(', ') || '-' });
  // `ENCRYPTED PRIVATE KEY` is nobody's without its password.
  const openKey = blocks.some(({ label }) => label.endsWith('PRIVATE KEY') && !label.startsWith('ENCRYPTED'));
  return { format: blocks.some(({ label }) => pkcs7Labels.has(label)) ? 'pkcs7' : 'pem', ders, openKey };
}

/** Tells the three binary forms apart by their first element. */
async function readBinary(bytes: Uint8Array, password: string | undefined): Promise<Found> {
  const { result } = asn1js.fromBER(bytes);
  if (!(result instanceof asn1js.Sequence)) throw refuse('file-format');
  const [first] = result.valueBlock.value as unknown as readonly unknown[];
  if (first instanceof asn1js.Sequence) return { format: 'der', ders: [bytes] };
  if (first instanceof asn1js.ObjectIdentifier) return { format: 'pkcs7', ders: readPkcs7(bytes) };
  if (!(first instanceof asn1js.Integer)) throw refuse('file-format');
  const { certificates, openKey } = await readPkcs12(bytes, password);
  return { format: 'pkcs12', ders: certificates, openKey };
}

async function find(bytes: Uint8Array, password: string | undefined): Promise<Found> {
  if (bytes.length === 0) throw refuse('file-empty');
  if (bytes.length > largestFile) throw refuse('file-large', { bytes: bytes.length, most: largestFile });
  const text = textOf(bytes);
  if (text.includes('-----BEGIN ')) return readPemFile(text);
  try {
    return await readBinary(bytes, password);
  } catch (error) {
    throw error instanceof FailureSignal ? error : refuse('file-format');
  }
}

/**
 * Reads the certificates out of the bytes of a file. Failures, all of kind `input`: `certificate.file-empty`, `file-large`,
 * `file-format` (nothing we know), `file-damaged` (cut off, or not base64), `file-without` (no certificate in it), `file-many`,
 * `certificate-damaged`, `password-missing`, `password-wrong`, `pkcs12-cipher`.
 */
export function readCertificates(bytes: Uint8Array, password?: string): Promise<Result<CertificateFile>> {
  return capture(async () => {
    const { format, ders, openKey = false } = await find(bytes, password);
    if (ders.length === 0) throw refuse('file-without', { found: format.toUpperCase() });
    if (ders.length > mostCertificates) throw refuse('file-many', { count: ders.length, most: mostCertificates });
    const certificates = new Map<string, LoadedCertificate>();
    for (const [index, der] of ders.entries()) {
      const loaded = loadCertificate(der);
      if (loaded === undefined) throw refuse('certificate-damaged', { number: index + 1, count: ders.length });
      if (!certificates.has(loaded.facts.fingerprint)) certificates.set(loaded.facts.fingerprint, loaded);
    }
    return { format, certificates: [...certificates.values()], openKey };
  });
}
