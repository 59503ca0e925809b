/** Interruptions at a terminal: Ctrl-C, a closed window, a reader that ends early. Each is a clean stop. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptRuns } from '../../../main/records/journal.ts';
import { sourceCommandLine } from '../../fixtures/command-line.ts';
import { plainEnvironment } from '../deploy/cli-process.ts';
import { govcProcesses, type Laboratory, openLaboratory, value } from '../deploy/laboratory.ts';

const python = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0;
if (!python) process.stderr.write('Skipped, python3 with its module pty makes the terminals\n');

const fullDevice = existsSync('/dev/full');
if (!fullDevice) process.stderr.write('Skipped, there is no /dev/full to stand for a full disk\n');

interface End {
  readonly code: number | null;
  readonly stdout: string;
}

describe.skipIf(!python)('a run at a terminal', () => {
  let lab: Laboratory;
  let env: NodeJS.ProcessEnv;
  let temporary: string;
  let deploy: string[];
  beforeAll(async () => {
    lab = await openLaboratory({
      hosts: [
        ['-upload-rate', '400KiB'],
        ['-upload-rate', '400KiB'],
      ],
      grains: 8,
    });
    temporary = join(lab.folder, 'temporary');
    await mkdir(temporary);
    env = { ...plainEnvironment(lab), TERM: 'xterm', TMPDIR: temporary };
    deploy = [process.execPath, sourceCommandLine, 'deploy', lab.siteFile, '--vault', lab.vault, '--trust', lab.trust];
  });
  afterAll(() => lab?.close());

  const start = (command: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<End> =>
    new Promise((resolve, reject) => {
      const [program = '', ...args] = command;
      const child = spawn(program, args, {
        env: { ...env, ...more },
        cwd: lab.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout }));
    });

  /** The exit code of `command` on a terminal, and its output. */
  async function onTerminal(how: string, action: string, pattern: string, command: readonly string[], more = {}) {
    const { stdout } = await start(
      ['python3', join(import.meta.dirname, 'terminal.py'), how, action, pattern, ...command],
      more,
    );
    const [code, ...shown] = stdout.split('\n');
    return { code: Number(code), shown: stdout, lines: shown };
  }

  const runs = async () => value(await keptRuns(lab.stateDir, 'lab')).map(({ state }) => state.outcome);
  async function expectNothingLeft(): Promise<void> {
    expect(existsSync(join(lab.stateDir, 'sites', 'lab', 'lock'))).toBe(false);
    expect((await readdir(temporary)).filter((name) => name.startsWith('govc-'))).toEqual([]);
    expect(govcProcesses(lab.hosts)).toEqual([]);
  }
  const uploading = '[1-9][0-9]* %';

  it.each([
    ['Ctrl-C', 'session', 'ctrl-c'],
    ['a terminal that is closed', 'session', 'close'],
    ['a terminal that is closed without a signal', 'stranger', 'close'],
  ])('%s stops it in order', async (_what, how, action) => {
    const before = (await runs()).length;
    const { code, shown } = await onTerminal(how, action, uploading, deploy);
    expect(code, shown).toBe(130);
    expect((await runs()).slice(before)).toEqual(['cancelled']);
    await expectNothingLeft();
  });

  it.each(['SIGHUP', 'SIGTERM'] as const)('stops in order at %s', async (signal) => {
    const before = (await runs()).length;
    const [program = '', ...args] = deploy;
    const child = spawn(program, [...args, '--progress', 'json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let told = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (told || !text.includes('operation-started')) return;
      told = true;
      child.kill(signal);
    });
    expect(await new Promise((resolve) => child.once('close', (...end) => resolve(end)))).toEqual([130, null]);
    expect((await runs()).slice(before)).toEqual(['cancelled']);
    await expectNothingLeft();
  });

  it('stops in order when its reader ends early', async () => {
    const before = (await runs()).length;
    const words = [...deploy, '--progress', 'json'].map((word) => `'${word}'`).join(' ');
    const { stdout } = await start(['sh', '-c', `{ ${words} 2>&1; echo "code $?" > code.txt; } | head -n 12`]);
    expect(stdout.trim().split('\n')).toHaveLength(12);
    expect(await readFile(join(lab.folder, 'code.txt'), 'utf8')).toBe('code 130\n');
    expect((await runs()).slice(before)).toEqual(['cancelled']);
    await expectNothingLeft();
  });

  it.each([
    ['closed', 'session', 'close'],
    ['closed without a signal', 'stranger', 'close'],
    ['left with Ctrl-C', 'session', 'ctrl-c'],
  ])('a terminal that is %s at the question for a passphrase ends the command', async (_what, how, action) => {
    const before = (await runs()).length;
    const asked = { EDGE_VAULT_PASSPHRASE_FILE: '' };
    const { code, shown } = await onTerminal(how, action, ': $', deploy, asked);
    expect(code, shown).toBe(130);
    // The run was not started, or it reports that it was cancelled.
    expect((await runs()).slice(before).every((outcome) => outcome === 'cancelled')).toBe(true);
    await expectNothingLeft();
    const secret = [process.execPath, sourceCommandLine, 'secret', 'set', 'ssh/lab', '--vault', lab.vault];
    expect((await onTerminal(how, action, ': $', secret)).code).toBe(130);
  });

  it.skipIf(!fullDevice)('output that a full disk does not take is a failure', { timeout: 60_000 }, async () => {
    const { stdout, code } = await start([
      'sh',
      '-c',
      `'${process.execPath}' '${sourceCommandLine}' plan '${lab.siteFile}' > /dev/full`,
    ]);
    expect(stdout).toContain('ENOSPC');
    expect(stdout).toContain('The answer could not be written');
    expect(code).toBe(1);
  });

  it('nohup continues when the terminal is closed', async () => {
    await rm(join(lab.folder, 'nohup.out'), { force: true });
    const before = (await runs()).length;
    // Node takes a moment to start, and a signal in that moment still ends it.
    const script = 'nohup "$@" & until grep -q Preflight nohup.out; do sleep 0.1; done; echo begun; wait';
    const shell = ['sh', '-c', script, 'sh', ...deploy];
    await onTerminal('session', 'close', 'begun', shell);
    const limit = performance.now() + 120_000;
    while ((await runs()).slice(before).at(-1) === undefined && performance.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const output = await readFile(join(lab.folder, 'nohup.out'), 'utf8');
    expect((await runs()).slice(before), output).toEqual(['done']);
    expect(output).toContain('virtual machines');
    await expectNothingLeft();
  });
});
