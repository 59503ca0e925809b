/** The fixture of every end-to-end test: two simulated hosts, a signed medium, an empty laptop, and the wizard. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { _electron, expect, type Page, test as base } from '@playwright/test';
import { createGovc, type Vm } from 'govc-wrapper';
import { prepareDemoFolder } from '../../main/demo/sample-site.ts';
import { type SimulatedHost, startSimulator } from '../../main/demo/simulator.ts';
import { commandLine } from '../fixtures/command-line.ts';
import type { WizardPage } from './pages/wizard.ts';

const checkout = resolve(import.meta.dirname, '..', '..');
const govcBinary = join(checkout, 'build', 'bin', 'govc');

export interface Laptop {
  readonly folder: string;
  readonly media: string;
  readonly trust: string;
  /** Password of both simulated hosts. */
  readonly password: string;
  /** ALE's identity, to open the handover with. */
  readonly identity: string;
  readonly hosts: readonly SimulatedHost[];
  /** Restarts the wizard with the same site file. */
  open(options?: OpenOptions): Promise<Page>;
  /** The inventory of vSphere, read without the product. */
  inventory(): Promise<readonly Vm[]>;
  /** Runs the command line and returns its output. */
  edge(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

interface OpenOptions {
  readonly site?: string;
  /** Further environment; in Electron only. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another application than the packaged one; in Electron only. */
  readonly program?: string;
}

interface Options {
  /** Slows uploads down, so that a test can look at a deployment in progress. */
  readonly uploadRate: string | undefined;
}

type Stop = () => Promise<void>;

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => done());
  });

function environmentOf(laptop: { folder: string }): Record<string, string> {
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(own),
    EDGE_STATE_DIR: join(laptop.folder, 'state'),
    // No guest runs: nothing is sent to a planned address.
    EDGE_DEMO_GUESTS: join(laptop.folder, 'no-guests.json'),
    // Electron's user data folder: one instance per laptop.
    XDG_CONFIG_HOME: join(laptop.folder, 'config'),
    LANG: 'en_US.UTF-8',
    LC_ALL: 'en_US.UTF-8',
  };
}

/** The package of `npm test`. */
export function packaged(variable: 'EDGE_PACKAGED' | 'EDGE_PACKAGED_RELEASE' | 'EDGE_PACKAGED_SIGNER'): string {
  const path = process.env[variable];
  if (path === undefined) throw new Error(`${variable} names what was packaged: npm test -- --only electron`);
  return path;
}

/** The installed test build trusts one signer only: the tests sign with its secret key. */
async function useTestSigner(folder: string): Promise<void> {
  await mkdir(join(folder, 'ale'), { recursive: true });
  await copyFile(join(packaged('EDGE_PACKAGED_SIGNER'), 'signing-key.sec'), join(folder, 'ale', 'signing-key.sec'));
}

async function openInElectron(laptop: { folder: string }, { site, env, program }: OpenOptions, stops: Stop[]) {
  const app = await _electron.launch({
    executablePath: program ?? packaged('EDGE_PACKAGED'),
    args: ['--no-sandbox', ...(site === undefined ? [] : [site])],
    env: { ...environmentOf(laptop), ...env },
  });
  stops.push(() => app.close());
  return app.firstWindow();
}

