/**
 * Folders that are not writable: every command that writes to them names folder and variable before it contacts a host.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPublicKey, generateKeyPair } from '../../../main/adapters/media/catalogue/minisign.ts';
import { proveWorkFolders, workFolderFindings } from '../../../main/records/work-folders.ts';
import { commandLine } from '../../fixtures/command-line.ts';
import { plainEnvironment } from '../deploy/cli-process.ts';
import { makeMedium } from '../deploy/laboratory.ts';
import { siteYaml } from '../deploy/site-yaml.ts';
import { cliFails } from './command.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
const at = (...parts: string[]): string => join(folder, ...parts);
const fingerprint = `SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-folders-'));
  env = plainEnvironment({ folder, stateDir: at('state'), passphraseFile: at('passphrase.txt') });
  const { secretKey } = generateKeyPair();
  await makeMedium(at('media'), { secretKey, grains: 1 });
  await writeFile(at('trust.pub'), formatPublicKey(secretKey));
  await writeFile(at('passphrase.txt'), 'a passphrase\n');
  await writeFile(at('file'), '');
  // No server listens there: a command that contacts it would fail in another way.
  await writeFile(at('site.yaml'), siteYaml([{ url: 'https://127.0.0.1:1', fingerprint }]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const trust = (): string[] => ['--trust', at('trust.pub')];
const onHosts: readonly (readonly [string, () => string[]])[] = [
  ['preflight', () => [...trust()]],
  ['deploy', () => [...trust()]],
  ['status', () => []],
  ['rollback', () => ['--yes', 'lab']],
  ['summary', () => ['--out', at('out')]],
  ['run', () => ['--out', at('out'), ...trust()]],
];
const vault = (): string[] => ['--vault', at('vault.age')];

it.each(onHosts)(
  '%s names a state folder and a folder for temporary files that are not writable',
  async (name, more) => {
    const command = [name, at('site.yaml'), ...more(), ...vault()];
    const [state, temporary] = await Promise.all([
      cliFails(env, command, { env: { EDGE_STATE_DIR: at('file') } }),
      cliFails(env, command, { env: { TMPDIR: at('nowhere') } }),
    ]);
    expect([state.code, state.error.code]).toEqual([1, 'files.state-not-folder']);
    expect(state.error.detail).toContain(at('file'));
    expect(state.error.remedy).toContain('EDGE_STATE_DIR');
    expect([temporary.code, temporary.error.code]).toEqual([1, 'files.temporary-missing']);
    expect(temporary.error.detail).toContain(at('nowhere'));
    expect(temporary.error.remedy).toContain('TMPDIR');
  },
);

it('media verify, handover create and certificate check name the state folder, or work without it', async () => {
  const odd = { env: { EDGE_STATE_DIR: at('file', 'below') } };
  const [verify, handover, demo] = await Promise.all([
    cliFails(env, ['media', 'verify', at('media'), ...trust()], odd),
    cliFails(env, ['handover', 'create', at('site.yaml'), '--out', at('out'), ...trust(), ...vault()], odd),
    cliFails(env, ['demo', '--dir', at('file', 'demo')]),
  ]);
  expect(verify.error.code).toBe('files.state-not-folder');
  expect(handover.error.code).toBe('files.state-not-folder');
  expect([demo.code, demo.error.code]).toEqual([1, 'files.not-folder']);
  const check = await cliFails(env, ['certificate', 'check', at('site.yaml'), ...vault()], odd);
  expect(check.error.code).toMatch(/^certificate\./);
});

describe('the two folders', () => {
  it('are created and tested, and stay empty', async () => {
    expect(await proveWorkFolders(at('new', 'state'))).toEqual({ ok: true });
    expect(await readdir(at('new', 'state'))).toEqual([]);
    expect(await workFolderFindings(at('new', 'state'))).toEqual([]);
  });

  it('are findings of the wizard, with the text of the failure', async () => {
    expect(await workFolderFindings(at('file'))).toEqual([
      {
        rule: 'files.errors.state-not-folder',
        status: 'fail',
        variant: 'detail',
        step: 'site',
        path: '',
        params: { path: at('file'), reason: 'EEXIST', variable: 'EDGE_STATE_DIR' },
      },
    ]);
  });
});

const canMount = process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;
if (!canMount) process.stderr.write('Skipped, only root on Linux can mount a disk that is full or read-only\n');

describe.skipIf(!canMount)('a separate disk', () => {
  it.each([
    ['that is full', 'EDGE_STATE_DIR', 'size=4k', 'files.state-full'],
    ['that is read-only', 'EDGE_STATE_DIR', 'ro', 'files.state-denied'],
    ['that is full', 'TMPDIR', 'size=4k', 'files.temporary-full'],
    ['that is read-only', 'TMPDIR', 'ro', 'files.temporary-denied'],
  ])('%s for %s is named', async (_what, variable, options, code) => {
    await mkdir(at('mount'), { recursive: true });
    const script = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"';
    const command = [process.execPath, commandLine, 'deploy', at('site.yaml'), '--json', ...trust(), ...vault()];
    const { stdout, status } = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', script, 'sh', options, at('mount'), ...command],
      {
        encoding: 'utf8',
        env: { ...env, [variable]: at('mount') },
      },
    );
    const { error } = JSON.parse(stdout) as { error: { code: string; detail: string; remedy: string } };
    expect([status, error.code]).toEqual([1, code]);
    expect(error.detail).toContain(at('mount'));
    expect(error.remedy).toContain(variable);
  });
});
