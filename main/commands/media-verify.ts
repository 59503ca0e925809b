/** `media verify`: proves the signature and every image of a medium. */
import { resolve } from 'node:path';
import { recheckCommands } from '../../core/media/proof.ts';
import { components } from '../../core/site/schema.ts';
import { writeMediaProof } from '../records/media-proof.ts';
import { proveStateFolder } from '../records/work-folders.ts';
import { verifyFolder } from '../runner/media.ts';
import { amountLine } from './amount-line.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say } from './context.ts';
import { good, signerInWords, warn, wholeSeconds } from './image-words.ts';
import { bytesInWords } from './units.ts';

export interface MediaVerifyOptions {
  readonly trust: readonly string[];
  readonly again?: boolean;
  readonly out?: string;
}

export const flags = ({ one, trust }: Flag) => [trust(), one('--again', 'again'), one('--out <folder>', 'media-out')];

export async function run(
  context: CommandContext,
  folder: string,
  { trust, again = false, out }: MediaVerifyOptions,
): Promise<number> {
  const { text } = context;
  const services = await context.services({ trust });
  if (!services.ok) return report(context, services.failure);
  // Proofs are saved: checks first that they can be, since reading may take an hour.
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
  // Leaves out fields that only this laptop can use.
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
