/** The command line as a separate process, and the kill of its process tree. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../fixtures/command-line.ts';
import { type Laboratory, root } from './laboratory.ts';

/** The environment of a user without a keychain and without the product's variables. */
export const plainEnvironment = (
  lab: Pick<Laboratory, 'folder' | 'stateDir' | 'passphraseFile'>,
): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  HOME: lab.folder,
  LANG: 'en_US.UTF-8',
  NO_COLOR: '1',
  EDGE_STATE_DIR: lab.stateDir,
  EDGE_VAULT_PASSPHRASE_FILE: lab.passphraseFile,
  // No guest runs: nothing is sent to a planned address.
  EDGE_DEMO_GUESTS: join(lab.folder, 'no-guests.json'),
});

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly child: ChildProcess;
  readonly end: Promise<CliEnd>;
  /** The stderr so far. */
  stderr(): string;
}

export interface CliHow {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly onStderr?: (sofar: string) => void;
  readonly onStdout?: (sofar: string) => void;
}

export function startCli(env: NodeJS.ProcessEnv, args: readonly string[], how: CliHow = {}): CliProcess {
  const child = spawn(process.execPath, [commandLine, ...args], {
    env: { ...env, ...how.env },
    cwd: how.cwd ?? root.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    how.onStdout?.(stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    how.onStderr?.(stderr);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(how.input ?? '');
  const end = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, end, stderr: () => stderr };
}

/** Every process below `pid`, by the parents in /proc. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // The process ended meanwhile.
    }
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/**
 * SIGKILL for the whole tree at once, like a power cut; the parent is stopped first so that it starts no further
 * process.
 */
export function killTree(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  for (const one of [...descendants(pid), pid]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // The process has already ended.
    }
  }
}
