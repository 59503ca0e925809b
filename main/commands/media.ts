/** `media create`, `media verify`, `ova verify`: the medium on both sides of the air gap. */
import { decodeText } from '../../core/decode-text.ts';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createMedium } from '../adapters/media/create.ts';
import { readOva } from '../adapters/media/ova-reader.ts';
import { readInput } from '../adapters/files/inputs.ts';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { type NocPeer, readPeers } from '../../core/media/peers.ts';
import { recheckCommands } from '../../core/media/proof.ts';
import { components } from '../../core/site/schema.ts';
import type { Text } from '../../core/text.ts';
import { type CertificateSigner, readIssuers } from '../adapters/media/certificate.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import { verifyFolder } from '../runner/media.ts';
import { writeMediaProof } from '../runner/media-proof.ts';
import { proveStateFolder } from '../runner/work-folders.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { askSecret, readSecretValue } from './prompt.ts';
import { amountLine } from './amount-line.ts';
import { bytesInWords } from './units.ts';

export interface MediaVerifyOptions {
  readonly trust: readonly string[];
  readonly again?: boolean;
  readonly out?: string;
}

export async function mediaVerify(
  context: CommandContext,
  folder: string,
  { trust, again = false, out }: MediaVerifyOptions,
): Promise<number> {
  const { text } = context;
  const services = await context.services({ trust });
  if (!services.ok) return report(context, services.failure);
  // What is proven is remembered: it shall not come to light after an hour of reading that it cannot be.
  const proven = await proveStateFolder(services.value.stateDir);
  if (!proven.ok) return report(context, proven.failure);
  const line = amountLine(context);
  const verified = await verifyFolder(services.value, resolve(folder), context.signal, line.showFiles, { again });
  line.end();
  if (!verified.ok) return report(context, verified.failure);
  const { evidence, facts } = verified.value;
  if (out !== undefined) {
    const written = await writeMediaProof(resolve(out), facts);
    if (!written.ok) return report(context, written.failure);
  }
  const recheck = recheckCommands(facts);
  // What only this laptop can use again says nothing to a reader.
  const images = evidence.images.map(({ samples: _samples, identity: _identity, ...image }) => image);
  print(context, { ...evidence, images, recheck }, () => {
    const { release, signer, created, expires, clockSuspect, toolVersion } = evidence;
    const verifiedAt = wholeSeconds(new Date(evidence.verifiedAt));
    say(`${good()} ${text('cli.media-good', { release, signer: signer.name, keyId: signer.keyId })}`);
    say(`  ${text('cli.media-dates', { created, expires })}`);
    say(`  ${text('cli.media-verified', { verifiedAt, toolVersion })}`);
    say();
    for (const image of evidence.images) {
      const { file, sizeBytes, components, reused, certificate } = image;
      say(`  ${file.padEnd(24)} ${bytesInWords(sizeBytes).padStart(10)}  ${components.join(', ')}`);
      if (reused) say(`    ${text('cli.media-reused', { verifiedAt: wholeSeconds(new Date(image.verifiedAt)) })}`);
      if (certificate) say(`    ${signerInWords(text, certificate)}`);
      const unknown = components.filter((component) => !isComponent(component));
      if (unknown.length > 0) warn(text('cli.media-unknown', { components: unknown.join(', ') }));
    }
    if (clockSuspect) warn(text('cli.media-clock', { created }));
    say(`\n  ${text('cli.media-recheck')}`);
    for (const command of recheck) say(`    ${command}`);
    if (out !== undefined) say(`\n  ${text('cli.media-out', { folder: resolve(out) })}`);
  });
  return 0;
}

const isComponent = (name: string): boolean => components.some((known) => known === name);
const good = (): string => paint('green', '✓');
const warn = (words: string): void => say(`${paint('yellow', '!')} ${words}`);

const signerInWords = (
  text: Text,
  { subject, fingerprint, trusted }: Pick<CertificateSigner, 'subject' | 'fingerprint' | 'trusted'>,
): string => text(trusted ? 'cli.image-signed' : 'cli.image-signed-unknown', { subject, fingerprint });

