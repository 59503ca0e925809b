/** Child processes of the bed: each ends with this process, also when it is killed, and each wait has a limit. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface How {
  readonly input?: string;
  /** Milliseconds; default one minute. */
  readonly limit?: number;
}

const minute = 60_000;

/** Linux ends the child when the thread that started it ends. */
const withUs = (argv: readonly string[]): readonly string[] => ['--pdeathsig', 'KILL', '--', ...argv];

/** Runs a command to its end. A command that takes longer than `limit` is ended and has code 124. */
export function run(argv: readonly string[], { input = '', limit = minute }: How = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', withUs(argv), { stdio: ['pipe', 'pipe', 'pipe'] });
    const parts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (parts.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (parts.stderr += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: late ? 124 : (code ?? 1), ...parts });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** As {@link run}; throws when the command fails. Returns its stdout. */
export async function must(argv: readonly string[], how: How = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, how);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr.trim()} ${stdout.trim()}`);
  return stdout;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

/** Starts a process that runs until it is killed. Its output is kept for the error when it ends by itself. */
export async function start(argv: readonly string[]): Promise<Running> {
  const child: ChildProcess = spawn('setpriv', withUs(argv), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  }
  let killed = false;
  const ended = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', (code) => {
      if (!killed) process.stderr.write(`${argv.slice(0, 8).join(' ')} … ended with ${code}: ${said.trim()}\n`);
      resolve();
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${argv[0]} could not be started`);
  return {
    pid,
    ended,
    async kill() {
      killed = true;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is not undefined. Throws after `limit` ms; `detail` says more then. */
export async function waitFor<T>(
  what: string,
  limit: number,
  ask: () => Promise<T | undefined> | T | undefined,
  detail: () => string = () => '',
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${limit / 1000} s. ${detail()}`);
    await sleep(300);
  }
}
