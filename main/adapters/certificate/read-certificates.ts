/** Reads the certificates of a file in any of four forms: PEM, DER, PKCS#12, PKCS#7. */
import { Certificate, ContentInfo, SignedData } from 'pkijs';
import type { CertificateFormat } from '../../../core/certificate/evidence.ts';
import { capture, FailureSignal, failure, type MessageParams, type Result } from '../../../core/base/errors.ts';
import { type DerKind, derKind } from './der-kind.ts';
import { bareBase64, isPem, readPem, textOf } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { type LoadedCertificate, loadCertificate } from './read-facts.ts';

/** Largest file, in bytes. A chain has a few thousand, a bundle of all public roots 300,000. */
const largestFile = 1_000_000;

/** Content of the file. */
export interface SourceFile {
  readonly bytes: Uint8Array;
  /** Path of the file, for messages. */
  readonly name: string;
  /** Password of a PKCS#12 file. */
  readonly password?: string;
  /** Most certificates in the file. */
  readonly most: number;
}

export interface CertificateFile {
  readonly format: CertificateFormat;
  /** In the order of the file, without duplicates. Never empty. */
  readonly certificates: readonly LoadedCertificate[];
  /** Whether the file also contains an unencrypted private key. */
  readonly openKey: boolean;
}

interface Piece {
  readonly der: Uint8Array;
  /** Line in a PEM text, from 1. */
  readonly line?: number;
}

interface Found {
  readonly format: CertificateFormat;
  readonly pieces: readonly Piece[];
  readonly openKey?: boolean;
}

const refuse = (name: string, params: MessageParams = {}): FailureSignal =>
  new FailureSignal(failure('input', `certificate.${name}`, params));

function readPkcs7(der: Uint8Array): Piece[] {
  const info = ContentInfo.fromBER(new Uint8Array(der));
  if (info.contentType !== ContentInfo.SIGNED_DATA) return [];
  const { certificates = [] } = new SignedData({ schema: info.content as unknown });
  return certificates.flatMap((one) =>
    one instanceof Certificate ? [{ der: new Uint8Array(one.toSchema().toBER()) }] : [],
  );
}

/** Contents other than certificates, by openssl's label. */
const kindLabels: Readonly<Record<Exclude<DerKind, 'certificate'>, string>> = {
  request: 'CERTIFICATE REQUEST',
  'revocation-list': 'X509 CRL',
  pkcs7: 'PKCS7',
  pkcs12: 'PKCS12',
  'private-key': 'PRIVATE KEY',
  'encrypted-key': 'ENCRYPTED PRIVATE KEY',
  'public-key': 'PUBLIC KEY',
};

const trustedLabel = 'TRUSTED CERTIFICATE';
const certificateLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', trustedLabel]);

interface Held {
  readonly pieces: readonly Piece[];
  readonly format?: CertificateFormat;
  readonly openKey?: boolean;
  /** The kind of content, if it has no certificate. */
  readonly other?: string;
}

/** The certificates in a DER value, by its content, not its label; undefined for an unknown kind. */
async function readDer(der: Uint8Array, { password, name }: SourceFile): Promise<Held | undefined> {
  const found = derKind(der);
  if (found === undefined) return undefined;
  const { kind } = found;
  if (kind === 'certificate') return { pieces: [{ der }] };
  if (kind === 'pkcs7') return { format: 'pkcs7', pieces: readPkcs7(der), other: kindLabels.pkcs7 };
  if (kind !== 'pkcs12') return { pieces: [], other: kindLabels[kind], openKey: kind === 'private-key' };
  const { certificates, keys } = await readPkcs12(der, password, name);
  const openKey = keys.length > 0;
  return { format: 'pkcs12', pieces: certificates.map((one) => ({ der: one })), openKey, other: kindLabels.pkcs12 };
}

