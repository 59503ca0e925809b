/** The only module that starts processes: argument arrays, never a shell, and nothing survives an abort. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { GovcError } from './errors.ts';

export interface RunRequest {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a sign of life after which the process is ended; `watch` gives signs. */
  readonly limitMs: number;
  /** Milliseconds that a process has to end in order after it was asked to; then it is killed. */
  readonly graceMs: number;
  /** Bytes of stdout; more ends the process. */
  readonly maxOutput: number;
  readonly redact: (text: string) => string;
  /**
   * Takes stdout piece by piece instead of keeping it. A number is a sign of life: the new limit in milliseconds from
   * now. Throwing ends the process and rejects with what was thrown.
   */
  readonly watch?: (text: string) => number | undefined;
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** The first 64 KiB. */
  readonly stderr: string;
}

const maxStderr = 64 * 1024;
const running = new Set<ChildProcess>();
let exitHookSet = false;

/**
 * Runs one process to its end. Rejects with kind `aborted`, `timeout`, `binary-missing` or `bad-output` (too much
 * output); in every case the process and its children have ended by then. An exit code is a result, not an error.
 */
export function runProcess(request: RunRequest): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const command = [...request.args];
    if (request.signal?.aborted === true) {
      reject(new GovcError('aborted', 'Stopped before it began.', { command }));
      return;
    }
    setExitHook();
    const posix = process.platform !== 'win32';
    const child = spawn(request.binary, command, {
      cwd: request.cwd,
      // The path may be one of a file descriptor, which says nothing in a list of processes.
      argv0: 'govc',
      // Standard input is a pipe that carries nothing. When it closes our govc aborts its lease, logs out and ends: a
      // killed parent leaves no upload behind. Another govc does not look at it.
      env: { ...request.env, GOVC_PARENT_PIPE: '1' },
      // A group of its own on POSIX, so that the whole tree can be ended.
      detached: posix,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      shell: false,
    });
    running.add(child);
    // A program that never reads may close it first.
    child.stdin.on('error', () => undefined);

    let failure: Error | undefined;
    let received = 0;
    const kept: string[] = [];
    let stderr = '';
    let limit: NodeJS.Timeout | undefined;

    const stop = (reason: Error): void => {
      failure ??= reason;
      endTree(child, request.graceMs);
    };
    const setLimit = (milliseconds: number): void => {
      clearTimeout(limit);
      limit = setTimeout(() => {
        stop(new GovcError('timeout', `govc took longer than ${String(milliseconds)} ms.`, details()));
      }, milliseconds);
    };
    const onAbort = (): void => stop(new GovcError('aborted', 'Stopped on request.', details()));
    const details = () => ({ command, stderr: request.redact(stderr) });

    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      if (failure !== undefined) return;
      if (request.watch !== undefined) {
        try {
          const next = request.watch(text);
          if (next !== undefined) setLimit(next);
        } catch (error) {
          stop(error instanceof Error ? error : new Error(String(error)));
        }
        return;
      }
      received += text.length;
      if (received > request.maxOutput) {
        kept.length = 0;
        stop(new GovcError('bad-output', `govc wrote more than ${String(request.maxOutput)} characters.`, details()));
        return;
      }
      kept.push(text);
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      if (stderr.length < maxStderr) stderr = (stderr + text).slice(0, maxStderr);
    });

    const settle = (exitCode: number | null): void => {
      clearTimeout(limit);
      request.signal?.removeEventListener('abort', onAbort);
      running.delete(child);
      if (failure === undefined) resolve({ exitCode, stdout: kept.join(''), stderr });
      else reject(failure);
    };
    child.once('error', (cause) => {
      failure ??= new GovcError('binary-missing', `govc cannot be started from ${request.binary}.`, { command, cause });
      if (child.pid === undefined) settle(null);
    });
    child.once('exit', () => {
      // Children that govc may have left hold its pipes open, and 'close' would never come.
      if (posix) signalGroup(child, 'SIGKILL');
    });
    child.once('close', settle);

    setLimit(request.limitMs);
    request.signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Asks for an orderly end and kills the tree when it does not come in time. The closed pipe asks on every system; a
 * signal does too where there are signals, for a govc that does not look at the pipe.
 */
function endTree(child: ChildProcess, graceMs: number): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killTree(child), graceMs);
  child.once('exit', () => clearTimeout(timer));
}

function killTree(child: ChildProcess): void {
  if (process.platform !== 'win32') {
    signalGroup(child, 'SIGKILL');
    return;
  }
  const taskkill = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  spawn(taskkill, ['/PID', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).once('error', () =>
    child.kill('SIGKILL'),
  );
}

/** Windows has no signals: every one would be a kill. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

/**
 * A group of its own outlives its parent: it is asked to end when this process ends. The system closes its pipe too,
 * and our govc then has no longer than its own limits.
 */
function setExitHook(): void {
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const child of running) signalGroup(child, 'SIGTERM');
  });
}
