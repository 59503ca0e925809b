/** `handover create`: the bundle for ALE. Proves the medium first. */
import { resolve } from 'node:path';
import { createHandover } from '../runner/handover.ts';
import { seeMedium } from '../runner/preflight.ts';
import { readSiteMachines } from '../runner/site-machines.ts';
import { amountLine } from './amount-line.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openSite, type SiteOptions } from './open-site.ts';

export const flags = ({ needed, trust }: Flag) => [needed('--out <folder>', 'out'), trust()];

export async function run(
  context: CommandContext,
  file: string,
  options: SiteOptions & { readonly out: string },
): Promise<number> {
  const opened = await openSite(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const line = amountLine(context);
  const media = await seeMedium(services, planned, context.signal, line.showFiles);
  line.end();
  const refused = media.ok ? media.value.failure : media.failure;
  if (refused !== undefined) return report(context, refused);
  const machines = await readSiteMachines(services, planned, context.signal);
  const written = await createHandover(services, planned, machines, resolve(options.out));
  if (!written.ok) return report(context, written.failure);
  const { bundlePath, textPath, sha256, confirmationCode, recipients } = written.value;
  print(context, { bundlePath, textPath, sha256, confirmationCode, recipients }, () => {
    say(`${paint('green', '✓')} ${bundlePath}`);
    say(`  ${textPath}`);
    say(context.text('cli.code', { code: confirmationCode }));
  });
  return 0;
}
