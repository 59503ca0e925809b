/** `media create`, `media verify`, `ova verify`: the medium on both sides of the air gap. */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createMedium } from '../adapters/media/create.ts';
import { readOva } from '../adapters/media/ova-reader.ts';
import { readInput } from '../adapters/files/inputs.ts';
import { z } from 'zod';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { type NocPeer, nocPeerSchema } from '../../core/media/catalogue.ts';
import { verifyFolder } from '../runner/media.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { askSecret } from './prompt.ts';
import { amountLine } from './amount-line.ts';
import { bytesInWords } from './units.ts';

export async function mediaVerify(context: CommandContext, folder: string, trust: readonly string[]): Promise<number> {
  const services = await context.services({ trust });
  if (!services.ok) return report(context, services.failure);
  const line = amountLine(context);
  const verified = await verifyFolder(services.value, resolve(folder), context.signal, line.show);
  line.end();
  if (!verified.ok) return report(context, verified.failure);
  const { evidence } = verified.value;
  print(context, evidence, () => {
    const { release, signer, images } = evidence;
    say(
      `${paint('green', '✓')} ${context.text('cli.media-good', { release, signer: signer.name, keyId: signer.keyId })}`,
    );
    for (const { file, sizeBytes, sha256 } of images)
      say(`  ${file.padEnd(24)} ${bytesInWords(sizeBytes).padStart(10)}  ${sha256}`);
  });
  return 0;
}

export async function ovaVerify(context: CommandContext, file: string): Promise<number> {
  const line = amountLine(context);
  const began = performance.now();
  const read = await readOva(resolve(file), {
    signal: context.signal,
    onProgress: (bytes, total) =>
      line.show(file, { bytes, total, bytesPerSecond: (1000 * bytes) / (performance.now() - began) }),
  });
  line.end();
  if (!read.ok) return report(context, read.failure);
  print(context, read.value, () => {
    say(`${paint('green', '✓')} ${context.text('cli.ova-good', { file, sha256: read.value.sha256 })}`);
    for (const { name, sizeBytes, sha256 } of read.value.members)
      say(`  ${name.padEnd(28)} ${bytesInWords(sizeBytes).padStart(10)}  ${sha256}`);
  });
  return 0;
}

export interface MediaCreateOptions {
  readonly key: string;
  readonly release: string;
  readonly expires?: string;
  readonly recipient: readonly string[];
  readonly peers?: string;
}

/** A year is how long a medium is good for unless its maker says otherwise. */
const yearMs = 365 * 24 * 3600 * 1000;

const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

async function readPeers(path: string | undefined): Promise<Result<NocPeer[]>> {
  if (path === undefined) return ok([]);
  const read = await readInput(path);
  if (!read.ok) return read;
  try {
    const peers = z.array(nocPeerSchema).safeParse(JSON.parse(read.value.toString('utf8')));
    if (peers.success) return ok(peers.data);
  } catch {
    // Falls through to the same answer: not what a list of peers looks like.
  }
  return fail(failure('input', 'cli.peers', { path }));
}

export async function mediaCreate(
  context: CommandContext,
  folder: string,
  options: MediaCreateOptions,
): Promise<number> {
  const key = await readInput(options.key);
  if (!key.ok) return report(context, key.failure);
  const peers = await readPeers(options.peers);
  if (!peers.ok) return report(context, peers.failure);
  const line = amountLine(context);
  const now = new Date();
  const make = (passphrase?: string) =>
    createMedium({
      folder: resolve(folder),
      secretKeyText: key.value.toString('utf8'),
      ...(passphrase === undefined ? {} : { passphrase }),
      release: options.release,
      created: wholeSeconds(now),
      expires: options.expires ?? wholeSeconds(new Date(now.getTime() + yearMs)),
      peers: peers.value,
      recipients: options.recipient,
      signal: context.signal,
      onProgress: ({ file, bytes, totalBytes, bytesPerSecond }) =>
        line.show(file, { bytes, total: totalBytes, bytesPerSecond }),
    });
  let created = await make();
  if (!created.ok && created.failure.code === 'media.key-passphrase-missing') {
    const passphrase = await askSecret(context.text('cli.key-passphrase', { file: options.key }), '');
    if (!passphrase.ok) return report(context, passphrase.failure);
    created = await make(passphrase.value);
  }
  line.end();
  if (!created.ok) return report(context, created.failure);
  const { catalogue, catalogueSha256, keyId } = created.value;
  print(context, { folder: created.value.folder, catalogueSha256, keyId, catalogue }, () =>
    say(
      `${paint('green', '✓')} ${context.text('cli.media-created', { release: catalogue.release, images: catalogue.images.length, keyId })}`,
    ),
  );
  return 0;
}
