/** `ova verify`: reads one image as strictly as one of a medium, and reports what proves its content. */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ok, type Result } from '../../core/base/errors.ts';
import { readIssuers } from '../adapters/media/image/certificate.ts';
import { readOva } from '../adapters/media/image/ova-reader.ts';
import { readInput } from '../system/files/inputs.ts';
import { amountLine } from './amount-line.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say } from './context.ts';
import { good, signerInWords, warn } from './image-words.ts';
import { bytesInWords } from './units.ts';

/** The application's issuers and those in `files`; each file must contain one. */
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

export const flags = ({ several }: Flag) => [several('--trust <file>', 'ova-trust')];

export async function run(
  context: CommandContext,
  file: string,
  { trust }: { readonly trust: readonly string[] },
): Promise<number> {
  const issuers = await readImageIssuers(context, trust);
  if (!issuers.ok) return report(context, issuers.failure);
  // Validity today matters only if the certificate is checked against issuers.
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
