import path from 'node:path';
import { FailureSignal, capture, failure } from '../../../../core/base/errors.ts';
import type { Result } from '../../../../core/base/errors.ts';
import { OvaStream } from '../../../../core/media/ova/ova.ts';
import type { OvaHost, OvaMember } from '../../../../core/media/ova/ova.ts';
import type { DigestAlgorithm } from '../../../../core/media/ova/manifest.ts';
import type { Descriptor } from '../../../../core/media/ovf/ovf.ts';
import { verifyCertificate } from './certificate.ts';
import type { CertificateSigner, CertificateTrust } from './certificate.ts';
import { openImage, sameIdentity } from './file-identity.ts';
import type { FileIdentity } from './file-identity.ts';
import { hashCrew } from './hashing.ts';
import type { HashCrew } from './hashing.ts';
import { readChunks } from './read-chunks.ts';

/** Reads one OVA, strictly, in one pass: see `core/media/ova/ova.ts` for the rules. */

export interface OvaReport {
  /** Absolute path. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
  readonly members: readonly OvaMember[];
  readonly descriptor: Descriptor;
  readonly manifest: { readonly algorithm: DigestAlgorithm } | undefined;
  readonly certificate: CertificateSigner | undefined;
  readonly identity: FileIdentity;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called after each chunk with the bytes read so far and in all. */
  readonly onProgress?: (bytes: number, totalBytes: number) => void;
  /** How long the disk took for a chunk, in ms. */
  readonly onRead?: (ms: number) => void;
  /** Sees each chunk of the file in order; it must not keep it. */
  readonly onChunk?: (chunk: Uint8Array) => void;
  /** When the `.cert` member must be valid, and which issuers are known. */
  readonly certificates?: CertificateTrust;
  /** Threads for the digests. Default 2; one is enough when several files are read at once. */
  readonly threads?: 0 | 1 | 2;
}

/**
 * Reads and checks an OVA. Bounded memory, no temporary files. Fails with kind `input` when its structure is not
 * accepted (`media.tar-*`, `ova-*`, `ovf-*`, `xml-*`, `vmdk-*`, `manifest-*`; params file, member, byte), kind `trust`
 * for `media.manifest-digest`, `media.certificate-*` and `media.file-changed`, kind `input` for `media.file-missing`,
 * `media.file-unreadable`.
 */
export function readOva(file: string, options: ReadOptions = {}): Promise<Result<OvaReport>> {
  return capture(() => read(path.resolve(file), options), options.signal).then((result) => withFile(result, file));
}

/** The contents of an OVA before its disks. */
export interface OvaFront {
  readonly descriptor: Descriptor;
  readonly certificate: CertificateSigner | undefined;
  readonly identity: FileIdentity;
}

/**
 * Reads descriptor, manifest and certificate of an OVA under the rules of {@link readOva} and fails as it does. The
 * disks are not read, so the image is not proven yet.
 */
export function readOvaFront(
  file: string,
  options: Pick<ReadOptions, 'signal' | 'certificates'> = {},
): Promise<Result<OvaFront>> {
  return capture(() => readFront(path.resolve(file), options), options.signal).then((result) => withFile(result, file));
}

function openStream(crew: HashCrew, size: number, { certificates = {} }: ReadOptions): OvaStream<CertificateSigner> {
  const certificate: OvaHost<CertificateSigner>['certificate'] = (manifest, member) =>
    verifyCertificate(manifest, member, certificates);
  return new OvaStream({ hash: crew.open, certificate }, size);
}

async function readFront(file: string, options: ReadOptions): Promise<OvaFront> {
  const image = await openImage(file);
  const { size } = image.identity;
  const crew = hashCrew(size, 0);
  try {
    const stream = openStream(crew, size, options);
    for await (const chunk of readChunks(image.handle, size, crew, options.signal)) {
      stream.push(chunk);
      if (stream.pastText) break;
    }
    const { descriptor, signer } = stream.pastText ? await stream.front() : await stream.end();
    return { descriptor, certificate: signer, identity: image.identity };
  } finally {
    await image.handle.close();
  }
}

async function read(file: string, options: ReadOptions): Promise<OvaReport> {
  const image = await openImage(file);
  const { size } = image.identity;
  const crew = hashCrew(size, options.threads ?? 2);
  try {
    const stream = openStream(crew, size, options);
    let bytes = 0;
    for await (const chunk of readChunks(image.handle, size, crew, options.signal, options.onRead)) {
      stream.push(chunk);
      options.onChunk?.(chunk);
      bytes += chunk.length;
      options.onProgress?.(bytes, size);
    }
    const content = await stream.end();
    const sha256 = await crew.whole.hex();
    if (!sameIdentity(image.identity, await image.identityNow())) {
      throw new FailureSignal(failure('trust', 'media.file-changed', { file: path.basename(file) }));
    }
    return {
      file,
      sizeBytes: size,
      sha256,
      members: content.members,
      descriptor: content.descriptor,
      manifest: content.manifest,
      certificate: content.signer,
      identity: image.identity,
    };
  } finally {
    await crew.close();
    await image.handle.close();
  }
}

/** Adds the file to refusals that name only the member. */
function withFile<T>(result: Result<T>, file: string): Result<T> {
  if (result.ok || result.failure.kind === 'cancelled') return result;
  const { kind, code, params } = result.failure;
  return {
    ok: false,
    failure: failure(kind, code, {
      ...params,
      ...(params['member'] === '' ? { member: '-' } : {}),
      file: path.basename(file),
    }),
  };
}
