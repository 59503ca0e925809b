/**
 * Real parts for a deployment: simulated ESXi hosts, a signed sample medium, a site file, a vault, all in one folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { type Result } from '../../../core/base/errors.ts';
import { stages, type Outcome, type RunEvent, type Stage } from '../../../core/run/event.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { formatPublicKey, generateKeyPair, type SecretKey } from '../../../main/adapters/media/catalogue/minisign.ts';
import { writeSampleMedium } from '../../../main/demo/medium/sample.ts';
import type { SecretStore } from '../../../main/adapters/secrets/secret-store.ts';
import { vsphereSecretName } from '../../../core/platform/vsphere/secret.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';
import { generatePrivateKey, publicKeyOf } from '../../../main/adapters/wireguard/keys.ts';
import { composeProgram, composeText, findRoot, programPath } from '../../../main/compose/services.ts';
import type { Services } from '../../../main/runner/services.ts';
import { readPlannedSite } from '../../../main/runner/site-input.ts';
import { deployStages } from '../../../main/runner/stages/stages.ts';
import { startRun } from '../../../main/runner/start-run.ts';
import type { Component } from '../../../core/site/schema.ts';
import { siteYaml } from './site-yaml.ts';

export const root = findRoot(import.meta.dirname);
const simulator = programPath(root, 'vsphere-simulator');

export const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
};

export interface Host {
  readonly url: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly folder: string;
  /** The host's inventory, and the calls and sessions since it was started or cleared. */
  state(): Promise<HostState>;
  /** Disturbs calls by these rules, which replace all earlier rules; releases every held call. */
  disturb(rules: readonly CallRule[]): Promise<void>;
  /** Writes a value for the VM with this ID, as a guest does. */
  publish(id: string, key: string, value: string): Promise<void>;
  /** Removes every VM, folder, session and rule. */
  clear(): Promise<void>;
  /** Settles at the next call that a rule holds. */
  nextHeld(): Promise<void>;
  /** Logins that the host refused so far. */
  refusedLogins(): number;
  stop(): Promise<void>;
}

/** Of `count` calls of `method` (0: all) after `skip` others, or of an upload after `atBytes`. */
export interface CallRule {
  /** '*' is every SOAP method, 'upload' an upload. */
  readonly method: string;
  readonly skip?: number;
  readonly count?: number;
  readonly action: 'fault' | 'hold' | 'cut';
  /** After the call was executed, before its reply is sent. */
  readonly after?: boolean;
  readonly atBytes?: number;
  readonly fault?: string;
}

export interface HostState {
  readonly vms: readonly KeptVm[] | null;
  readonly sessions: number;
  readonly leases: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly folders: readonly string[] | null;
}

/** Options of every simulated host of these tests; `more` is appended. */
const hostArguments = [
  '-kind=esx',
  '-host-cores=64',
  '-host-memory=512GiB',
  '-datastore=standard-perf=24TB',
  '-datastore=high-perf=12TB',
  '-port-group=EDGE-LAN:20',
  '-port-group=EDGE-WAN:30',
];

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

