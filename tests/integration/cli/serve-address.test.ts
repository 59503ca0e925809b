/**
 * A new address from the running process: Enter in a real terminal, a line on stdin with `--json`, SIGUSR2 elsewhere.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pageFolder } from '../../../main/compose/services.ts';
import { commandLine } from '../../fixtures/command-line.ts';
import { plainEnvironment } from '../deploy/cli-process.ts';
import { root } from '../deploy/laboratory.ts';
import { enter, openPage } from '../serve/browser.ts';

const built = existsSync(join(pageFolder(root), 'index.html'));
const terminal = '/usr/bin/script';
let folder: string;
let env: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-serve-address-'));
  env = plainEnvironment({ folder, stateDir: join(folder, 'state'), passphraseFile: '' });
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Serving {
  readonly child: ChildProcess;
  readonly end: Promise<number | null>;
  output(): string;
  /** Waits until the process has printed this many addresses, and gives the last one. */
  address(count: number): Promise<string>;
}

function follow(child: ChildProcess): Serving {
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (output += data.toString('utf8')));
  const addresses = (): string[] => output.match(/http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}/g) ?? [];
  return {
    child,
    end: new Promise((resolve) => child.once('close', resolve)),
    output: () => output,
    async address(count) {
      await expect.poll(() => addresses().length, { timeout: 30_000, message: output }).toBe(count);
      return addresses().at(-1) ?? '';
    },
  };
}

const vault = (): string[] => ['--vault', join(folder, 'vault.age')];

const start = (args: readonly string[], stdin: 'pipe' | 'ignore'): Serving =>
  follow(spawn(process.execPath, [commandLine, ...args, ...vault()], { env, stdio: [stdin, 'pipe', 'pipe'] }));

/** The command in its own terminal; `script` passes the input on. */
async function startInTerminal(command: (cli: string) => string): Promise<Serving> {
  const quote = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');
  const line = command(quote([process.execPath, commandLine, 'serve', ...vault()]));
  const child = spawn(terminal, ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { ...env, SHELL: '/bin/bash' },
  });
  return follow(child);
}

const stateOf = async (pid: number): Promise<string> =>
  /\nState:\s+(\w)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

describe.skipIf(!built)('a new address (skipped if the page is not built: npm test builds it)', () => {
  it('is printed for each line on stdin with --json, and the process ends as usual', async () => {
    const serving = start(['serve', '--json'], 'pipe');
    const first = await serving.address(1);
    const port = Number(new URL(first).port);
    const page = await openPage(port, await enter(first));
    const code = new Promise<number>((resolve) => page.socket.once('close', resolve));
    serving.child.stdin?.write('\n');
    const second = await serving.address(2);
    expect(await code).toBe(4001);
    serving.child.stdin?.write('again\r\nand again\n');
    const fourth = await serving.address(4);
    await expect(enter(second)).rejects.toThrow('401');
    await (await openPage(port, await enter(fourth))).close();
    const lines = serving.output().trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual(lines.map(() => ['url']));
    serving.child.kill('SIGINT');
    expect(await serving.end).toBe(0);
  });

  it('is not printed for a line on a stdin that is no terminal, but at SIGUSR2', async () => {
    const serving = start(['serve'], 'pipe');
    await serving.address(1);
    expect(serving.output()).toContain(`SIGUSR2 to process ${serving.child.pid}`);
    serving.child.stdin?.end('\n\n');
    serving.child.kill('SIGUSR2');
    await enter(await serving.address(2));
    serving.child.kill('SIGTERM');
    expect(await serving.end).toBe(0);
    expect(serving.output().match(/#[\w-]{43}/g)).toHaveLength(2);
  });
});

describe.skipIf(!built || !existsSync(terminal))(
  'a new address in a terminal (skipped without a built page or script(1))',
  () => {
    it('is printed at Enter, but not at the Enter of a passphrase, and Ctrl-C ends the process', async () => {
      const serving = await startInTerminal((cli) => `exec ${cli}`);
      const first = await serving.address(1);
      expect(serving.output()).toContain('Press Enter for a new one');
      const page = await openPage(Number(new URL(first).port), await enter(first));
      // The vault is asked for its passphrase in the terminal while the page waits.
      const stored = page.client.secrets.set({ name: 'mail/smtp.lab.example', value: 'x' });
      for (const question of ['New passphrase for the vault: ', 'Once more: ']) {
        await expect.poll(() => serving.output(), { timeout: 10_000 }).toContain(question);
        serving.child.stdin?.write('a long passphrase\r');
      }
      expect((await stored).ok).toBe(true);
      expect(serving.output().match(/#[\w-]{43}/g)).toHaveLength(1);

      const code = new Promise<number>((resolve) => page.socket.once('close', resolve));
      serving.child.stdin?.write('\r');
      const second = await serving.address(2);
      expect(await code).toBe(4001);
      await (await openPage(Number(new URL(second).port), await enter(second))).close();
      serving.child.stdin?.write('\u0003');
      expect(await serving.end).toBe(0);
    });

    it('is not requested from a background process, which the system would stop', async () => {
      const pidFile = join(folder, 'pid');
      await writeFile(pidFile, '');
      const serving = await startInTerminal(
        (cli) => `set -m; ${cli} & echo $! > '${pidFile}'; read -r a; read -r b; kill -INT %1; wait %1`,
      );
      await serving.address(1);
      const pid = Number(await readFile(pidFile, 'utf8'));
      serving.child.stdin?.write('\r');
      // The shell reads the line; a background process that also reads would be in state T.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await stateOf(pid)).not.toBe('T');
      expect(serving.output().match(/#[\w-]{43}/g)).toHaveLength(1);
      serving.child.stdin?.write('\r');
      await serving.end;
      expect(serving.output().match(/#[\w-]{43}/g)).toHaveLength(1);
    });
  },
);
