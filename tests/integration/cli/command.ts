/** Runs the command line to its end, and checks every output against the common rules. */
import { expect } from 'vitest';
import { type CliEnd, type CliHow, startCli } from '../deploy/cli-process.ts';

export interface Answer extends CliEnd {
  /** The one JSON document on stdout. */
  readonly json: Record<string, unknown>;
}

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly title: string; readonly detail: string; readonly remedy: string };
}

const stackLine = /^\s+at .+\(?.*:\d+:\d+\)?$/m;

/** The output has no stack and no message of compiler or runtime. */
export function expectOrderly({ stdout, stderr }: CliEnd): void {
  expect(stdout).not.toMatch(stackLine);
  expect(stderr).not.toMatch(stackLine);
  expect(stderr).not.toMatch(/ExperimentalWarning|DeprecationWarning|\[intlify]|UnhandledPromise/);
}

export async function cli(env: NodeJS.ProcessEnv, args: readonly string[], how: CliHow = {}): Promise<CliEnd> {
  const end = await startCli(env, args, how).end;
  expectOrderly(end);
  return end;
}

/** The same with `--json`: one document on stdout, and no other output there. */
export async function cliJson(env: NodeJS.ProcessEnv, args: readonly string[], how: CliHow = {}): Promise<Answer> {
  const end = await cli(env, [...args, '--json'], how);
  expect(end.stdout.endsWith('\n'), end.stdout + end.stderr).toBe(true);
  return { ...end, json: JSON.parse(end.stdout) as Record<string, unknown> };
}

/** A failure: exit code, and an error text with a remedy. */
export async function cliFails(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  how: CliHow = {},
): Promise<Answer & ErrorDocument> {
  const answer = await cliJson(env, args, how);
  const { error } = answer.json as unknown as ErrorDocument;
  expect(error, answer.stdout).toEqual({
    code: expect.stringMatching(/^[a-z]+\.[a-z0-9-]+$/),
    title: expect.stringMatching(/\S/),
    detail: expect.any(String),
    remedy: expect.stringMatching(/\S/),
  });
  expect(error.title).not.toContain('.errors.');
  return { ...answer, error };
}