export async function startHost(
  folder: string,
  password: string,
  {
    more = [],
    base = hostArguments,
    port = 0,
  }: { more?: readonly string[]; base?: readonly string[]; port?: number } = {},
): Promise<Host> {
  if (!existsSync(simulator)) throw new Error(`${simulator} is missing: npm test builds it`);
  await mkdir(folder, { recursive: true });
  const own = [
    '-listen',
    `127.0.0.1:${port}`,
    '-tls-dir',
    join(folder, 'tls'),
    '-state',
    join(folder, 'inventory.json'),
  ];
  const child = spawn(simulator, [...base, ...own, '-control', ...more], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, VSPHERE_SIMULATOR_PASSWORD: password },
  });
  let complaint = '';
  let refused = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-2000);
  });
  createInterface({ input: child.stderr }).on('line', (said) => {
    if (said.includes('"event":"login"') && said.includes('"ok":false')) refused += 1;
  });
  const answers: { readonly give: (line: string) => void; readonly refuse: (error: Error) => void }[] = [];
  const held: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (said) => {
    if (said.startsWith('{"event":"held"')) for (const tell of held.splice(0)) tell();
    else answers.shift()?.give(said);
  });
  child.once('exit', () => {
    for (const { refuse } of answers.splice(0)) refuse(new Error(`the simulator ended: ${complaint}`));
  });
  const answer = (): Promise<string> => new Promise((give, refuse) => answers.push({ give, refuse }));
  const order = async (wanted: object): Promise<{ readonly error?: string; readonly state?: HostState }> => {
    child.stdin.write(`${JSON.stringify(wanted)}\n`);
    const given = JSON.parse(await answer()) as { readonly error?: string; readonly state?: HostState };
    if (given.error !== undefined) throw new Error(given.error);
    return given;
  };
  const line = await answer();
  const ready = JSON.parse(line) as { url: string; fingerprint: string };
  return {
    ...ready,
    folder,
    port: Number(new URL(ready.url).port),
    async state() {
      const { state } = await order({ do: 'state' });
      if (state === undefined) throw new Error('the simulator gave no state');
      return state;
    },
    disturb: async (rules) => void (await order({ do: 'disturb', rules })),
    publish: async (id, key, content) => void (await order({ do: 'publish', id, key, value: content })),
    clear: async () => void (await order({ do: 'clear' })),
    nextHeld: () => new Promise((resolve) => held.push(resolve)),
    refusedLogins: () => refused,
    async stop() {
      child.stdin.end();
      await endOf(child);
    },
  };
}

/** A VM in the simulator's own state, not read by govc. */
export interface KeptVm {
  readonly id: string;
  readonly name: string;
  readonly annotation?: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly poweredOn: boolean;
  readonly extraConfig?: Readonly<Record<string, string>>;
  readonly disks: readonly { readonly file: string; readonly kb: number }[];
  readonly networks: readonly string[];
  readonly macs: readonly string[];
}

export const keptVms = async (host: Pick<Host, 'state'>): Promise<readonly KeptVm[]> => (await host.state()).vms ?? [];

