/** `summary`: the deployment summary from the records and the current inventory. */
import { resolve } from 'node:path';
import { withEndpoints } from '../runner/endpoints.ts';
import { createSummary } from '../runner/summary.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openSite } from './open-site.ts';

export const flags = ({ needed }: Flag) => [needed('--out <folder>', 'out')];

export async function run(context: CommandContext, file: string, { out }: { readonly out: string }): Promise<number> {
  const opened = await openSite(context, file);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const files = await withEndpoints(services, planned.site, (endpoints) =>
    createSummary(services, planned, endpoints, { outDir: resolve(out), signal: context.signal }),
  );
  if (!files.ok) return report(context, files.failure);
  print(context, { files: files.value }, () => {
    for (const path of files.value) say(`${paint('green', '✓')} ${path}`);
  });
  return 0;
}
