import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptRuns } from '../../../main/records/journal.ts';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { plainEnvironment, startCli, type CliEnd } from '../deploy/cli-process.ts';
import {
  canaryPassword,
  govcProcesses,
  keptVms,
  type Laboratory,
  openLaboratory,
  value,
} from '../deploy/laboratory.ts';
import { cli, cliFails, cliJson, expectOrderly } from './command.ts';

let lab: Laboratory;
let env: NodeJS.ProcessEnv;
/** Options of every command that asks the hosts. */
let vault: string[];
let trust: string[];
const said: string[] = [];
const stranger = 'somebody-elses-database';

beforeAll(async () => {
  lab = await openLaboratory({
    hosts: [
      ['-vm', stranger, '-upload-rate', '1MiB'],
      ['-upload-rate', '1MiB'],
    ],
  });
  env = plainEnvironment(lab);
  vault = ['--vault', lab.vault];
  trust = ['--trust', lab.trust];
});
afterAll(() => lab?.close());

const note = <T extends CliEnd>(end: T): T => {
  said.push(end.stdout, end.stderr);
  return end;
};
const vmNames = async (): Promise<string[]> =>
  (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat().map(({ name }) => name);

/** Encodings in which a layer may pass a secret on. */
const disguises = (secret: string): string[] => {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/'/g, '&apos;'),
    Array.from(secret).toReversed().join(''),
  ];
};

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('before anything is deployed', () => {
  it('preflight passes and changes nothing', async () => {
    const { code, json } = note(await cliJson(env, ['preflight', lab.siteFile, ...vault, ...trust]));
    expect([code, json.blocking]).toEqual([0, 0]);
    const rules = (json.findings as { rule: string; status: string }[]).filter(({ rule }) =>
      rule.startsWith('infrastructure.'),
    );
    expect(rules.length).toBeGreaterThan(12);
    expect(rules.every(({ status }) => status === 'pass')).toBe(true);
    expect(await vmNames()).toEqual([stranger]);
  });

  it('status lists the missing VMs', async () => {
    const { code, json } = note(await cliJson(env, ['status', lab.siteFile, ...vault]));
    expect(code).toBe(0);
    expect(json).toMatchObject({ done: [], drift: [] });
    expect((json.missing as { status: string }[]).map(({ status }) => status)).toEqual(
      Array.from({ length: 9 }, () => 'missing'),
    );
  });

  it('a medium with an untrusted key gives exit code 4', async () => {
    const blocked = await cliJson(env, ['preflight', lab.siteFile, ...vault]);
    expect(blocked.code).toBe(4);
  });
});

describe('deploy', () => {
  it('stops at Ctrl-C with exit code 130, and its work so far is recorded', async () => {
    let interrupted = false;
    const deploying = startCli(env, ['deploy', lab.siteFile, ...vault, ...trust, '--json', '--progress', 'json'], {
      onStderr: (text) => {
        if (interrupted || !text.includes('"operation-progress"')) return;
        interrupted = true;
        deploying.child.kill('SIGINT');
      },
    });
    const end = note(await deploying.end);
    expectOrderly(end);
    expect([interrupted, end.code]).toEqual([true, 130]);
    expect(JSON.parse(end.stdout)).toMatchObject({ error: { code: 'common.cancelled' } });
    expect(govcProcesses(lab.hosts)).toEqual([]);
    const [kept] = value(await keptRuns(lab.stateDir, 'lab'));
    expect(kept?.state).toMatchObject({ outcome: 'cancelled' });
    expect(kept?.operations.some(({ outcome }) => outcome === 'cancelled')).toBe(true);
  });

  it('is refused while another process works on the site', async () => {
    let refused: Promise<unknown> | undefined;
    const first = startCli(env, ['deploy', lab.siteFile, ...vault, ...trust, '--progress', 'json'], {
      onStderr: (text) => {
        if (refused !== undefined || !text.includes('"run-started"')) return;
        refused = cliFails(env, ['rollback', lab.siteFile, '--yes', 'lab', ...vault]);
        void refused.finally(() => first.child.kill('SIGTERM')).catch(() => undefined);
      },
    });
    const end = note(await first.end);
    expect(await refused).toMatchObject({ code: 1, error: { code: 'deploy.busy' } });
    expect(end.code).toBe(130);
  });
});