/** The issuers that come with the application, and those in `files`, each of which has to hold one. */
async function readImageIssuers(context: CommandContext, files: readonly string[]): Promise<Result<string[]>> {
  const services = await context.services({ trust: [] });
  if (!services.ok) return services;
  const all = [...services.value.imageIssuers];
  for (const file of files) {
    const read = await readInput(file, 'certificate', { typed: true, signal: context.signal });
    if (!read.ok) return read;
    const issuers = readIssuers(read.value.toString('utf8'), file);
    if (!issuers.ok) return issuers;
    all.push(...issuers.value);
  }
  return ok(all);
}

export async function ovaVerify(
  context: CommandContext,
  file: string,
  { trust }: { readonly trust: readonly string[] },
): Promise<number> {
  const issuers = await readImageIssuers(context, trust);
  if (!issuers.ok) return report(context, issuers.failure);
  // Whom to trust is a question of today; what a certificate merely says is not.
  const certificates = issuers.value.length > 0 ? { issuers: issuers.value, nowIso: new Date().toISOString() } : {};
  const line = amountLine(context);
  const began = performance.now();
  const read = await readOva(resolve(file), {
    signal: context.signal,
    certificates,
    onProgress: (bytes, total) =>
      line.show(file, { bytes, total, bytesPerSecond: (1000 * bytes) / (performance.now() - began) }),
  });
  line.end();
  if (!read.ok) return report(context, read.failure);
  const { members, sha256, certificate, manifest } = read.value;
  const command = 'edge-installer media verify';
  const vouching =
    manifest === undefined
      ? context.text('cli.ova-no-manifest', { command })
      : certificate === undefined
        ? context.text('cli.ova-unsigned', { command, algorithm: manifest.algorithm.toUpperCase() })
        : undefined;
  print(context, { ...read.value, manifest: manifest ?? null, ...(vouching === undefined ? {} : { vouching }) }, () => {
    say(`${good()} ${context.text('cli.ova-good', { file })}`);
    say(`  ${sha256} *${file}`);
    if (certificate) say(`  ${signerInWords(context.text, certificate)}`);
    if (manifest === undefined && vouching !== undefined) warn(vouching);
    else if (vouching !== undefined) say(`  ${vouching}`);
    say(`\n  ${context.text('cli.ova-members')}`);
    for (const member of members) {
      say(`    ${member.name.padEnd(32)} ${bytesInWords(member.sizeBytes).padStart(10)}`);
      say(`      ${member.sha256}`);
    }
  });
  return 0;
}

export interface MediaCreateOptions {
  readonly key: string;
  readonly release?: string;
  readonly expires?: string;
  readonly recipient: readonly string[];
  readonly peers?: string;
  readonly serves: readonly string[];
  readonly sshUser?: string;
}

/** A year is how long a medium is good for unless its maker says otherwise. */
const yearMs = 365 * 24 * 3600 * 1000;

/** Release of a medium whose maker names none: `2026.11`. */
const monthOf = (time: Date): string => `${time.getUTCFullYear()}.${time.getUTCMonth() + 1}`;

const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** The list in the file of `--peers`. Fails with `files.*`, `cli.peers` (no JSON) and the failures of {@link readPeers}. */
async function readPeersFile(
  { signal }: CommandContext,
  path: string | undefined,
): Promise<Result<readonly NocPeer[]>> {
  if (path === undefined) return ok([]);
  const read = await readInput(path, 'document', { typed: true, signal });
  if (!read.ok) return read;
  try {
    return readPeers(JSON.parse(decodeText(read.value) ?? ''));
  } catch {
    return fail(failure('input', 'cli.peers', { path }));
  }
}

