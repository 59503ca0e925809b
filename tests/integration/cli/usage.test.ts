/** Usage, help, language, log and the process itself. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { sourceCommandLine } from '../../fixtures/command-line.ts';
import { startCli } from '../deploy/cli-process.ts';
import { root } from '../deploy/laboratory.ts';
import { cli, cliFails, cliJson } from './command.ts';
import { useCliFolder } from './cli-folder.ts';

const { at, env } = useCliFolder();

describe('usage', () => {
  it.each([
    ['an unknown option', ['plan', 'x', '--nonsense']],
    ['an unknown command', ['nonsense']],
    ['an unknown subcommand', ['site', 'nonsense']],
    ['no command', []],
    ['no subcommand', ['media']],
    ['a missing argument', ['plan']],
    ['an argument too many', ['plan', 'x', 'y']],
    ['a missing option', ['summary', 'x']],
    ['an option without its value', ['plan', 'x', '--out']],
    ['an unknown language', ['site', 'schema', '--lang', 'xx']],
    ['an unknown separator', ['site', 'schema', '--separator', '|']],
    ['an unknown progress', ['site', 'schema', '--progress', 'loud']],
    ['no port', ['serve', '--port', '99999']],
    ['a format that is none', ['handover', 'open', 'x', '--identity', 'y', '--format', 'z']],
  ])('%s is exit code 2 with a clear word', async (_what, args) => {
    const { code, error } = await cliFails(env(), args);
    expect([code, error.code]).toEqual([2, 'common.usage']);
    expect(error.detail).not.toMatch(/^error:|outputHelp/);
    expect(error.detail).not.toBe('');
  });

  it('help has exit code 0, for the program and for each command', async () => {
    const help = await cli(env(), ['--help']);
    expect(help.code).toBe(0);
    for (const name of [
      'demo',
      'site',
      'plan',
      'media',
      'ova',
      'secret',
      'preflight',
      'deploy',
      'status',
      'rollback',
      'handover',
      'summary',
      'run',
      'serve',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
    expect(help.stdout).not.toContain('cli.help.');
    expect((await cli(env(), ['deploy', '--help'])).code).toBe(0);
  });

  it('starts in less than half a second of processor time', async () => {
    const say =
      'process.on("exit",()=>{const u=process.cpuUsage();process.stderr.write(String((u.user+u.system)/1000))})';
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(say)}`, sourceCommandLine, '--version'],
      { env: env() },
    );
    let [out, cpu] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (cpu += text.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out.trim()).toBe(root.version);
    expect(Number(cpu)).toBeGreaterThan(0);
    expect(Number(cpu)).toBeLessThan(500);
  });

  it('prints in the language of --lang, in every environment', async () => {
    const english = await cli({ ...env(), LANG: 'de_DE.UTF-8' }, ['plan', '/nowhere.yaml', '--lang', 'en']);
    expect(english.stderr).toContain('File or folder not found');
  });

  it.skipIf(!existsSync(join(root.folder, 'core', 'locales', 'fr.ts')))(
    'prints in French (skipped without its locale)',
    async () => {
      const asked = await cliFails(env(), ['plan', '/nowhere.yaml', '--lang', 'fr']);
      const english = await cliFails(env(), ['plan', '/nowhere.yaml']);
      expect(asked.error.title).not.toBe(english.error.title);
      expect((await cliFails({ ...env(), LANG: 'fr_FR.UTF-8' }, ['plan', '/nowhere.yaml'])).error).toEqual(asked.error);
    },
  );
});

describe('--log', () => {
  it('writes JSON lines for its owner only, with command, failure and end', async () => {
    const log = at('log.ndjson');
    await writeFile(log, '', { mode: 0o644 });
    await cliFails(env(), ['plan', '/nowhere.yaml', '--log', log]);
    await cliJson(env(), ['plan', at('site.yaml'), '--log', log]);
    const lines = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg, command, exitCode }) => [msg, command, exitCode])).toEqual(
      [
        ['started', 'plan', undefined],
        ['ended', 'plan', 2],
        ['started', 'plan', undefined],
        ['ended', 'plan', 0],
      ].toSpliced(1, 0, ['files.missing', undefined, undefined]),
    );
    expect(lines.every(({ time }) => typeof time === 'string' && !Number.isNaN(Date.parse(time)))).toBe(true);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });

  it('that is not writable is an input error, before the command starts', async () => {
    const { code, error } = await cliFails(env(), ['site', 'init', at('not-made.yaml'), '--log', at('nowhere', 'log')]);
    expect([code, error.code]).toEqual([2, 'files.missing']);
    expect(existsSync(at('not-made.yaml'))).toBe(false);
  });
});

describe('the process', () => {
  it('ends quietly when its reader ends early', async () => {
    const cliProcess = startCli(env(), ['site', 'schema']);
    cliProcess.child.stdout?.destroy();
    const { stderr } = await cliProcess.end;
    expect(stderr).toBe('');
  });

  it('reports an error of the file system', async () => {
    await mkdir(at('folder'));
    expect(await cliFails(env(), ['plan', at('folder')])).toMatchObject({ code: 2 });
    await writeFile(at('large.yaml'), Buffer.alloc(5_000_000));
    expect((await cliFails(env(), ['plan', at('large.yaml')])).error.code).toBe('common.site-file-too-large');
    await chmod(at('folder'), 0o700);
  });
});
