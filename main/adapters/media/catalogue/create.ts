import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { FailureSignal, capture, fail, failure, unwrap } from '../../../../core/base/errors.ts';
import type { MessageParams, Result } from '../../../../core/base/errors.ts';
import {
  catalogueFileName,
  catalogueMaxBytes,
  catalogueSchema,
  formatCatalogue,
  parseCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../../../core/media/catalogue.ts';
import { gatewayImageFault } from '../../../../core/media/bootstrap-property.ts';
import type { Catalogue, CatalogueImage } from '../../../../core/media/catalogue.ts';
import { type NocPeer, readPeers } from '../../../../core/media/peers.ts';
import { components as knownComponents } from '../../../../core/site/schema.ts';
import { printableAscii } from '../../../../core/base/printable.ts';
import { isPlainName } from '../../../../core/media/names.ts';
import { compareReleases } from '../../../../core/media/release.ts';
import { readFileWithin } from '../../../system/files/read-file.ts';
import { formatPublicKey, parsePublicKey, parseSecretKey, signText, verifyText } from './minisign.ts';
import { readOva } from '../image/ova-reader.ts';
import type { OvaReport } from '../image/ova-reader.ts';
import { progressMeter } from '../progress.ts';
import type { MediaProgress } from '../progress.ts';
import { replaceFiles } from './replace-file.ts';

/** ALE's side: makes a medium from a folder of OVAs. */

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
  /** Which components a file serves; a file that is not listed serves the component of its name. */
  readonly components?: Readonly<Record<string, readonly string[]>>;
  /** User for SSH in the guests. Default root. */
  readonly sshUser?: string;
  readonly peers?: readonly NocPeer[];
  /** ALE's keys, as lines of `authorized_keys`. */
  readonly sshAuthorizedKeys?: readonly string[];
  /** What a gateway must reach: `host:port/tcp` or `host:port/udp`. */
  readonly reach?: readonly string[];
  readonly recipients?: readonly string[];
  /** PEM certificates: if any are given, the chain of an image's `.cert` must end at one of them. */
  readonly issuers?: readonly string[];
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
  readonly warnings: readonly CreateWarning[];
}

/** Warnings for the maker; the medium itself is valid. Words under `media.warnings`. */
export interface CreateWarning {
  readonly code: 'no-peers' | 'no-recipients' | 'older-release' | 'older-time' | 'secret-key';
  readonly params: MessageParams;
}

/**
 * Scans `folder`, verifies each OVA as the customer's side will, writes catalogue and signature, and verifies the
 * signature. If one check refuses, no file is written. Fails as `readOva` and `parseSecretKey` do, and with kind
 * `input` for `media.folder-missing`, `media.create-empty`, `media.create-component` (a file serves no known
 * component), `media.create-file` (a component mapping for a missing file), `media.create-name`, `media.create-twice`
 * (two files serve one component), and `media.create-release`, `-expires`, `-recipient`, `-peers`, `-ssh-user`,
 * `-ssh-key`, `-reach` for the options; with kind `operation` for `media.file-unwritable`, with kind `cancelled` for
 * `media.create-cancelled`.
 */
export async function createMedium(options: CreateOptions): Promise<Result<CreatedMedium>> {
  const made = await capture(() => create(options), options.signal);
  if (made.ok || made.failure.kind !== 'cancelled') return made;
  return fail(failure('cancelled', 'media.create-cancelled'));
}

async function create(options: CreateOptions): Promise<CreatedMedium> {
  const folder = path.resolve(options.folder);
  checkOptions(options);
  const { files, secrets } = await scan(folder);
  for (const file of Object.keys(options.components ?? {})) {
    if (!files.includes(file)) refuse('media.create-file', { file: printableAscii(file) });
  }
  const assigned = assign(files, options);
  const key = unwrap(await parseSecretKey(options.secretKeyText, options.passphrase));
  const sizes = await Promise.all(files.map((file) => stat(path.join(folder, file)).then((stats) => stats.size)));
  const meter = progressMeter(
    sizes.reduce((sum, size) => sum + size, 0),
    options.onProgress ?? (() => undefined),
    () => performance.now(),
  );
  const reports: OvaReport[] = [];
  const images: CatalogueImage[] = [];
  for (const { file, components } of assigned) {
    const report = unwrap(
      await readOva(path.join(folder, file), {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onProgress: (bytes, totalBytes) => meter(file, bytes, totalBytes),
        certificates: { nowIso: options.created, issuers: options.issuers ?? [] },
      }),
    );
    const fault = gatewayImageFault({ components, file }, report.descriptor.properties);
    if (fault !== undefined) throw new FailureSignal(fault);
    reports.push(report);
    images.push(imageOf(file, components, report, options.sshUser ?? 'root'));
  }
  const text = formatCatalogue(catalogueOf(options, images));
  // The catalogue is read by the customer's reader before it is written.
  const catalogue = unwrap(parseCatalogue(text));
  const bytes = Buffer.from(text);
  const signature = signText(key, bytes, trustedCommentOf(catalogue));
  const publicKey = formatPublicKey(key);
  unwrap(verifyText([unwrap(parsePublicKey(publicKey))], bytes, signature));
  const warnings = [...warningsOf(catalogue, await formerCatalogue(folder)), ...secrets.map(secretWarning)];
  await replaceFiles([
    { file: path.join(folder, catalogueFileName), bytes },
    { file: path.join(folder, signatureFileName), bytes: Buffer.from(signature) },
  ]);
  const catalogueSha256 = createHash('sha256').update(bytes).digest('hex');
  return { folder, catalogue, catalogueSha256, keyId: key.keyId, publicKey, images: reports, warnings };
}

