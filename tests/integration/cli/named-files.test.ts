/** Paths in arguments and site files that name an unexpected kind of file. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../fixtures/command-line.ts';
import { plainEnvironment, startCli } from '../deploy/cli-process.ts';
import { siteYaml } from '../deploy/site-yaml.ts';
import { cli, cliFails } from './command.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
const at = (name: string): string => join(folder, name);
const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const hosts = [{ url: 'https://esx1.example', fingerprint }];

/** A site file with another line in it. */
async function siteWith(name: string, from: string, to: string): Promise<string> {
  await writeFile(
    at(name),
    siteYaml(hosts, (text) => text.replace(from, to)),
  );
  return at(name);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-named-'));
  env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
  await writeFile(at('passphrase.txt'), 'a passphrase\n');
  execFileSync('mkfifo', [at('pipe')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a path in a site file', () => {
  it.each([
    ['/dev/zero', 'files.not-a-file'],
    ['pipe', 'files.not-a-file'],
  ])('as its certificate chain, %s, is refused at once', async (chain, code) => {
    const site = await siteWith('chain.yaml', 'administration: technical-information', `chain: ${chain}`);
    const refused = await cliFails(env, ['certificate', 'check', site, '--vault', at('vault')]);
    expect([refused.code, refused.error.code]).toEqual([2, code]);
  });

  it('is refused if it is a password, which is not printed', async () => {
    await writeFile(
      at('secrets.yaml'),
      siteYaml(hosts, (text) =>
        text
          .replace('https://esx1.example', 'https://root:C4n4ry@esx1.example')
          .replace('username: root', 'username: "root:C4n4ry"')
          .replace('smtp.lab.example', 'smtp://relay:C4n4ry@smtp.lab.example'),
      ),
    );
    const answers = [];
    for (const command of [['site', 'check'], ['plan'], ['worksheet', '--out', at('out')]]) {
      const end = await cli(env, [...command, at('secrets.yaml')]);
      answers.push(end);
      expect(end.stdout + end.stderr, command.join(' ')).not.toContain('C4n4ry');
    }
    expect(answers.map(({ code }) => code).slice(0, 2)).toEqual([2, 2]);
    expect(answers[0]?.stdout.match(/A secret stands in the file/g)).toHaveLength(3);
    for (const name of await readdir(at('out'))) {
      expect(await readFile(join(at('out'), name), 'latin1'), name).not.toContain('C4n4ry');
    }
  });
});

describe('a path argument', () => {
  it('may be a pipe, for a site file and for the passphrase of a vault', async () => {
    await writeFile(at('site.yaml'), siteYaml(hosts));
    const script = 'exec "$0" "$1" --json plan <(cat "$2")';
    const plan = execFileSync('bash', ['-c', script, process.execPath, commandLine, at('site.yaml')], { env });
    expect(JSON.parse(plan.toString('utf8'))).toMatchObject({ site: 'lab' });
    const set = spawn(
      'bash',
      [
        '-c',
        'exec "$0" "$1" --vault "$2" secret set mail/a.example 3< <(printf "words\\n")',
        process.execPath,
        commandLine,
        at('piped.age'),
      ],
      { env: { ...env, EDGE_VAULT_PASSPHRASE_FILE: '/dev/fd/3' } },
    );
    set.stdin.end('x');
    expect(await new Promise((resolve) => set.once('exit', resolve))).toBe(0);
    await writeFile(at('utf16.txt'), Buffer.from('\ufeffwords\r\n', 'utf16le'));
    const list = await cli({ ...env, EDGE_VAULT_PASSPHRASE_FILE: at('utf16.txt') }, [
      'secret',
      'list',
      '--vault',
      at('piped.age'),
    ]);
    expect(list.stdout).toBe('mail/a.example\n');
  });

  it('may be a pipe without end, which Ctrl-C leaves', async () => {
    const waiting = startCli(
      { ...env, EDGE_VAULT_PASSPHRASE_FILE: at('pipe') },
      ['secret', 'set', 'mail/a.example', '--vault', at('new.age')],
      { input: 'x' },
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    waiting.child.kill('SIGINT');
    expect((await waiting.end).code).toBe(130);
  });

  it('is refused if it is no file: an image, a medium, a folder to create', async () => {
    await mkdir(at('medium'));
    execFileSync('mkfifo', [at('medium/catalogue.json')]);
    expect((await cliFails(env, ['ova', 'verify', at('pipe')])).error.code).toBe('media.file-kind');
    expect((await cliFails(env, ['media', 'verify', at('medium')])).error.code).toBe('media.catalogue-missing');
    const made = await cliFails(env, ['plan', at('site.yaml'), '--out', '/proc/x']);
    expect(made.error.code).toBe('files.no-folder');
  });

  it('is refused for a secret in another encoding; one byte order mark is dropped', async () => {
    const set = (bytes: Buffer) => {
      const child = spawn(
        process.execPath,
        [commandLine, '--json', '--vault', at('marks.age'), 'secret', 'set', 'mail/a.example'],
        { env },
      );
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
      child.stdin.end(bytes);
      return new Promise<string>((resolve) => child.once('close', (code) => resolve(`${String(code)} ${output}`)));
    };
    expect(await set(Buffer.from('Müller', 'latin1'))).toMatch(/^2 [^]*secrets\.value-encoding/);
    expect(await set(Buffer.from('\ufeff'))).toMatch(/^2 [^]*secrets\.value-invalid/);
    expect(await set(Buffer.from('\ufeffx'))).toMatch(/^0 /);
  });
});