/** Runs `serve --json`, which prints its address on the first line. */
async function serveWizard(laptop: { folder: string; trust: string }, site: string | undefined, stops: Stop[]) {
  const args = [commandLine, 'serve', ...(site === undefined ? [] : [site]), '--json', '--trust', laptop.trust];
  const server = spawn(process.execPath, args, {
    cwd: checkout,
    env: environmentOf(laptop),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stops.push(async () => {
    server.kill('SIGINT');
    await ended(server);
  });
  const line = await new Promise<string>((done, fail) => {
    createInterface({ input: server.stdout }).once('line', done);
    server.once('exit', (code) => fail(new Error(`serve ended with ${code}`)));
  });
  return (JSON.parse(line) as { url: string }).url;
}

async function run(command: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(command, args, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString('utf8')));
  await ended(child);
  return { code: child.exitCode ?? -1, ...text };
}

async function inventoryOf(hosts: readonly SimulatedHost[], password: string): Promise<Vm[]> {
  const found = await Promise.all(
    hosts.map(async ({ url, username, fingerprint }) => {
      const govc = createGovc({
        binary: govcBinary,
        host: new URL(url).hostname,
        port: Number(new URL(url).port),
        username,
        password,
        fingerprint,
      });
      try {
        return await govc.vms();
      } finally {
        await govc.dispose();
      }
    }),
  );
  return found.flat();
}

/** Two hosts, started side by side. */
async function startHosts(folder: string, password: string, uploadRate: string | undefined, stops: Stop[]) {
  return Promise.all(
    ['esxi-1', 'esxi-2'].map(async (name): Promise<SimulatedHost> => {
      const started = await startSimulator({
        binary: join(checkout, 'build', 'bin', 'vsphere-simulator'),
        folder: join(folder, 'simulator', name),
        port: 0,
        password,
        ...(uploadRate === undefined ? {} : { uploadRate }),
      });
      if (!started.ok) throw new Error(JSON.stringify(started.failure));
      stops.push(() => started.value.stop());
      return started.value;
    }),
  );
}

export const test = base.extend<{ laptop: Laptop; emptyFolder: string } & Options>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures out of this pattern.
  emptyFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-e2e-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  },
  uploadRate: [undefined, { option: true }],
  laptop: async ({ browser, uploadRate }, use, testInfo) => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-e2e-'));
    const stops: Stop[] = [];
    let page: Page | undefined;
    const foreign: string[] = [];
    const electron = testInfo.project.name === 'electron';
    try {
      if (electron) await useTestSigner(folder);
      const made = await prepareDemoFolder(folder, new Date());
      if (!made.ok) throw new Error(made.failure.code);
      const { media, trust, password, identity } = made.value;
      const hosts = await startHosts(folder, password, uploadRate, stops);
      await use({
        folder,
        media,
        trust,
        password,
        identity,
        hosts,
        async open(options = {}) {
          if (electron) {
            page = await openInElectron({ folder }, options, stops);
          } else {
            const url = await serveWizard({ folder, trust }, options.site, stops);
            const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
            stops.push(() => context.close());
            page = await context.newPage();
            await page.goto(url);
          }
          page.on('request', (request) => {
            const { protocol, hostname } = new URL(request.url());
            if (!['app:', 'data:', 'blob:'].includes(protocol) && hostname !== '127.0.0.1') foreign.push(request.url());
          });
          return page;
        },
        inventory: () => inventoryOf(hosts, password),
        edge: (...args) => run(process.execPath, [commandLine, ...args], environmentOf({ folder })),
      });
      expect(foreign, 'requests to elsewhere').toEqual([]);
      if (testInfo.status !== testInfo.expectedStatus && page !== undefined) {
        const picture = await page.screenshot().catch(() => undefined);
        if (picture) await testInfo.attach('window', { body: picture, contentType: 'image/png' });
      }
    } finally {
      // The wizard is ended first: it may still be working on the hosts.
      for (const stop of stops.toReversed()) await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
});

/** Fills the first two steps of a small site. */
export async function fillSiteAndNetwork(wizard: WizardPage, name: string): Promise<void> {
  await wizard.ready();
  await wizard.fillSite({ customer: 'ACME SA', name, registered: 4000, concurrent: 800 });
  await wizard.fillNetwork({
    lan: '10.20.0.0/24',
    wan: '198.51.100.0/28',
    wanGateway: '198.51.100.1',
    dns: '10.1.0.53',
    ntp: 'ntp1.acme.example',
  });
}

/** Fills every planning step of a small site and connects its two hosts. */
export async function fillSmallSite(wizard: WizardPage, laptop: Laptop, name: string): Promise<void> {
  await fillSiteAndNetwork(wizard, name);
  await wizard.fillDomain('edge.acme.example');
  await wizard.fillMail({
    server: 'smtp.acme.example',
    from: 'rainbow@edge.acme.example',
    backup: 'backup.other-site.example',
    path: '/rainbow',
    location: 'Lyon, other building',
  });
  await wizard.goTo('infrastructure');
  for (const [index, { url, username, fingerprint }] of laptop.hosts.entries()) {
    await wizard.connectEndpoint(index + 1, { url, username, password: laptop.password, fingerprint });
  }
  await wizard.fillVsphereNames({
    standard: 'standard-perf',
    premium: 'high-perf',
    lan: 'EDGE-LAN',
    wan: 'EDGE-WAN',
  });
  await wizard.chooseMedia(laptop.media);
}
