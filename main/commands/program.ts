/** The commands and options as commander has them. The file of a command is loaded when it is called. */
import { Command, Help, type Option } from 'commander';
import type { CsvSeparator } from '../../core/base/csv.ts';
import { type Language, languages, type Text } from '../../core/base/text.ts';
import { type CommandFile, type CommandRow, flagsIn } from './command.ts';
import type { CommandContext } from './context.ts';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly lang?: Language;
  readonly vault?: string;
  readonly log?: string;
  readonly progress: 'auto' | 'json';
  readonly separator?: keyof typeof separators;
}

/** The values of `--separator`. */
export const separators = { ',': ',', ';': ';', tab: '\t' } as const satisfies Record<string, CsvSeparator>;

/** Runs a command in its context. */
export type Use = (name: string, run: (context: CommandContext) => Promise<number> | number) => Promise<void>;

interface ProgramInput {
  readonly text: Text;
  readonly version: string;
  readonly rows: readonly CommandRow[];
  readonly use: Use;
}

function globalOptions(text: Text): Option[] {
  const { one } = flagsIn(text);
  return [
    one('--json', 'json'),
    one('--lang <language>', 'lang').choices([...languages]),
    one('--vault <file>', 'vault'),
    one('--log <file>', 'log'),
    one('--separator <sign>', 'separator').choices(Object.keys(separators)),
    one('--progress <kind>', 'progress').choices(['auto', 'json']).default('auto'),
  ];
}

export function buildProgram({ text, version, rows, use }: ProgramInput): Command {
  const words = (help: string): string => text(`cli.help.${help}`);
  /** The help entry of a command whose options are not loaded. */
  const terms = new Map<Command, string>();
  const program = new Command('edge-installer')
    .configureHelp({ subcommandTerm: (command) => terms.get(command) ?? new Help().subcommandTerm(command) })
    .description(words('program'))
    .version(version, '--version', words('version'))
    .helpOption('-h, --help', words('help'))
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const option of globalOptions(text)) program.addOption(option);

  const loaders = new Map<Command, () => Promise<void>>();
  const loadBefore = (parent: Command): Command =>
    parent.hook('preSubcommand', async (_parent, command) => loaders.get(command)?.());
  loadBefore(program);
  const groups = new Map<string, Command>();
  const groupOf = (name: string): Command => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group = loadBefore(program.command(name).description(words(name)));
    groups.set(name, group);
    return group;
  };

  for (const { usage, help, load } of rows) {
    const [first = '', second = ''] = usage.split(' ');
    const inGroup = /^[a-z]/.test(second);
    const term = inGroup ? usage.slice(first.length + 1) : usage;
    const parent = inGroup ? groupOf(first) : program;
    const command = parent.command(term.replace(' [options]', '')).description(words(help));
    terms.set(command, term);
    loaders.set(command, async () => {
      const { flags, run }: CommandFile = await load();
      for (const option of flags?.(flagsIn(text)) ?? []) command.addOption(option);
      command.action(() =>
        use(inGroup ? `${first} ${second}` : first, (context) =>
          run(context, ...([...command.processedArgs, command.opts()] as never[])),
        ),
      );
    });
  }
  return program;
}
