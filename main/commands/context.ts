/** The context of a command, and its output: JSON or text on stdout, failures as text with their remedy. */
import { styleText } from 'node:util';
import { exitCodes, type Failure, type Result } from '../../core/base/errors.ts';
import { blockingCount, type Finding, type FindingStatus } from '../../core/base/findings.ts';
import { failureInWords, findingInWords, type Text } from '../../core/base/text.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import type { Root } from '../compose/services.ts';
import type { Log } from '../system/log.ts';
import type { Services } from '../runner/services.ts';

export interface CommandContext {
  readonly root: Root;
  readonly text: Text;
  readonly json: boolean;
  /** `json`: progress as NDJSON on stderr. */
  readonly progress: 'auto' | 'json';
  readonly signal: AbortSignal;
  /** Set with `--log FILE`. */
  readonly log?: Log | undefined;
  readonly secrets: SecretStore;
  /** Warns about unusable state; the command continues without it. */
  readonly warn: Services['warn'];
  services(more?: {
    readonly stateDir?: string;
    readonly trust?: readonly string[];
    readonly secrets?: SecretStore;
    readonly guestAddress?: Services['guestAddress'];
    readonly bootLimit?: number;
  }): Promise<Result<Services>>;
}

type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold' | 'cyan';

/** Colours only if the stream is a terminal that supports them. */
export const paint = (colour: Colour, words: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(colour, words, { stream, validateStream: true });

export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

export const tell = (line = ''): void => {
  process.stderr.write(`${line}\n`);
};

/** One JSON document on stdout, and nothing else there. */
export const printJson = (value: unknown): void => say(JSON.stringify(value, undefined, 2));

/** Prints the result of a command: `value` as JSON, or the text from `words`. */
export function print(context: CommandContext, value: unknown, words: () => void): void {
  if (context.json) printJson(value);
  else words();
}

/** Prints a failure and returns its exit code; `more` is added beside the error in JSON. */
export function report(
  { text, json, log }: Pick<CommandContext, 'text' | 'json'> & { readonly log?: Log | undefined },
  reason: Failure,
  more: Readonly<Record<string, unknown>> = {},
): number {
  log?.failure(reason);
  const words = failureInWords(text, reason);
  if (json) printJson({ error: words, ...more });
  else {
    tell(`${paint('red', '✗', process.stderr)} ${paint('bold', words.title, process.stderr)}`);
    if (words.detail) tell(`  ${words.detail}`);
    if (words.remedy) tell(`  ${paint('cyan', '→', process.stderr)} ${words.remedy}`);
  }
  return exitCodes[reason.kind];
}

/** Warnings on stderr, each once: in words, or with `json` as a line of JSON among the progress. */
export function warnOnce({
  text,
  json,
  log,
}: Pick<CommandContext, 'text' | 'json'> & { readonly log?: Log | undefined }): Services['warn'] {
  const said = new Set<string>();
  return (reason) => {
    const key = JSON.stringify(reason);
    if (said.has(key)) return;
    said.add(key);
    log?.failure(reason);
    const words = failureInWords(text, reason);
    if (json) return tell(JSON.stringify({ kind: 'warning', ...words }));
    tell(`${paint('yellow', '!', process.stderr)} ${words.title}: ${words.detail}`);
    tell(`  ${paint('cyan', '→', process.stderr)} ${words.remedy}`);
  };
}

const marks: Readonly<Record<FindingStatus, readonly [string, Colour]>> = {
  pass: ['✓', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✗', 'red'],
  pending: ['…', 'dim'],
  skipped: ['–', 'dim'],
  error: ['✗', 'red'],
};

/** Findings in the contract's JSON form. */
export const findingsDocument = (text: Text, findings: readonly Finding[]) => ({
  findings: findings.map((finding) => findingInWords(text, finding)),
  blocking: blockingCount(findings),
});

/** Findings as text. Blocking findings are last, next to the prompt; passed ones only with `all`. */
export function sayFindings(text: Text, findings: readonly Finding[], { file = '', all = false } = {}): void {
  const order: readonly FindingStatus[] = ['pass', 'skipped', 'pending', 'warn', 'error', 'fail'];
  const quiet: ReadonlySet<FindingStatus> = new Set(all ? ['skipped'] : ['pass', 'skipped']);
  const shown = findings
    .filter(({ status }) => !quiet.has(status))
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  for (const finding of shown) {
    const words = findingInWords(text, finding);
    const [mark, colour] = marks[finding.status];
    const where = words.line === null ? words.path : `${file}:${words.line}:${words.column ?? 1} ${words.path}`;
    say(`${paint(colour, mark)} ${words.message}${where ? paint('dim', `  ${where.trim()}`) : ''}`);
    if (words.remedy) say(`  ${paint('cyan', '→')} ${words.remedy}`);
  }
}
