/** `serve`: the wizard on the loopback interface until Ctrl-C. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { failure, type Result } from '../../core/errors.ts';
import { composeText, pageFolder } from '../compose.ts';
import type { Services } from '../runner/services.ts';
import { workFolderFindings } from '../runner/work-folders.ts';
import { startWeb } from '../web.ts';
import { type CommandContext, report, say } from './context.ts';

export interface ServeCommandOptions {
  readonly port: number;
  readonly site?: string;
  readonly trust: readonly string[];
  readonly stateDir?: string;
  readonly demo?: boolean;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Fails with `cli.no-page` where the page was not built, `common.no-port`. Exit code 0 at Ctrl-C: that is how it ends. */
export async function serve(context: CommandContext, options: ServeCommandOptions): Promise<number> {
  const page = pageFolder(context.root);
  if (!existsSync(join(page, 'index.html')))
    return report(context, failure('operation', 'cli.no-page', { path: page }));
  const first: Result<Services> = await context.services(options);
  if (!first.ok) return report(context, first.failure);
  const served = await startWeb({
    page,
    port: options.port,
    session: {
      services: async (language) =>
        language === first.value.text.language ? first.value : { ...first.value, text: await composeText(language) },
      language: first.value.text.language,
      host: 'browser',
      demo: options.demo === true,
      homeFolder: homedir(),
      sitePath: options.site,
      findings: await workFolderFindings(first.value.stateDir),
    },
  });
  if (!served.ok) return report(context, served.failure);
  if (context.json) say(JSON.stringify({ url: served.value.url }));
  else {
    say(context.text('cli.serve.open'));
    say(`\n  ${served.value.url}\n`);
    say(context.text('cli.serve.once'));
  }
  await untilAborted(context.signal);
  await served.value.close();
  return 0;
}
