/** The command line door: options in, exit code out. What a command does stands in `main/commands`. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { failure, fail, exitCodes, ok, type Result } from '../core/errors.ts';
import { stages } from '../core/run.ts';
import { type Language, languages, type Text } from '../core/text.ts';
import type { CommandContext } from './commands/context.ts';
import { report } from './commands/context.ts';
import { composeSecrets, composeServices, composeText, defaultStateDir, findRoot, startLanguage } from './compose.ts';
import { readPassphrase } from './passphrase.ts';

interface GlobalOptions {
  readonly json?: boolean;
  readonly lang?: Language;
  readonly vault?: string;
  readonly log?: string;
  readonly progress: 'auto' | 'json';
}

type Run = (context: CommandContext) => Promise<number> | number;

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('0 to 65535');
  return port;
}

/** The language decides how the help reads, so it is looked for before the options are parsed. */
function languageIn(argv: readonly string[]): Language {
  const at = argv.indexOf('--lang');
  const given = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length);
  return languages.find((one) => one === given) ?? startLanguage();
}

function buildProgram(text: Text, use: (run: Run) => Promise<void>): Command {
  const program = new Command('edge-installer');
  const help = (name: string): string => text(`cli.help.${name}`);
  const trust = () => new Option('--trust <file>', help('trust')).argParser(collect).default([] as string[], '');
  const command = (parent: Command, usage: string, name: string): Command => parent.command(usage).description(help(name));

  program
    .description(help('program'))
    .version(findRoot(import.meta.dirname).version, '--version', help('version'))
    .option('--json', help('json'))
    .addOption(new Option('--lang <language>', help('lang')).choices([...languages]))
    .option('--vault <file>', help('vault'))
    .option('--log <file>', help('log'))
    .addOption(new Option('--progress <kind>', help('progress')).choices(['auto', 'json']).default('auto'))
    .helpOption('-h, --help', help('help'))
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });

  command(program, 'demo', 'demo')
    .option('--wizard', help('demo-wizard'), false)
    .option('--dir <folder>', help('demo-dir'))
    .option('--port <number>', help('port'), portNumber, 0)
    .option('--upload-rate <rate>', help('upload-rate'))
    .action((options) => use(async (context) => (await import('./commands/demo.ts')).demo(context, options)));

  const site = command(program, 'site', 'site');
  command(site, 'init [file]', 'site-init').action((file: string = 'site.yaml') =>
    use(async (context) => (await import('./commands/site.ts')).siteInit(context, file)),
  );
  command(site, 'check <file>', 'site-check').action((file: string) =>
    use(async (context) => (await import('./commands/site.ts')).siteCheck(context, file)),
  );
  command(site, 'schema', 'site-schema').action(() => use(async (context) => (await import('./commands/site.ts')).siteSchema(context)));

  command(program, 'plan <file>', 'plan')
    .option('--out <folder>', help('plan-out'))
    .action((file: string, options) => use(async (context) => (await import('./commands/site.ts')).planSite(context, file, options)));

  const media = command(program, 'media', 'media');
  command(media, 'create <folder>', 'media-create')
    .requiredOption('--key <file>', help('key'))
    .requiredOption('--release <release>', help('release'))
    .option('--expires <time>', help('expires'))
    .option('--recipient <age1>', help('recipient'), collect, [])
    .option('--peers <file>', help('peers'))
    .action((folder: string, options) =>
      use(async (context) => (await import('./commands/media.ts')).mediaCreate(context, folder, options)),
    );
  command(media, 'verify <folder>', 'media-verify')
    .addOption(trust())
    .action((folder: string, options: { trust: string[] }) =>
      use(async (context) => (await import('./commands/media.ts')).mediaVerify(context, folder, options.trust)),
    );
  const ova = command(program, 'ova', 'ova');
  command(ova, 'verify <file>', 'ova-verify').action((file: string) =>
    use(async (context) => (await import('./commands/media.ts')).ovaVerify(context, file)),
  );

  const secret = command(program, 'secret', 'secret');
  command(secret, 'set <name>', 'secret-set').action((name: string) =>
    use(async (context) => (await import('./commands/secret.ts')).secretSet(context, name)),
  );
  command(secret, 'list', 'secret-list').action(() =>
    use(async (context) => (await import('./commands/secret.ts')).secretList(context)),
  );
  command(secret, 'delete <name>', 'secret-delete').action((name: string) =>
    use(async (context) => (await import('./commands/secret.ts')).secretDelete(context, name)),
  );

  command(program, 'preflight <file>', 'preflight')
    .addOption(trust())
    .action((file: string, options) => use(async (context) => (await import('./commands/run.ts')).preflight(context, file, options)));
  command(program, 'deploy <file>', 'deploy')
    .addOption(trust())
    .action((file: string, options) =>
      use(async (context) =>
        (await import('./commands/run.ts')).runCommand(context, file, {
          ...options,
          stages: ['check', 'media', 'preflight', 'deploy', 'keys'],
        }),
      ),
    );
  command(program, 'status <file>', 'status').action((file: string) =>
    use(async (context) => (await import('./commands/run.ts')).status(context, file, { trust: [] })),
  );
  command(program, 'rollback <file>', 'rollback')
    .requiredOption('--yes <site>', help('yes'))
    .action((file: string, options: { yes: string }) =>
      use(async (context) => (await import('./commands/run.ts')).rollback(context, file, { ...options, trust: [] })),
    );

  const handover = command(program, 'handover', 'handover');
  command(handover, 'create <file>', 'handover-create')
    .requiredOption('--out <folder>', help('out'))
    .addOption(trust())
    .action((file: string, options) =>
      use(async (context) => (await import('./commands/run.ts')).handoverCreate(context, file, options)),
    );
  command(handover, 'open <bundle>', 'handover-open')
    .requiredOption('--identity <file>', help('identity'))
    .addOption(new Option('--format <format>', help('format')).choices(['json', 'wireguard']).default('json'))
    .action((bundle: string, options) =>
      use(async (context) => (await import('./commands/handover-open.ts')).handoverOpen(context, bundle, options)),
    );

  command(program, 'summary <file>', 'summary')
    .requiredOption('--out <folder>', help('out'))
    .action((file: string, options: { out: string }) =>
      use(async (context) => (await import('./commands/run.ts')).summary(context, file, { ...options, trust: [] })),
    );
  command(program, 'run <file>', 'run')
    .option('--out <folder>', help('out'))
    .addOption(trust())
    .action((file: string, options) =>
      use(async (context) => (await import('./commands/run.ts')).runCommand(context, file, { ...options, stages })),
    );
  command(program, 'serve [file]', 'serve')
    .option('--port <number>', help('port'), portNumber, 0)
    .addOption(trust())
    .action((file: string | undefined, options) =>
      use(async (context) =>
        (await import('./commands/serve.ts')).serve(context, { ...options, ...(file === undefined ? {} : { site: file }) }),
      ),
    );
  return program;
}