/** govc processes that talk to one of `hosts`, by their environment. */
export function govcProcesses(hosts: readonly Pick<Host, 'port'>[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        // User and password are in the address too.
        const address = /(?:^|\0)GOVC_URL=https:\/\/[^\0]*@127\.0\.0\.1:(\d+)\//.exec(environment)?.[1];
        return state !== 'Z' && hosts.some(({ port }) => String(port) === address);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Hostile on purpose: contains every character that a layer might misread, and is easy to find. */
export const canaryPassword = `C4n4ry-Pa$$'"&<>\`\\ ü${'x'.repeat(4)}`;

export interface Laboratory {
  readonly folder: string;
  readonly siteFile: string;
  readonly media: string;
  readonly stateDir: string;
  readonly out: string;
  readonly vault: string;
  readonly passphraseFile: string;
  readonly trust: string;
  readonly identity: string;
  readonly signingKey: SecretKey;
  readonly hosts: readonly Host[];
  readonly secrets: SecretStore;
  readonly services: Services;
  close(): Promise<void>;
}

export interface LaboratoryOptions {
  /** Arguments of the simulator for the first and the second host. */
  readonly hosts?: readonly (readonly string[])[];
  readonly base?: readonly string[];
  readonly grains?: number;
  /** ALE's keys in the signed catalogue; default none. */
  readonly sshAuthorizedKeys?: readonly string[];
}

const day = 24 * 3600 * 1000;
const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const smallFootprint: readonly Component[] = [
  'edge-gw',
  'logs',
  'backup',
  'metrics',
  'all-in-one',
  'object-storage',
  'stun-turn',
  'conferencing',
];

/** A release of the sample medium in `folder`, by default with the images of the small footprint. */
export async function makeMedium(
  folder: string,
  {
    secretKey,
    recipients = [],
    grains = 3,
    release = '2026.4',
    components = smallFootprint,
    sshAuthorizedKeys,
  }: {
    secretKey: SecretKey;
    recipients?: string[];
    grains?: number;
    release?: string;
    components?: readonly Component[];
    sshAuthorizedKeys?: readonly string[] | undefined;
  },
): Promise<void> {
  const now = Date.now();
  await writeSampleMedium(folder, {
    release,
    createdIso: seconds(now - day),
    expiresIso: seconds(now + 300 * day),
    secretKey,
    recipients,
    peers: [
      {
        name: 'noc-1',
        publicKey: value(publicKeyOf(generatePrivateKey())),
        endpoint: '198.51.100.7:51820',
        allowedIps: ['100.64.0.0/24'],
      },
    ],
    components: [...components],
    grains,
    ...(sshAuthorizedKeys === undefined ? {} : { sshAuthorizedKeys }),
  });
}

/** The inputs of a run from a laboratory's folder; also for another process. */
export async function servicesIn(folder: string): Promise<Services> {
  const at = (...parts: string[]): string => join(folder, ...parts);
  return {
    name: 'Rainbow Edge Installer',
    version: root.version,
    stateDir: at('state'),
    secrets: createVault({
      path: at('vault.age'),
      passphrase: async () => ({ ok: true, value: 'a passphrase of the tests' }),
      writeFile: writeFileAtomic,
      tryLock,
      workFactor: 10,
    }),
    // No guest runs: nothing is sent to a planned address.
    guestAddress: () => ({ host: '127.0.0.1', port: 1 }),
    bootLimit: 0,
    govcProgram: composeProgram(root, 'govc'),
    trustedKeys: [{ name: 'trust', publicKeyText: await readFile(at('trust.pub'), 'utf8') }],
    imageIssuers: [],
    text: await composeText('en'),
    now: () => new Date(),
    warn: () => undefined,
  };
}

export async function openLaboratory(options: LaboratoryOptions = {}): Promise<Laboratory> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-lab-'));
  const at = (...parts: string[]): string => join(folder, ...parts);
  const hosts = await Promise.all(
    (options.hosts ?? [[], []]).map((more, index) =>
      startHost(at(`esxi-${index + 1}`), canaryPassword, { more, ...(options.base ? { base: options.base } : {}) }),
    ),
  );
  const { secretKey } = generateKeyPair();
  const identity = await generateIdentity();
  await makeMedium(at('media'), {
    secretKey,
    recipients: [await identityToRecipient(identity)],
    ...(options.grains === undefined ? {} : { grains: options.grains }),
    sshAuthorizedKeys: options.sshAuthorizedKeys,
  });
  await writeFile(at('trust.pub'), formatPublicKey(secretKey));
  await writeFile(at('identity.txt'), `${identity}\n`);
  await writeFile(at('passphrase.txt'), 'a passphrase of the tests\n', { mode: 0o600 });
  await writeFile(at('site.yaml'), siteYaml(hosts));
  const services = await servicesIn(folder);
  const { secrets, stateDir } = services;
  for (const { url } of hosts) value(await secrets.set(value(vsphereSecretName(url)), canaryPassword));
  return {
    folder,
    siteFile: at('site.yaml'),
    media: at('media'),
    stateDir,
    out: at('out'),
    vault: at('vault.age'),
    passphraseFile: at('passphrase.txt'),
    trust: at('trust.pub'),
    identity: at('identity.txt'),
    signingKey: secretKey,
    hosts,
    secrets,
    services,
    async close() {
      await Promise.all(hosts.map((host) => host.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RunEnd {
  readonly result: Result<Outcome>;
  readonly events: readonly RunEvent[];
}

export interface RunHow {
  readonly stages?: readonly Stage[];
  readonly vms?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  readonly siteFile?: string;
  readonly readFirst?: number;
}

export { deployStages };
export const allStages = stages;

/** One run from start to end, in this process. */
export async function run(lab: Laboratory, how: RunHow = {}): Promise<RunEnd> {
  const events: RunEvent[] = [];
  const planned = await readPlannedSite(how.siteFile ?? lab.siteFile);
  if (!planned.ok) return { result: planned, events };
  const started = await startRun(lab.services, {
    planned: planned.value,
    stages: how.stages ?? deployStages,
    outDir: lab.out,
    vms: how.vms,
    readFirst: how.readFirst,
    listeners: [(event) => events.push(event), ...(how.onEvent ? [how.onEvent] : [])],
    signal: how.signal ?? new AbortController().signal,
  });
  return { result: started.ok ? await started.value.finished : started, events };
}
