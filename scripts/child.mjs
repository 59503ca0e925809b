/** Child processes of the scripts: quiet unless they fail, and ended with this process. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { delimiter } from 'node:path';
import { inCheckout, root } from './checkout.mjs';

const running = new Set();
const windows = process.platform === 'win32';

/** The environment of children: node_modules/.bin first in PATH, so that `node` is Node 24. */
export const childEnvironment = (extra = {}) => ({
  ...process.env,
  PATH: [inCheckout('node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
  ...extra,
});

function endTree(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
    else process.kill(-child.pid, signal);
  } catch {
    // The process has already ended.
  }
}

/** Ends processes that a finished child left in its process group. */
function sweep(child) {
  if (windows || child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

/** Ends every child with its whole process group: SIGTERM first, then SIGKILL. */
async function endAll() {
  for (const child of running) endTree(child, 'SIGTERM');
  const deadline = Date.now() + 5000;
  while (running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const child of running) endTree(child, 'SIGKILL');
}

let interrupted = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    void endAll().then(() => process.exit(code));
  });
}

/**
 * Runs a command without a shell and returns `{ code, output }`; it never throws for a failed command.
 * A command that does not exist has code 127. `log` names a file that gets the whole output too; `limit` is in
 * milliseconds.
 */
export function run(command, args, { cwd = root, env, log, limit = 60 * 60_000, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: childEnvironment(env),
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: !windows,
      windowsHide: true,
    });
    running.add(child);
    const chunks = [];
    const file = log === undefined ? undefined : createWriteStream(log);
    const keep = (chunk) => {
      chunks.push(chunk);
      file?.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    if (input !== undefined) child.stdin.end(input);
    const timer = setTimeout(() => {
      keep(Buffer.from(`\nStopped: ${command} took longer than ${Math.round(limit / 1000)} s.\n`));
      endTree(child, 'SIGKILL');
    }, limit);
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      sweep(child);
      // After Ctrl-C the scripts do not continue with the result of a stopped child.
      if (interrupted) return;
      const end = () => resolve({ code, output: Buffer.concat(chunks).toString() });
      if (file === undefined) end();
      else file.end(end);
    };
    child.on('error', () => finish(127));
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** Runs a command on the terminal and returns its exit code; the command handles Ctrl-C. */
export function handOver(command, args, { cwd = root, env } = {}) {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
    const child = spawn(command, args, { cwd, env: childEnvironment(env), stdio: 'inherit' });
    process.on('SIGINT', () => {
      // The terminal also sends the signal to the child, which stops in order.
    });
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
