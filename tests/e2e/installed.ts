/** Starts the installed application as its user does, without Playwright, and observes it from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface Started {
  readonly pid: number;
  readonly stderr: () => string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Ends it with all its children. */
  stop(): Promise<void>;
}

/** As root, Chromium starts only without its process sandbox; the test host's bootstrap hides the switch. */
export function startInstalled(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Started {
  const child: ChildProcess = spawn(program, ['--no-sandbox', ...args], {
    env: { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = new Promise<number | string>((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done(code ?? signal ?? ''));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  return {
    pid,
    stderr: () => stderr,
    ended,
    async stop() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The process has ended.
      }
      await ended;
    },
  };
}

async function processesOfGroup(group: number): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');
      // The name before may hold blanks; state, parent and group follow its bracket.
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]);
    }),
  );
  return pids.filter((_, index) => groups[index] === group);
}

async function openFiles(pid: string): Promise<string[]> {
  const folder = join('/proc', pid, 'fd');
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
}

/** TCP ports on which the process `group` or a child of its group listens. Linux only. */
export async function listeningPorts(group: number): Promise<number[]> {
  const pids = await processesOfGroup(group);
  const sockets = new Set((await Promise.all(pids.map(openFiles))).flat());
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}