/** `edge-gw.ova=edge-gw,logs` as a table. Fails with `cli.serves`. */
function readServes(given: readonly string[]): Result<Record<string, string[]>> {
  const table: Record<string, string[]> = {};
  for (const one of given) {
    const at = one.lastIndexOf('=');
    const names = one
      .slice(at + 1)
      .split(',')
      .map((name) => name.trim());
    if (at < 1 || names.includes('')) return fail(failure('input', 'cli.serves', { given: one }));
    table[one.slice(0, at)] = names;
  }
  return ok(table);
}

const passphraseVariable = 'EDGE_KEY_PASSPHRASE_FILE';

/** From the file that the variable names, from a pipe, or from whoever sits at the terminal. */
export async function readKeyPassphrase({ text, signal }: CommandContext, file: string): Promise<Result<string>> {
  const named = process.env[passphraseVariable];
  if (named) return readPassphraseFile(named, signal);
  const question = text('cli.key-passphrase', { file });
  if (process.stdin.isTTY) return askSecret(question, '', signal);
  const piped = await readSecretValue(question, file, signal);
  const how = text('cli.key-passphrase-how', { variable: passphraseVariable });
  return piped.ok && piped.value === '' ? fail(failure('input', 'common.no-terminal', { what: question, how })) : piped;
}

export async function mediaCreate(
  context: CommandContext,
  folder: string,
  options: MediaCreateOptions,
): Promise<number> {
  const { text } = context;
  const key = await readInput(options.key, 'secret', { typed: true, signal: context.signal });
  if (!key.ok) return report(context, key.failure);
  const peers = await readPeersFile(context, options.peers);
  if (!peers.ok) return report(context, peers.failure);
  const serves = readServes(options.serves);
  if (!serves.ok) return report(context, serves.failure);
  const services = await context.services({ trust: [] });
  if (!services.ok) return report(context, services.failure);
  const line = amountLine(context);
  const now = new Date();
  const make = (passphrase?: string) =>
    createMedium({
      folder: resolve(folder),
      secretKeyText: key.value.toString('utf8'),
      ...(passphrase === undefined ? {} : { passphrase }),
      release: options.release ?? monthOf(now),
      created: wholeSeconds(now),
      expires: options.expires ?? wholeSeconds(new Date(now.getTime() + yearMs)),
      components: serves.value,
      ...(options.sshUser === undefined ? {} : { sshUser: options.sshUser }),
      peers: peers.value,
      recipients: options.recipient,
      issuers: services.value.imageIssuers,
      signal: context.signal,
      onProgress: ({ file, bytes, totalBytes, bytesPerSecond }) =>
        line.show(file, { bytes, total: totalBytes, bytesPerSecond }),
    });
  let created = await make();
  if (!created.ok && created.failure.code === 'media.key-passphrase-missing') {
    const passphrase = await readKeyPassphrase(context, options.key);
    if (!passphrase.ok) return report(context, passphrase.failure);
    created = await make(passphrase.value);
  }
  line.end();
  if (!created.ok) return report(context, created.failure);
  const { catalogue, catalogueSha256, keyId, publicKey, warnings } = created.value;
  const inWords = warnings.map(({ code, params }) => ({ code, message: text(`media.warnings.${code}`, params) }));
  const document = { folder: created.value.folder, catalogueSha256, keyId, publicKey, catalogue, warnings: inWords };
  print(context, document, () => {
    const { release, created: time, expires, images, noc, handover } = catalogue;
    say(`${good()} ${text('cli.media-created', { release, keyId })}`);
    say(`  ${text('cli.media-dates', { created: time, expires })}`);
    say(`  ${text('cli.media-noc', { peers: noc?.peers.length ?? 0, recipients: handover?.recipients.length ?? 0 })}`);
    say();
    for (const { file, size, components: serving } of images)
      say(`  ${file.padEnd(24)} ${bytesInWords(size).padStart(10)}  ${serving.join(', ')}`);
    for (const { message } of inWords) warn(message);
    say(`\n  ${text('cli.media-public')}`);
    for (const row of publicKey.trimEnd().split('\n')) say(`    ${row}`);
  });
  return 0;
}