async function readPemFile(text: string, source: SourceFile): Promise<Found> {
  const file = source.name;
  const { blocks, damaged } = readPem(text);
  const [first] = damaged;
  if (first !== undefined) {
    const { fault, label, line, character } = first;
    throw refuse(`pem-${fault}`, {
      file,
      label,
      line,
      ...(character === undefined ? {} : { character: visible(character) }),
    });
  }
  const held: Held[] = [];
  for (const { label, line, der } of blocks) {
    const content = label === trustedLabel ? der.subarray(0, derKind(der)?.length ?? 0) : der;
    const one = label.endsWith('KEY') ? undefined : await readDer(content, source);
    // An unreadable certificate is counted too, so that the message can name it.
    if (one === undefined && certificateLabels.has(label)) held.push({ pieces: [{ der: content, line }] });
    else if (one === undefined) held.push({ pieces: [], other: label, openKey: isOpenKey(label, der) });
    else held.push({ ...one, pieces: one.pieces.map((piece) => ({ ...piece, line })) });
  }
  const pieces = held.flatMap((one) => one.pieces);
  const others = held.flatMap(({ other }) => other ?? []);
  if (pieces.length === 0) throw refuse('file-without', { file, found: others.join(', ') || '-' });
  const format = held.find((one) => one.format !== undefined)?.format ?? 'pem';
  return { format, pieces, openKey: held.some(({ openKey }) => openKey === true) };
}

/** An encrypted key cannot be read without its passphrase. */
const isOpenKey = (label: string, der: Uint8Array): boolean =>
  label.endsWith('PRIVATE KEY') && !label.startsWith('ENCRYPTED') && derKind(der)?.kind !== 'encrypted-key';

/** A character for a message; an invisible one is shown by its code point. */
const visible = (character: string): string =>
  /^[\x21-\x7e\u00a1-\uffff]$/u.test(character)
    ? character
    : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

async function find(source: SourceFile): Promise<Found> {
  const { bytes, name: file } = source;
  if (bytes.length === 0) throw refuse('file-empty', { file });
  if (bytes.length > largestFile) throw refuse('file-large', { file, bytes: bytes.length, most: largestFile });
  const text = textOf(bytes);
  try {
    if (isPem(text)) return await readPemFile(text, source);
    const der = bareBase64(text) ?? bytes;
    const held = await readDer(der, source);
    if (held === undefined) throw refuse('file-format', { file });
    const { format = 'der', pieces, openKey = false, other } = held;
    if (pieces.length === 0) throw refuse('file-without', { file, found: other ?? '-' });
    return { format, pieces, openKey };
  } catch (error) {
    throw error instanceof FailureSignal ? error : refuse('file-format', { file });
  }
}

/**
 * Reads the certificates out of a file: PEM, DER, PKCS#7 or PKCS#12, decided by the content. Failures, all of kind
 * `input`: `certificate.file-empty`, `file-large`, `file-format` (unknown format), `pem-*` (a damaged block),
 * `file-without` (no certificate in it), `file-many`, `certificate-damaged`, `certificate-damaged-line`, and those of
 * {@link readPkcs12}.
 */
export function readCertificates(source: SourceFile): Promise<Result<CertificateFile>> {
  return capture(async () => {
    const { format, pieces, openKey = false } = await find(source);
    const { name: file, most } = source;
    const count = pieces.length;
    if (count > most) throw refuse('file-many', { file, count, most });
    const certificates = new Map<string, LoadedCertificate>();
    for (const [index, { der, line }] of pieces.entries()) {
      const loaded = loadCertificate(der);
      const place = { file, number: index + 1, count };
      if (loaded === undefined && line !== undefined) throw refuse('certificate-damaged-line', { ...place, line });
      if (loaded === undefined) throw refuse('certificate-damaged', place);
      if (!certificates.has(loaded.facts.fingerprint)) certificates.set(loaded.facts.fingerprint, loaded);
    }
    return { format, certificates: [...certificates.values()], openKey };
  });
}
