/** What the programs on a gateway answer, and their failures. */
import { type Failure, type Result, fail, failure, ok } from '../../core/base/errors.ts';
import type { FileState } from '../../core/gateway/file-verdict.ts';
import type { SshSession } from '../adapters/ssh/connect.ts';
import type { RunOptions } from '../adapters/ssh/run.ts';
import { greeting } from './gateway-script.ts';

/** One line: its first word, and the rest. */
export type AnswerLine = readonly [word: string, rest: string];

const failureCodes: Readonly<Record<string, string>> = {
  busy: 'configure.busy',
  'disk-full': 'configure.disk-full',
  'read-only': 'configure.read-only',
  'not-written': 'configure.not-written',
  transfer: 'configure.transfer',
  refused: 'configure.refused',
  service: 'configure.service',
  'no-timer': 'configure.no-timer',
  changed: 'configure.changed',
};

/** `failed disk-full /etc/x`: the word names the failure, the rest is a path, a reason, or a path and a reason. */
function failureOf(gateway: string, lines: readonly AnswerLine[]): Failure | undefined {
  const failed = lines.find(([word]) => word === 'failed')?.[1];
  if (failed === undefined) return undefined;
  const [name = '', ...words] = failed.split(' ');
  const unit = lines.find(([word]) => word === 'unit')?.[1] ?? '';
  const code = failureCodes[name];
  // A bug of the program that we sent: every word of it is in the table.
  if (code === undefined) throw new Error(`a gateway answered ${name}`);
  const [path = ''] = words;
  const reason = (path.startsWith('/') ? words.slice(1) : words).join(' ').trim() || '–';
  return failure('operation', code, { gateway, path, unit, reason });
}

/**
 * Runs one of the programs with its arguments and gives the lines of its answer. Fails as `run` does, with
 * `configure.no-shell` where the account has none, and with what the program itself reports.
 */
export async function askGateway(
  session: Pick<SshSession, 'run'>,
  gateway: string,
  argv: readonly [script: string, ...values: string[]],
  options: RunOptions,
): Promise<Result<readonly AnswerLine[]>> {
  const [script, ...values] = argv;
  const ran = await session.run(['/bin/sh', '-c', script, 'rainbow-edge', ...values], options);
  if (!ran.ok) return ran;
  const said = ran.value.stdout.split('\n');
  const lines = said.slice(said.indexOf(greeting) + 1, said.lastIndexOf('end'));
  if (!said.includes(greeting) || said.lastIndexOf('end') < 0) {
    const reason = `${ran.value.stdout} ${ran.value.stderr}`.replaceAll(/\s+/g, ' ').trim().slice(0, 200) || '–';
    return fail(failure('operation', 'configure.no-shell', { gateway, reason }));
  }
  const answer = lines.map((line): AnswerLine => {
    const space = line.indexOf(' ');
    return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
  });
  const reported = failureOf(gateway, answer);
  return reported === undefined ? ok(answer) : fail(reported);
}

/** What a look at a gateway shows. */
export interface GatewayView {
  readonly root: boolean;
  /** Seconds since 1970, by the gateway's clock. */
  readonly time: number;
  /** Programs that are needed and not there. */
  readonly missing: readonly string[];
  /** Path and state of each file that we wrote. */
  readonly recorded: ReadonlyMap<string, FileState>;
  /** States of the files that were asked for, in that order. */
  readonly found: readonly FileState[];
  /** An activation that nobody confirmed yet. */
  readonly pending: { readonly id: string; readonly activated: boolean } | undefined;
  /** The last activation was undone by its timer. */
  readonly rolledBack: boolean;
}

export function readView(lines: readonly AnswerLine[]): GatewayView {
  const all = (wanted: string): string[] => lines.filter(([word]) => word === wanted).map(([, rest]) => rest);
  const [id] = all('pending');
  return {
    root: all('uid')[0] === '0',
    time: Number(all('time')[0]),
    missing: all('missing'),
    recorded: new Map(
      all('recorded').map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
    ),
    found: all('found'),
    pending: id === undefined ? undefined : { id, activated: lines.some(([word]) => word === 'activated') },
    rolledBack: all('rolled-back').length > 0,
  };
}
