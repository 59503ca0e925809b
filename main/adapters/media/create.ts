import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { FailureSignal, capture, failure, unwrap } from '../../../core/errors.ts';
import type { MessageParams, Result } from '../../../core/errors.ts';
import {
  catalogueFileName,
  formatCatalogue,
  parseCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../../core/media/catalogue.ts';
import type { Catalogue, CatalogueImage, NocPeer } from '../../../core/media/catalogue.ts';
import { components as knownComponents } from '../../../core/site/schema.ts';
import { printableName } from '../../../core/media/names.ts';
import { formatPublicKey, parsePublicKey, parseSecretKey, signText, verifyText } from './minisign.ts';
import { readOva } from './ova-reader.ts';
import type { OvaReport } from './ova-reader.ts';
import { progressMeter } from './progress.ts';
import type { MediaProgress } from './progress.ts';
import { replaceFile } from './replace-file.ts';

/** ALE's side: makes a medium out of a folder of OVAs. */

export interface CreateOptions {
  readonly folder: string;
  /** Text of a minisign secret key file. */
  readonly secretKeyText: string;
  /** For an encrypted key. */
  readonly passphrase?: string;
  readonly release: string;
  /** UTC, ISO 8601 with `Z`. */
  readonly created: string;
  readonly expires: string;
  /** Which components a file serves; a file that is not named here serves the component it is named after. */
  readonly components?: Readonly<Record<string, readonly string[]>>;
  /** User for SSH in the guests. Default root. */
  readonly sshUser?: string;
  readonly peers?: readonly NocPeer[];
  readonly recipients?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MediaProgress) => void;
}

export interface CreatedMedium {
  /** Absolute path. */
  readonly folder: string;
  readonly catalogue: Catalogue;
  readonly catalogueSha256: string;
  readonly keyId: string;
  /** The public key that verifies this medium, as a minisign file. */
  readonly publicKey: string;
  readonly images: readonly OvaReport[];
}

/**
 * Scans `folder`, verifies each OVA as the other side will, writes catalogue and signature, and verifies the signature.
 * Nothing is written when anything is refused. Fails as `readOva` and `parseSecretKey` do, and with kind `input` for
 * `media.folder-missing`, `media.create-empty`, `media.create-component` (a file serves no known component),
 * `media.create-file` (a component mapping for a file that is not there), `media.catalogue-format`.
 */
export function createMedium(options: CreateOptions): Promise<Result<CreatedMedium>> {
  return capture(() => create(options), options.signal);
}

async function create(options: CreateOptions): Promise<CreatedMedium> {
  const folder = path.resolve(options.folder);
  const key = unwrap(await parseSecretKey(options.secretKeyText, options.passphrase));
  const files = await ovaFiles(folder);
  for (const file of Object.keys(options.components ?? {})) {
    if (!files.includes(file)) refuse('media.create-file', { file: printableName(file) });
  }
  const sizes = await Promise.all(files.map((file) => stat(path.join(folder, file)).then((stats) => stats.size)));
  const meter = progressMeter(
    sizes.reduce((sum, size) => sum + size, 0),
    options.onProgress ?? (() => undefined),
    () => performance.now(),
  );
  const assigned = files.map((file) => ({ file, components: componentsOf(file, options) }));
  const reports: OvaReport[] = [];
  const images: CatalogueImage[] = [];
  for (const { file, components } of assigned) {
    const report = unwrap(
      await readOva(path.join(folder, file), {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onProgress: (bytes, totalBytes) => meter(file, bytes, totalBytes),
        certificates: { nowIso: options.created },
      }),
    );
    reports.push(report);
    images.push(imageOf(file, components, report, options.sshUser ?? 'root'));
  }
  const text = formatCatalogue({
    format: 'edge-media/v1',
    release: options.release,
    created: options.created,
    expires: options.expires,
    images,
    noc: { peers: [...(options.peers ?? [])] },
    handover: { recipients: [...(options.recipients ?? [])] },
  });
  // What is written is what the other side will accept: it goes through the same reader.
  const catalogue = unwrap(parseCatalogue(text));
  const bytes = Buffer.from(text);
  const signature = signText(key, bytes, trustedCommentOf(catalogue));
  const publicKey = formatPublicKey(key);
  unwrap(verifyText([unwrap(parsePublicKey(publicKey))], bytes, signature));
  await replaceFile(path.join(folder, catalogueFileName), bytes);
  await replaceFile(path.join(folder, signatureFileName), Buffer.from(signature));
  const catalogueSha256 = createHash('sha256').update(bytes).digest('hex');
  return { folder, catalogue, catalogueSha256, keyId: key.keyId, publicKey, images: reports };
}

async function ovaFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() =>
    refuse('media.folder-missing', { folder }),
  );
  const files = entries.filter((entry) => entry.isFile() && /\.ova$/i.test(entry.name)).map((entry) => entry.name);
  return files.length === 0 ? refuse('media.create-empty', { folder }) : files.toSorted();
}

function componentsOf(file: string, options: CreateOptions): readonly string[] {
  const named = options.components !== undefined && Object.hasOwn(options.components, file);
  const components = (named ? options.components?.[file] : undefined) ?? [file.replace(/\.ova$/i, '')];
  const unknown = components.find((component) => !knownComponents.some((known) => known === component));
  if (unknown !== undefined || components.length === 0) {
    refuse('media.create-component', { file: printableName(file), component: printableName(unknown ?? '') });
  }
  return components;
}

function imageOf(file: string, components: readonly string[], report: OvaReport, sshUser: string): CatalogueImage {
  const properties = report.descriptor.properties.filter((property) => property.userConfigurable);
  return {
    components: [...components],
    file,
    size: report.sizeBytes,
    sha256: report.sha256,
    guest: { sshUser, properties: properties.map(({ key }) => key) },
  };
}

function refuse(code: string, params: MessageParams): never {
  throw new FailureSignal(failure('input', code, params));
}
