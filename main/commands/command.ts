/** The interface of a command's file, and of its options. */
import { InvalidArgumentError, Option } from 'commander';
import type { Text } from '../../core/base/text.ts';
import type { CommandContext } from './context.ts';

export interface CommandFile {
  /** Options of this command, beside those of every command. */
  readonly flags?: (flag: Flag) => readonly Option[];
  /** Takes the positional arguments, then the options, and returns the exit code. */
  readonly run: (context: CommandContext, ...given: never[]) => Promise<number> | number;
}

/** A row of the table in `main/cli.ts`. */
export interface CommandRow {
  /** Usage in the help: `media verify [options] <folder>`. */
  readonly usage: string;
  /** Key of its help text, below `cli.help`. */
  readonly help: string;
  /** Loaded when the command is called: most commands need few modules. */
  readonly load: () => Promise<CommandFile>;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('0 to 65535');
  return port;
}

/** Options with their help; `help` is a key below `cli.help`. */
export function flagsIn(text: Text) {
  const words = (help: string): string => text(`cli.help.${help}`);
  const one = (flags: string, help: string): Option => new Option(flags, words(help));
  /** May be given more than once. */
  const several = (flags: string, help: string): Option =>
    one(flags, help)
      .argParser(collect)
      .default([] as string[], words('none'));
  return {
    one,
    several,
    needed: (flags: string, help: string): Option => one(flags, help).makeOptionMandatory(),
    trust: (): Option => several('--trust <file>', 'trust'),
    port: (): Option => one('--port <number>', 'port').argParser(portNumber).default(0),
  };
}

export type Flag = ReturnType<typeof flagsIn>;