describe('run', () => {
  const seenInArgv = new Set<string>();
  let end: CliEnd;

  it('completes VMs, keys, handover and summary, and waits for the gateways; progress is NDJSON on stderr', async () => {
    const needle = canaryPassword.slice(0, 12);
    const look = setInterval(() => {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          if (argv.includes(needle)) seenInArgv.add(argv);
        } catch {
          // The process ended meanwhile.
        }
      }
    }, 40);
    const log = join(lab.folder, 'log.ndjson');
    end = note(
      await startCli(env, [
        'run',
        lab.siteFile,
        '--out',
        lab.out,
        ...vault,
        ...trust,
        '--json',
        '--progress',
        'json',
        '--log',
        log,
      ]).end,
    );
    clearInterval(look);
    expectOrderly(end);
    expect(end.code, end.stdout).toBe(0);
    const result = JSON.parse(end.stdout) as {
      outcome: string;
      files: string[];
      confirmationCode: string;
      vms: unknown;
    };
    // No gateway runs on the simulated hosts.
    expect(result).toMatchObject({
      outcome: 'waiting',
      waitingFor: 'network',
      vms: { total: 9 },
      confirmationCode: expect.stringMatching(/^\d{4}-\d{4}-\d{4}$/),
    });
    const events = end.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; sequence: number });
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ kind: 'run-finished', outcome: 'waiting', waitingFor: 'network' });
    expect(
      [...new Set(result.files.map((path) => /\.[a-z]+$/.exec(path)?.[0] ?? ''))].toSorted((a, b) =>
        a.localeCompare(b),
      ),
    ).toEqual(['.age', '.csv', '.html', '.json', '.pdf', '.txt']);
    expect(result.files).toContain(join(lab.out, 'summary-lab-vms.csv'));
    const evidence = await readdir(join(lab.out, 'evidence-lab'));
    expect(evidence.toSorted()).toEqual(['SHA256SUMS', 'catalogue.json', 'catalogue.json.minisig', 'signing-key.pub']);
    for (const path of result.files) expect((await stat(path)).size, path).toBeGreaterThan(20);
    const logged = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(logged.map(({ msg }) => msg)).toEqual([
      'started',
      ...events.map(({ kind }) => kind).filter((kind) => !kind.endsWith('-progress')),
      'ended',
    ]);
    expect((await vmNames()).length).toBe(10);
    // The vault now has the real key derivation cost; it is lowered for the remaining tests.
    value(await lab.secrets.set('mail/smtp.lab.example', 'x'));
  });

  it('makes no change the second time', async () => {
    const again = note(await cliJson(env, ['deploy', lab.siteFile, ...vault, ...trust]));
    expect([again.code, again.json.outcome]).toEqual([0, 'nothing-to-do']);
  });

  it('leaves no difference in status, on this laptop and on a new one', async () => {
    const here = note(await cliJson(env, ['status', lab.siteFile, ...vault]));
    expect(here.json).toMatchObject({ missing: [], drift: [] });
    const elsewhere = note(
      await cliJson(env, ['status', lab.siteFile, ...vault], {
        env: { EDGE_STATE_DIR: join(lab.folder, 'second-laptop') },
      }),
    );
    expect(elsewhere.json).toEqual(here.json);
  });

  it("leaves a bundle that ALE's side opens", async () => {
    const bundle = join(lab.out, 'handover-lab.age');
    const open = ['handover', 'open', bundle, '--identity', lab.identity];
    const opened = await cliJson(env, open);
    expect([opened.code, opened.json.format]).toEqual([0, 'edge-handover/v1']);
    const vms = opened.json.vms as { readonly name: string; readonly diskRecovery?: string }[];
    const { plan } = value(await readPlannedSite(lab.siteFile));
    const encrypted = vms.flatMap(({ name, diskRecovery }) => (diskRecovery === undefined ? [] : [name]));
    expect(encrypted).toEqual(plan.vms.filter(({ disks }) => disks.length > 1).map(({ name }) => name));
    expect(encrypted.length).toBeGreaterThan(0);
    for (const { name, diskRecovery } of vms) expect(value(await lab.secrets.get(`disk/${name}`))).toBe(diskRecovery);
    const peers = await cli(env, [...open, '--format', 'wireguard']);
    expect(peers.stdout).toMatch(/^\[Peer]$/m);
    expect((await cliJson(env, [...open, '--format', 'wireguard'])).json).toEqual({ peers: peers.stdout });
    const { confirmationCode } = JSON.parse(end.stdout) as { confirmationCode: string };
    expect(peers.stderr).toContain(confirmationCode);
  });

  it('leaves a summary that can be written again', async () => {
    const out = join(lab.folder, 'summary-again');
    const { code, json } = note(await cliJson(env, ['summary', lab.siteFile, '--out', out, ...vault]));
    expect(code).toBe(0);
    const files = json.files as string[];
    expect(files.slice(0, 3).map((path) => path.replace(/^.*\./, ''))).toEqual(['pdf', 'html', 'json']);
    expect(files).toContain(join(out, 'summary-lab-vms.csv'));
  });

  it('leaks no secret into argv, output, journal, log, summary or handover text', async () => {
    expect([...seenInArgv]).toEqual([]);
    const names = value(await lab.secrets.list());
    const secrets = await Promise.all(names.map(async (name) => value(await lab.secrets.get(name)) ?? ''));
    expect(secrets).toContain(canaryPassword);
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    const keys = secrets.flatMap((secret) => secret.match(/[A-Za-z0-9+/]{42,43}=/g) ?? []);
    expect(keys.length).toBeGreaterThanOrEqual(2);
    const passphrases = secrets.filter((_secret, index) => names[index]?.startsWith('disk/'));
    expect(passphrases.length).toBeGreaterThan(0);
    const needles = [canaryPassword, ...keys, ...passphrases].flatMap(disguises);
    const places = [lab.stateDir, lab.out, join(lab.folder, 'summary-again')];
    const files = [
      ...(await Promise.all(places.map(filesBelow))).flat(),
      join(lab.folder, 'log.ndjson'),
      ...lab.hosts.map(({ folder }) => join(folder, 'inventory.json')),
    ];
    expect(files.length).toBeGreaterThan(12);
    for (const file of files) {
      const bytes = await readFile(file);
      for (const needle of needles) {
        expect(bytes.includes(needle), `${file}: ${needle}`).toBe(false);
        expect(bytes.includes(Buffer.from(needle, 'utf16le')), `${file}: ${needle} as UTF-16`).toBe(false);
      }
    }
    const output = said.join('\n');
    for (const needle of needles) expect(output.includes(needle), needle).toBe(false);
  });
});

