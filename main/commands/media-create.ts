/** `media create`: signs a folder of images as a medium. */
import { resolve } from 'node:path';
import { decodeText } from '../../core/base/decode-text.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { type NocPeer, readPeers } from '../../core/media/peers.ts';
import { createMedium } from '../adapters/media/catalogue/create.ts';
import { readInput } from '../system/files/inputs.ts';
import { amountLine } from './amount-line.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say } from './context.ts';
import { readKeyPassphrase } from './key-passphrase.ts';
import { good, warn, wholeSeconds } from './image-words.ts';
import { bytesInWords } from './units.ts';

export interface MediaCreateOptions {
  readonly key: string;
  readonly release?: string;
  readonly expires?: string;
  readonly recipient: readonly string[];
  readonly peers?: string;
  readonly serves: readonly string[];
  readonly sshUser?: string;
  readonly sshKeys?: string;
  readonly reach: readonly string[];
}

export const flags = ({ needed, one, several }: Flag) => [
  needed('--key <file>', 'key'),
  one('--release <release>', 'release'),
  one('--expires <time>', 'expires'),
  several('--recipient <age1>', 'recipient'),
  one('--peers <file>', 'peers'),
  several('--serves <file=components>', 'serves'),
  one('--ssh-user <name>', 'ssh-user'),
  one('--ssh-keys <file>', 'ssh-keys'),
  several('--reach <host:port/tcp>', 'reach'),
];

/** Default validity of a medium: one year. */
const yearMs = 365 * 24 * 3600 * 1000;

/** Default release: `2026.11` for November 2026. */
const monthOf = (time: Date): string => `${time.getUTCFullYear()}.${time.getUTCMonth() + 1}`;

/**
 * The list in the file of `--peers`. Fails with `files.*`, `cli.peers` (no JSON) and the failures of {@link readPeers}.
 */
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

/** The lines of the file of `--ssh-keys`, in the form of `authorized_keys`. Fails with `files.*`. */
async function readSshKeys({ signal }: CommandContext, path: string | undefined): Promise<Result<readonly string[]>> {
  if (path === undefined) return ok([]);
  const read = await readInput(path, 'document', { typed: true, signal });
  if (!read.ok) return read;
  const lines = (decodeText(read.value) ?? '').split(/\r?\n/).map((line) => line.trim());
  return ok(lines.filter((line) => line !== '' && !line.startsWith('#')));
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

export async function run(context: CommandContext, folder: string, options: MediaCreateOptions): Promise<number> {
  const { text } = context;
  const key = await readInput(options.key, 'secret', { typed: true, signal: context.signal });
  if (!key.ok) return report(context, key.failure);
  const peers = await readPeersFile(context, options.peers);
  if (!peers.ok) return report(context, peers.failure);
  const sshKeys = await readSshKeys(context, options.sshKeys);
  if (!sshKeys.ok) return report(context, sshKeys.failure);
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
      sshAuthorizedKeys: sshKeys.value,
      reach: options.reach,
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
