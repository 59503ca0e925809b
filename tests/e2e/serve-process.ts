/** `serve --json` as a separate process; a line on its stdin requests another address. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { commandLine } from '../fixtures/command-line.ts';

const checkout = resolve(import.meta.dirname, '..', '..');

export interface ServeProcess {
  readonly url: string;
  readonly port: number;
  newUrl(): Promise<string>;
  /** The process's stderr and log. */
  output(): string;
  stop(): Promise<void>;
}

export async function startServe(): Promise<ServeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-e2e-serve-'));
  const args = [commandLine, 'serve', '--json', '--vault', join(folder, 'vault.age')];
  const child = spawn(process.execPath, args, {
    cwd: checkout,
    env: { ...process.env, EDGE_STATE_DIR: join(folder, 'state'), LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextUrl = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error(`serve ended: ${errors}`);
    return (JSON.parse(line.value) as { url: string }).url;
  };
  const url = await nextUrl();
  return {
    url,
    port: Number(new URL(url).port),
    newUrl() {
      child.stdin.write('\n');
      return nextUrl();
    },
    output: () => errors,
    async stop() {
      if (child.exitCode === null) child.kill('SIGINT');
      await exited;
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
