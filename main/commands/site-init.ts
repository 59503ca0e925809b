/** `site init`: an example site file to fill in. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { failure } from '../../core/base/errors.ts';
import { exampleSite } from '../../core/site/example.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { type CommandContext, print, report, say } from './context.ts';

export async function run(context: CommandContext, file = 'site.yaml'): Promise<number> {
  const path = resolve(file);
  if (existsSync(path)) return report(context, failure('input', 'cli.file-exists', { path }));
  const written = await writeFileAtomic(path, exampleSite);
  if (!written.ok) return report(context, written.failure);
  print(context, { path }, () => say(context.text('cli.site-written', { path })));
  return 0;
}