/** Ctrl-C asks the work to stop; a second one ends the process at once. */
function interruptible(): AbortSignal {
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(exitCodes.cancelled);
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return abort.signal;
}

async function createContext(options: GlobalOptions, text: Text, signal: AbortSignal): Promise<Result<CommandContext>> {
  const root = findRoot(import.meta.dirname);
  const secrets = composeSecrets(options.vault, (purpose) => readPassphrase(text, purpose));
  return ok({
    root,
    text,
    json: options.json === true,
    progress: options.progress,
    signal,
    secrets,
    services: (more = {}) =>
      composeServices({
        root,
        text,
        stateDir: more.stateDir ?? defaultStateDir(),
        secrets: more.secrets ?? secrets,
        trust: more.trust ?? [],
      }),
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const text = await composeText(languageIn(argv));
  const signal = interruptible();
  let code = 0;
  const program = buildProgram(text, async (run) => {
    const context = await createContext(program.opts<GlobalOptions>(), text, signal);
    code = context.ok ? await run(context.value) : report({ text, json: false }, context.failure);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') {
      program.outputHelp();
      return exitCodes.input;
    }
    const message = error.message.replace(/^error: /, '');
    return report({ text, json: argv.includes('--json') }, failure('input', 'common.usage', { message }));
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  async (error: unknown) => {
    // A bug. The stack is for whoever mends it, and only when asked for.
    const text = await composeText('en');
    if (process.env.EDGE_DEBUG) console.error(error);
    process.exitCode = report(
      { text, json: process.argv.includes('--json') },
      failure('operation', 'common.unexpected', { message: error instanceof Error ? error.message : String(error) }),
    );
  },
);