const catalogueOf = (options: CreateOptions, images: CatalogueImage[]): Catalogue => {
  const { release, created, expires, peers = [], sshAuthorizedKeys = [], reach = [], recipients = [] } = options;
  return {
    format: 'edge-media/v1',
    release,
    created,
    expires,
    images,
    noc: {
      peers: [...peers],
      ...(sshAuthorizedKeys.length === 0 ? {} : { sshAuthorizedKeys: [...sshAuthorizedKeys] }),
      ...(reach.length === 0 ? {} : { reach: [...reach] }),
    },
    handover: { recipients: [...recipients] },
  };
};

/** Checks the options first: reading the images may take an hour. */
function checkOptions(options: CreateOptions): void {
  const { release, expires, created, recipients = [] } = options;
  const image = { components: ['core'], file: 'core.ova', size: 1024, sha256: '0'.repeat(64) };
  const guest = { sshUser: options.sshUser ?? 'root' };
  const peers = readPeers(options.peers ?? []);
  if (!peers.ok) throw new FailureSignal(peers.failure);
  const checked = catalogueSchema.safeParse(catalogueOf(options, [{ ...image, guest }]));
  const field = checked.error?.issues[0]?.path ?? [];
  switch (field[0]) {
    case undefined:
      return;
    case 'release':
      return refuse('media.create-release', { release: printableAscii(release) });
    case 'handover':
      return refuse('media.create-recipient', { recipient: printableAscii(recipients[Number(field[2])] ?? '') });
    case 'noc':
      return field[1] === 'reach'
        ? refuse('media.create-reach', { target: printableAscii(options.reach?.[Number(field[2])] ?? '') })
        : refuse('media.create-ssh-key', { line: Number(field[2]) + 1 });
    case 'images':
      return refuse('media.create-ssh-user', { user: printableAscii(guest.sshUser) });
    default:
      return refuse('media.create-expires', { expires: printableAscii(expires), created });
  }
}

/** The images in `folder`, links included, and secret key files left there by mistake. */
async function scan(
  folder: string,
): Promise<{ readonly files: readonly string[]; readonly secrets: readonly string[] }> {
  const names = await readdir(folder).catch(() => refuse('media.folder-missing', { folder }));
  const files: string[] = [];
  const secrets: string[] = [];
  for (const name of names.toSorted()) {
    const stats = await stat(path.join(folder, name)).catch(() => undefined);
    if (/\.ova$/i.test(name)) {
      if (stats === undefined) refuse('media.file-missing', { file: printableAscii(name) });
      if (!stats.isFile()) continue;
      if (!isPlainName(name) || !name.endsWith('.ova')) refuse('media.create-name', { file: printableAscii(name) });
      files.push(name);
    } else if (stats?.isFile() === true && stats.size < secretMaxBytes) {
      const read = await readFileWithin(path.join(folder, name), { most: secretMaxBytes });
      const text = read.ok ? read.bytes.toString('latin1') : '';
      if (/^untrusted comment: [^\n]*secret key/.test(text)) secrets.push(name);
    }
  }
  return files.length === 0 ? refuse('media.create-empty', { folder }) : { files, secrets };
}

/** A minisign secret key file is a comment and 212 characters. */
const secretMaxBytes = 4096;

const secretWarning = (file: string): CreateWarning => ({ code: 'secret-key', params: { file: printableAscii(file) } });

/** The folder's previous catalogue, if it can be read. Only warnings use it, so its signature is not checked. */
async function formerCatalogue(folder: string): Promise<Catalogue | undefined> {
  const read = await readFileWithin(path.join(folder, catalogueFileName), { most: catalogueMaxBytes });
  const parsed = parseCatalogue(read.ok ? read.bytes.toString('utf8') : '');
  return parsed.ok ? parsed.value : undefined;
}

function warningsOf(now: Catalogue, former: Catalogue | undefined): readonly CreateWarning[] {
  const warnings: CreateWarning[] = [];
  const had = { peers: former?.noc?.peers.length ?? 0, recipients: former?.handover?.recipients.length ?? 0 };
  if (!now.noc?.peers.length) warnings.push({ code: 'no-peers', params: { former: had.peers } });
  if (!now.handover?.recipients.length) warnings.push({ code: 'no-recipients', params: { former: had.recipients } });
  if (former === undefined) return warnings;
  const order = compareReleases(now.release, former.release);
  if (order < 0) warnings.push({ code: 'older-release', params: { release: now.release, former: former.release } });
  if (Date.parse(now.created) < Date.parse(former.created)) {
    warnings.push({ code: 'older-time', params: { created: now.created, former: former.created } });
  }
  return warnings;
}

function assign(
  files: readonly string[],
  options: CreateOptions,
): ReadonlyArray<{ readonly file: string; readonly components: readonly string[] }> {
  const taken = new Map<string, string>();
  return files.map((file) => {
    const components = componentsOf(file, options);
    for (const component of components) {
      const other = taken.get(component);
      if (other !== undefined) refuse('media.create-twice', { file, other, component });
      taken.set(component, file);
    }
    return { file, components };
  });
}

function componentsOf(file: string, options: CreateOptions): readonly string[] {
  const named = options.components !== undefined && Object.hasOwn(options.components, file);
  const components = (named ? options.components?.[file] : undefined) ?? [file.replace(/\.ova$/i, '')];
  const unknown = components.find((component) => !knownComponents.some((known) => known === component));
  if (unknown !== undefined || components.length === 0) {
    refuse('media.create-component', { file: printableAscii(file), component: printableAscii(unknown ?? '') });
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
