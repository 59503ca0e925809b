/** `serve`: the wizard on the loopback interface until Ctrl-C. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { failure, type Result } from '../../core/base/errors.ts';
import { composeText, pageFolder } from '../compose/services.ts';
import type { Services } from '../runner/services.ts';
import { workFolderFindings } from '../records/work-folders.ts';
import { startWeb } from '../web.ts';
import { addressRequest, onAddressRequest } from './address-requests.ts';
import type { Flag } from './command.ts';
import { type CommandContext, report, say } from './context.ts';

export interface ServeOptions {
  readonly port: number;
  readonly trust: readonly string[];
}

export const flags = ({ port, trust }: Flag) => [port(), trust()];

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const ending = { enter: 'enter', signal: 'signal', none: 'once' } as const;

/** With `--json` each address is one line, `{"url":...}`. */
function sayAddress({ json, text }: CommandContext, url: string, lead: 'open' | 'new'): void {
  if (json) return say(JSON.stringify({ url }));
  const how = text(`cli.serve.${ending[addressRequest()]}`, { pid: String(process.pid) });
  // One write: whoever reads the address has the rest too.
  say([text(`cli.serve.${lead}`), `\n  ${url}\n`, how].join('\n'));
}

/** Fails with `cli.no-page` if the page was not built, and `common.no-port`. Exit code 0 at Ctrl-C, its regular end. */
export async function run(
  context: CommandContext,
  site: string | undefined,
  options: ServeOptions & { readonly demo?: boolean },
): Promise<number> {
  const page = pageFolder(context.root);
  if (!existsSync(join(page, 'index.html')))
    return report(context, failure('operation', 'cli.no-page', { path: page }));
  const first: Result<Services> = await context.services({ trust: options.trust });
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
      sitePath: site,
      findings: await workFolderFindings(first.value.stateDir),
    },
  });
  if (!served.ok) return report(context, served.failure);
  // First the handler: a SIGUSR2 without one ends the process, and the line below tells the user to send it.
  onAddressRequest(() => sayAddress(context, served.value.renew(), 'new'), {
    lines: context.json,
    signal: context.signal,
  });
  sayAddress(context, served.value.url, 'open');
  await untilAborted(context.signal);
  await served.value.close();
  return 0;
}
