import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const session = join(__dirname, 'keychain-session.ts');
const needed = ['/usr/bin/dbus-run-session', '/usr/bin/gnome-keyring-daemon'];
const missing = needed.filter((path) => !existsSync(path));
if (missing.length > 0) process.stderr.write(`Skipped, the real keychain is not installed: ${missing.join(', ')}\n`);

const password = 'keyring password';
/** The daemon stays a child of the shell, so that it ends with the session; `$!` is its process id. */
const unlocked = 'gnome-keyring-daemon --foreground --unlock --components=secrets <"$HOME/password" >/dev/null 2>&1 &';
const asFound = 'gnome-keyring-daemon --foreground --start --components=secrets >/dev/null 2>&1 & sleep 1;';

/** A session bus that starts no service. */
const emptyBus = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

interface Answer {
  readonly ok: boolean;
  readonly value?: unknown;
  readonly failure?: { readonly kind: string; readonly code: string; readonly params: object };
}
type Answers = Readonly<Record<string, Answer>>;

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'edge-keyring-'));
  await mkdir(join(home, 'run'), { mode: 0o700 });
  await writeFile(join(home, 'password'), password);
});
afterAll(() => rm(home, { recursive: true, force: true }));

function output(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

/** Runs a scene of keychain-session.ts in an empty environment. */
async function run(
  command: string,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Promise<Answers> {
  const env = {
    PATH: `${join(process.execPath, '..')}:/usr/bin:/bin`,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
    ...extra,
  };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const text = await output(child);
  return JSON.parse(text) as Answers;
}

const inSession = (daemon: string, scene: string, options: readonly string[] = []): Promise<Answers> => {
  const script = `${daemon} "$0" "$1" "$2" "$!"`;
  return run('dbus-run-session', [...options, '--', 'sh', '-c', script, process.execPath, session, scene]);
};

const kept = (value?: unknown): Answer => (value === undefined ? { ok: true } : { ok: true, value });
const refusal = (code: string) => ({ ok: false, failure: { kind: 'operation', code } });

describe.skipIf(missing.length > 0)('a real GNOME keyring', () => {
  it('keeps, lists and deletes secrets of any characters and length', async () => {
    expect(await inSession(unlocked, 'whole')).toEqual({
      before: kept(['vsphere/ESX9.acme:443']),
      check: kept(),
      missing: kept(),
      set: kept(),
      get: kept(`&<>"'\\ $(id) %PATH% äöü 漢字 😀\n\ttail `),
      byHand: kept('put in by hand'),
      setLong: kept(),
      itemsOfLong: expect.toSatisfy((count: number) => count > 1),
      getLong: true,
      longIsSame: true,
      list: kept(['certificate/edge.acme.example', 'vsphere/ESX9.acme:443', 'vsphere/esx1.acme']),
      shorter: kept(),
      itemsOfShort: 0,
      delete: kept(true),
      deleteAgain: kept(false),
      deleteByHand: kept(true),
      after: kept(['certificate/edge.acme.example']),
      left: ['certificate/edge.acme.example', 'not one of ours'],
      badName: expect.objectContaining({ ok: false }),
      badValue: expect.objectContaining({ ok: false }),
    });
  });

  it('reports a missing part of a long value, and deletes the rest', async () => {
    const answers = await inSession(unlocked, 'damaged');
    expect(answers['get']).toMatchObject(refusal('secrets.damaged'));
    expect(answers['delete']).toEqual(kept(true));
    expect(answers['left']).toEqual(kept(['certificate/edge.acme.example']));
  });

  it('is not mistaken for an empty one when it is locked', async () => {
    const answers = await inSession(asFound, 'refused');
    expect(Object.keys(answers)).toEqual(['check', 'get', 'set', 'delete', 'list']);
    for (const answer of Object.values(answers)) expect(answer).toMatchObject(refusal('secrets.keychain-locked'));
    expect(JSON.stringify(answers)).not.toContain('canary');
  });

  it('is given up after the time limit if it does not answer', async () => {
    const answers: Readonly<Record<string, unknown>> = await inSession(unlocked, 'silent');
    expect(answers['check']).toMatchObject(refusal('secrets.keychain-timeout'));
    expect(answers['waited']).toBeGreaterThanOrEqual(450);
    expect(answers['waited']).toBeLessThan(5000);
  });

  it('never writes a secret in plain text', () => {
    const search = (pattern: string) => spawnSync('grep', ['-rlaF', '-e', pattern, home], { encoding: 'utf8' }).stdout;
    expect(search(password)).toBe(`${join(home, 'password')}\n`);
    expect(search('short')).toBe('');
    expect(search('put in by hand')).toBe('');
  });
});

describe.skipIf(missing.length > 0 || process.platform !== 'linux')('a system without a secret service', () => {
  it('fails every call with its own code, with a bus and without one', async () => {
    const noBus = await run(process.execPath, [session, 'refused']);
    const deadBus = await run(process.execPath, [session, 'refused'], {
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(home, 'nobody')}`,
    });
    const config = join(home, 'bus.conf');
    await writeFile(config, emptyBus);
    const noService = await inSession('', 'refused', [`--config-file=${config}`]);
    for (const answers of [noBus, deadBus, noService]) {
      expect(Object.keys(answers)).toHaveLength(5);
      for (const answer of Object.values(answers))
        expect(answer).toMatchObject(refusal('secrets.keychain-unreachable'));
      expect(JSON.stringify(answers)).not.toContain('canary');
    }
  });
});
