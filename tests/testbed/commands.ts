/** Commands inside the bed's namespaces. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export interface CommandResult {
  /** 128 + n where signal n ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed; default one minute. */
  readonly timeoutMs?: number;
  /** Kills it. */
  readonly signal?: AbortSignal;
}

/** The namespaces of process `pid`, and a working folder of this computer if they have no root of their own. */
export interface Namespaces {
  readonly pid: number;
  readonly ownRoot: boolean;
}

export type RunningChild = ChildProcessByStdio<Writable, Readable, Readable>;

const home = '/root';
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: home,
  LANG: 'C.UTF-8',
};

/** No process in the bed may set this computer's clock, load a module or restart it. */
export const withoutPowers: readonly string[] = [
  'setpriv',
  '--bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog',
  '--',
];

/** The command line that runs `argv` in these namespaces, to be started from this computer as root. */
export function commandLine({ pid, ownRoot }: Namespaces, argv: readonly string[], cwd = '/'): readonly string[] {
  const namespaces = ownRoot ? ['-m', '-u', '-i', '-n', '-p', '-r', '-w'] : ['-m', '-n', '-p'];
  const from = ownRoot ? [] : ['env', `--chdir=${cwd}`];
  return [...withoutPowers, 'nsenter', '-t', String(pid), ...namespaces, '--', ...from, ...argv];
}

/** Starts a command line in its own process group, so that {@link endGroup} reaches through its namespaces. */
export function start(line: readonly string[], env: Readonly<Record<string, string>> = {}): RunningChild {
  const [program = '', ...args] = line;
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: { ...environment, ...env },
  });
}

export function endGroup({ pid }: { readonly pid?: number | undefined }): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended.
  }
}

const signalNumbers: Readonly<Record<string, number>> = { SIGTERM: 15, SIGKILL: 9, SIGINT: 2, SIGHUP: 1 };

/** Runs a command line to its end. Never throws for a failed command. */
export async function finish(line: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = start(line, options.env);
  const timer = setTimeout(() => endGroup(child), options.timeoutMs ?? 60_000);
  options.signal?.addEventListener('abort', () => endGroup(child), { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A command may end without reading its input.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((settle, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => settle(exit ?? 128 + (signalNumbers[signal ?? ''] ?? 0)));
  });
  clearTimeout(timer);
  return { code, stdout, stderr };
}

/** As {@link finish}, for commands of the bed itself: throws if one fails. Returns its standard output. */
export async function must(line: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await finish(line, options);
  if (code !== 0) throw new Error(`${line.join(' ')}: exit code ${code}: ${stderr.trim()}`);
  return stdout;
}

/** Waits until the child prints this line. Rejects with its stderr if it ends first. */
export function printed(child: RunningChild, wanted: string): Promise<void> {
  let text = '';
  let errors = '';
  return new Promise((settle, reject) => {
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!`\n${text}`.includes(`\n${wanted}\n`)) return;
      child.stdout.off('data', onData);
      settle();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => reject(new Error(`ended before it printed "${wanted}": ${errors.trim()}`)));
  });
}

/** The PIDs of a process's children, as this computer numbers them. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Follows the chain of single children to the process that nsenter and unshare started. */
export function lastDescendant(pid: number, generations: number): number {
  let current = pid;
  for (let generation = 0; generation < generations; generation += 1) {
    const [child] = childrenOf(current);
    if (child === undefined) throw new Error(`process ${current} has no child`);
    current = child;
  }
  return current;
}
