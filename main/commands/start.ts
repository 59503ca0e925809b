/** Runs the command line: language and context, exit code, and the report of unexpected errors. */
import { CommanderError } from 'commander';
import { exitCodes, type Failure, failure, ok, type Result } from '../../core/base/errors.ts';
import { type Language, languages, type Text, withSeparator } from '../../core/base/text.ts';
import { readPassphrase } from '../compose/passphrase.ts';
import {
  composeSecrets,
  composeServices,
  composeText,
  defaultStateDir,
  findRoot,
  type Root,
  startLanguage,
} from '../compose/services.ts';
import { guestAddressFrom } from '../compose/guest-address.ts';
import { type Interrupt, listenForInterrupt } from '../system/interrupt.ts';
import { type Log, openLog } from '../system/log.ts';
import type { CommandRow } from './command.ts';
import { type CommandContext, report, warnOnce } from './context.ts';
import { buildProgram, type GlobalOptions, separators } from './program.ts';

/** Finds the language before the options are parsed, since the help text depends on it. */
function languageIn(argv: readonly string[]): Language {
  const at = argv.indexOf('--lang');
  const given = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length);
  return languages.find((one) => one === given) ?? startLanguage();
}

/** Waits until the output is written or has failed. */
async function lostAnswer({ lostOutput }: Interrupt): Promise<Failure | undefined> {
  await new Promise<void>((done) => process.stdout.write('', () => done()));
  return lostOutput();
}

async function createContext(
  options: GlobalOptions,
  words: Text,
  root: Root,
  { signal }: Interrupt,
): Promise<Result<CommandContext>> {
  const { separator } = options;
  const text = separator === undefined ? words : withSeparator(words, separators[separator]);
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
        ...guestsOf(root, more),
      }),
  });
}

type More = NonNullable<Parameters<CommandContext['services']>[0]>;

/** Where guests listen. In a checkout a file may name them, as the demo's window does: its guests run already. */
function guestsOf({ packaged }: Root, { guestAddress, bootLimit }: More) {
  const file = packaged ? undefined : process.env['EDGE_DEMO_GUESTS'];
  if (guestAddress !== undefined || file === undefined) return { guestAddress, bootLimit };
  return { guestAddress: guestAddressFrom(file), bootLimit: 0 };
}

const unexpected = (error: unknown) =>
  failure('operation', 'common.unexpected', { message: error instanceof Error ? error.message : String(error) });

/** Runs the command. A bug is also logged. */
async function logged(log: Log | undefined, work: () => Promise<number> | number): Promise<number> {
  try {
    return await work();
  } catch (error) {
    log?.failure(unexpected(error));
    throw error;
  }
}

/** Handles commander's errors: exit code 0 for help and version, which it has printed. */
function reportUsage(error: CommanderError, argv: readonly string[], text: Text, showHelp: () => void): number {
  if (error.exitCode === 0) return 0;
  const json = argv.includes('--json');
  const isHelp = error.code === 'commander.help';
  if (isHelp && !json) {
    showHelp();
    return exitCodes.input;
  }
  const message = isHelp ? text('cli.no-command') : error.message.replace(/^error: /, '');
  return report({ text, json }, failure('input', 'common.usage', { message }));
}

async function runCommandLine(rows: readonly CommandRow[], root: Root, argv: readonly string[]): Promise<number> {
  const text = await composeText(languageIn(argv));
  const interrupt = listenForInterrupt();
  let code = 0;
  const program = buildProgram({
    text,
    version: root.version,
    rows,
    use: async (name, run) => {
      const options = program.opts<GlobalOptions>();
      const context = await createContext(options, text, root, interrupt);
      if (!context.ok) {
        code = report({ text, json: options.json === true }, context.failure);
        return;
      }
      const { log } = context.value;
      log?.command(name, root.version);
      code = await logged(log, () => run(context.value));
      log?.end(name, code);
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return reportUsage(error, argv, text, () => program.outputHelp());
  }
  const lost = await lostAnswer(interrupt);
  return code === 0 && lost !== undefined ? report({ text, json: false }, lost) : code;
}

/** Reports a bug; with `EDGE_DEBUG` its stack, too. */
async function reportBug(error: unknown): Promise<number> {
  const text = await composeText('en');
  if (process.env.EDGE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return report({ text, json: process.argv.includes('--json') }, unexpected(error));
}

/** Handles an unhandled rejection: the state is unknown, so the process ends. */
async function endAtBug(error: unknown): Promise<void> {
  let code: number = exitCodes.operation;
  try {
    code = await reportBug(error);
  } finally {
    process.exit(code);
  }
}

/** Runs the command that the process was started with, and sets its exit code. `folder`: the program's folder. */
export async function startCommandLine(rows: readonly CommandRow[], folder: string): Promise<void> {
  process.once('uncaughtException', (error) => void endAtBug(error));
  process.once('unhandledRejection', (error) => void endAtBug(error));
  try {
    process.exitCode = await runCommandLine(rows, findRoot(folder), process.argv.slice(2));
  } catch (error) {
    process.exitCode = await reportBug(error);
  }
}