describe('a renamed site in the same site file', () => {
  it.each(['preflight', 'run'])('%s is blocked with exit code 3: the addresses are in use', async (command) => {
    const copy = join(dirname(lab.siteFile), 'renamed.yaml');
    const text = await readFile(lab.siteFile, 'utf8');
    await writeFile(copy, text.replace('name: lab,', 'name: lab-two,'));
    const { code, json } = note(await cliJson(env, [command, copy, ...vault, ...trust]));
    expect(code).toBe(3);
    expect(JSON.stringify(json)).toContain('infrastructure.addresses');
    expect((await vmNames()).length).toBe(10);
  });
});

describe('rollback', () => {
  it('requires the name of the site', async () => {
    const wrong = note(await cliFails(env, ['rollback', lab.siteFile, '--yes', 'other', ...vault]));
    expect([wrong.code, wrong.error.code]).toEqual([2, 'deploy.confirm-name']);
    expect((await vmNames()).length).toBe(10);
  });

  it('removes the VMs of this site and nothing else', async () => {
    const gone = note(await cliJson(env, ['rollback', lab.siteFile, '--yes', 'lab', ...vault]));
    expect(gone.code).toBe(0);
    expect((gone.json.removed as string[]).length).toBe(9);
    expect(await vmNames()).toEqual([stranger]);
  });
});
