/** The command line door: options in, exit code out. What a command does stands in `main/commands`. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Failure, failure, exitCodes, ok, type Result } from '../core/errors.ts';
import { stages } from '../core/run.ts';
import type { CsvSeparator } from '../core/csv.ts';
import { type Language, languages, type Text, withSeparator } from '../core/text.ts';
import type { CommandContext } from './commands/context.ts';
import { report, warnOnce } from './commands/context.ts';
import type { MediaVerifyOptions } from './commands/media.ts';
import { composeSecrets, composeServices, composeText, defaultStateDir, findRoot, startLanguage } from './compose.ts';
import { type Interrupt, listenForInterrupt } from './interrupt.ts';
import { type Log, openLog } from './log.ts';
import { readPassphrase } from './passphrase.ts';

interface GlobalOptions {
  readonly json?: boolean;
  readonly lang?: Language;
  readonly vault?: string;
  readonly log?: string;
  readonly progress: 'auto' | 'json';
  readonly separator?: keyof typeof separators;
}

/** What `--separator` takes. */
const separators = { ',': ',', ';': ';', tab: '\t' } as const satisfies Record<string, CsvSeparator>;

type Run = (context: CommandContext) => Promise<number> | number;
type Use = (run: Run) => Promise<void>;

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

function buildProgram(text: Text, use: Use): Command {
  const program = new Command('edge-installer');
  const help = (name: string): string => text(`cli.help.${name}`);
  /** May be given more than once. */
  const several = (flags: string, name: string) =>
    new Option(flags, help(name)).argParser(collect).default([] as string[], help('none'));
  const trust = () => several('--trust <file>', 'trust');
  const command = (parent: Command, usage: string, name: string): Command =>
    parent.command(usage).description(help(name));

  program
    .description(help('program'))
    .version(findRoot(import.meta.dirname).version, '--version', help('version'))
    .option('--json', help('json'))
    .addOption(new Option('--lang <language>', help('lang')).choices([...languages]))
    .option('--vault <file>', help('vault'))
    .option('--log <file>', help('log'))
    .addOption(new Option('--separator <sign>', help('separator')).choices(Object.keys(separators)))
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
  command(site, 'schema', 'site-schema').action(() =>
    use(async (context) => (await import('./commands/site.ts')).siteSchema(context)),
  );

  command(program, 'plan <file>', 'plan')
    .option('--out <folder>', help('plan-out'))
    .option('--against <other>', help('plan-against'))
    .action((file: string, { against, ...options }: { out?: string; against?: string }) =>
      use(async (context) =>
        against === undefined
          ? (await import('./commands/site.ts')).planSite(context, file, options)
          : (await import('./commands/plan-compare.ts')).planCompare(context, file, against),
      ),
    );
  command(program, 'worksheet <file>', 'worksheet')
    .requiredOption('--out <folder>', help('out'))
    .action((file: string, options: { out: string }) =>
      use(async (context) => (await import('./commands/worksheet.ts')).worksheet(context, file, options)),
    );

  const certificate = command(program, 'certificate', 'certificate');
  command(certificate, 'request <file>', 'certificate-request')
    .requiredOption('--out <folder>', help('out'))
    .option('--rsa', help('rsa'))
    .action((file: string, { out, rsa }: { out: string; rsa?: boolean }) =>
      use(async (context) =>
        (await import('./commands/certificate.ts')).certificateRequest(context, file, {
          out,
          ...(rsa === true ? { algorithm: 'rsa-3072' as const } : {}),
        }),
      ),
    );
  command(certificate, 'check <file>', 'certificate-check')
    .option('--key <file>', help('certificate-key'))
    .option('--trust <file>', help('certificate-trust'))
    .action((file: string, options: { key?: string; trust?: string }) =>
      use(async (context) => (await import('./commands/certificate.ts')).certificateCheck(context, file, options)),
    );

  const media = command(program, 'media', 'media');
  command(media, 'create <folder>', 'media-create')
    .requiredOption('--key <file>', help('key'))
    .option('--release <release>', help('release'))
    .option('--expires <time>', help('expires'))
    .addOption(several('--recipient <age1>', 'recipient'))
    .option('--peers <file>', help('peers'))
    .addOption(several('--serves <file=components>', 'serves'))
    .option('--ssh-user <name>', help('ssh-user'))
    .action((folder: string, options) =>
      use(async (context) => (await import('./commands/media.ts')).mediaCreate(context, folder, options)),
    );
  command(media, 'verify <folder>', 'media-verify')
    .addOption(trust())
    .option('--again', help('again'))
    .option('--out <folder>', help('media-out'))
    .action((folder: string, options: MediaVerifyOptions) =>
      use(async (context) => (await import('./commands/media.ts')).mediaVerify(context, folder, options)),
    );
  const ova = command(program, 'ova', 'ova');
  command(ova, 'verify <file>', 'ova-verify')
    .addOption(several('--trust <file>', 'ova-trust'))
    .action((file: string, options: { trust: readonly string[] }) =>
      use(async (context) => (await import('./commands/media.ts')).ovaVerify(context, file, options)),
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
  command(secret, 'export <names...>', 'secret-export')
    .addOption(
      new Option('--to <age1>', help('secret-to'))
        .argParser((value: string, before: readonly string[] | undefined) => collect(value, before ?? []))
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', help('secret-out'))
    .action((names: string[], options: { to: readonly string[]; out: string }) =>
      use(async (context) => (await import('./commands/secret-transfer.ts')).secretExport(context, names, options)),
    );
  command(secret, 'import <file>', 'secret-import')
    .requiredOption('--identity <file>', help('identity'))
    .action((file: string, options: { identity: string }) =>
      use(async (context) => (await import('./commands/secret-transfer.ts')).secretImport(context, file, options)),
    );

  command(program, 'preflight <file>', 'preflight')
    .option('--probe', help('probe'), false)
    .addOption(trust())
    .action((file: string, options) =>
      use(async (context) => (await import('./commands/run.ts')).preflight(context, file, options)),
    );
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
      use(async (context) =>
        (await import('./commands/rollback.ts')).rollback(context, file, { ...options, trust: [] }),
      ),
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
    .addOption(
      new Option('--format <format>', help('format')).choices(['json', 'wireguard', 'ssh-config']).default('json'),
    )
    .action((bundle: string, options) =>
      use(async (context) => (await import('./commands/handover-open.ts')).handoverOpen(context, bundle, options)),
    );
  command(handover, 'acknowledge <bundle>', 'handover-acknowledge')
    .requiredOption('--identity <file>', help('identity'))
    .requiredOption('--key <file>', help('key'))
    .requiredOption('--out <folder>', help('out'))
    .action((bundle: string, options: { identity: string; key: string; out: string }) =>
      use(async (context) =>
        (await import('./commands/handover-acknowledge.ts')).handoverAcknowledge(context, bundle, options),
      ),
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
        (await import('./commands/serve.ts')).serve(context, {
          ...options,
          ...(file === undefined ? {} : { site: file }),
        }),
      ),
    );
  return program;
}

/** Waits until the answer is written, or cannot be. */
async function lostAnswer({ lostOutput }: Interrupt): Promise<Failure | undefined> {
  await new Promise<void>((done) => process.stdout.write('', () => done()));
  return lostOutput();
}

/** `media verify`, as it was typed, without what follows. */
function commandName(command: Command | null): string {
  if (command === null || command.parent === null) return '';
  return `${commandName(command.parent)} ${command.name()}`.trim();
}

async function createContext(
  options: GlobalOptions,
  words: Text,
  { signal }: Interrupt,
): Promise<Result<CommandContext>> {
  const { separator } = options;
  const text = separator === undefined ? words : withSeparator(words, separators[separator]);
  const root = findRoot(import.meta.dirname);
  const log = options.log === undefined ? ok(undefined) : await openLog(options.log);
  if (!log.ok) return log;
  const secrets = composeSecrets(options.vault, (purpose) => readPassphrase(text, purpose, signal));
  const warn = warnOnce({ text, json: options.progress === 'json', log: log.value });
  return ok({
    root,
    text,
    json: options.json === true,
    progress: options.progress,
    signal,
    log: log.value,
    secrets,
    warn,
    services: (more = {}) =>
      composeServices({
        root,
        text,
        stateDir: more.stateDir ?? defaultStateDir(),
        secrets: more.secrets ?? secrets,
        trust: more.trust ?? [],
        signal,
        warn,
      }),
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const text = await composeText(languageIn(argv));
  const interrupt = listenForInterrupt();
  let code = 0;
  let name = '';
  const program = buildProgram(text, async (run) => {
    const options = program.opts<GlobalOptions>();
    const context = await createContext(options, text, interrupt);
    if (!context.ok) {
      code = report({ text, json: options.json === true }, context.failure);
      return;
    }
    const { log, root } = context.value;
    log?.command(name, root.version);
    code = await logged(log, () => run(context.value));
    log?.end(name, code);
  });
  program.hook('preAction', (_program, command) => {
    name = commandName(command);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    const lost = await lostAnswer(interrupt);
    return code === 0 && lost !== undefined ? report({ text, json: false }, lost) : code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const json = argv.includes('--json');
    if (error.code === 'commander.help' && !json) {
      program.outputHelp();
      return exitCodes.input;
    }
    const message = error.code === 'commander.help' ? text('cli.no-command') : error.message.replace(/^error: /, '');
    return report({ text, json }, failure('input', 'common.usage', { message }));
  }
}

const unexpected = (error: unknown) =>
  failure('operation', 'common.unexpected', { message: error instanceof Error ? error.message : String(error) });

/** A bug goes into the log, too. */
async function logged(log: Log | undefined, work: () => Promise<number> | number): Promise<number> {
  try {
    return await work();
  } catch (error) {
    log?.failure(unexpected(error));
    throw error;
  }
}

/** A bug. The stack is for whoever mends it, and only when asked for. */
async function reportBug(error: unknown): Promise<number> {
  const text = await composeText('en');
  if (process.env.EDGE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return report({ text, json: process.argv.includes('--json') }, unexpected(error));
}

// What nobody waits for can fail, too: nothing is known of the state then, so the process ends.
async function endAtBug(error: unknown): Promise<void> {
  let code: number = exitCodes.operation;
  try {
    code = await reportBug(error);
  } finally {
    process.exit(code);
  }
}

async function start(): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.exitCode = await reportBug(error);
  }
}

process.once('uncaughtException', (error) => void endAtBug(error));
process.once('unhandledRejection', (error) => void endAtBug(error));
void start();
