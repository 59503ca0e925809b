/**
 * An installed application accepts a site file, and no switch or variable that would open it to others. The first tests
 * run the build with the settings of the release, the others the build that Playwright can drive.
 */
import { isDeep } from '../fixtures/depth.ts';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { listPackage } from '@electron/asar';
import { expect } from '@playwright/test';
import { exampleSite } from '../../core/site/example.ts';
import { refusedSwitches } from '../fixtures/switches.ts';
import { fillSiteAndNetwork, packaged, test } from './edge.ts';
import { listeningPorts, type Started, startInstalled } from './installed.ts';
import { signAsStranger } from './medium.ts';
import { WizardPage } from './pages/wizard.ts';

/** A few of each kind: one start takes a second. The unit tests judge all of them; `EDGE_DEEP=1` starts with each. */
const sampled = [
  '--remote-debugging-port=9333',
  '--remote-debugging-pipe',
  '--inspect=9333',
  '--user-data-dir=/tmp/profile',
];
const switches = isDeep ? refusedSwitches.filter((one) => one !== '--no-sandbox') : sampled;

/** Polls until the application has ended. Returns every port on which it listened. */
async function portsUntilEnd({ pid, ended }: Started): Promise<number[]> {
  const ports = new Set<number>();
  do for (const port of await listeningPorts(pid)) ports.add(port);
  while ((await Promise.race([ended, wait(20, 'open')])) === 'open');
  return [...ports];
}

/** A page that proves that it was loaded with the preload: it closes its window, which ends the application. */
async function foreignPage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><title>foreign</title><script src="foreign.js"></script>',
  );
  await writeFile(join(folder, 'foreign.js'), 'window.close();');
  return folder;
}

/** Every variable that configures a checkout's window, and Node's preload options. */
async function attackingEnvironment(folder: string): Promise<Record<string, string>> {
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  await writeFile(at('foreign.yaml'), exampleSite);
  await writeFile(at('evil.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(at('evil-ran'))}, '');`);
  return {
    EDGE_PAGE: await foreignPage(at('foreign-page')),
    EDGE_SITE: at('foreign.yaml'),
    EDGE_TRUST: at('stranger.pub'),
    EDGE_DEMO: '1',
    NODE_OPTIONS: `--require ${at('evil.cjs')}`,
  };
}

const ownFolders = (folder: string): Record<string, string> => ({
  XDG_CONFIG_HOME: join(folder, 'config'),
  EDGE_STATE_DIR: join(folder, 'state'),
});

test.describe('the build with the settings of the release', () => {
  for (const given of switches) {
    test(`refuses ${given}`, async ({ emptyFolder }) => {
      const started = startInstalled(packaged('EDGE_PACKAGED_RELEASE'), [given], ownFolders(emptyFolder));
      try {
        const ports = await portsUntilEnd(started);
        expect(await started.ended).toBe(2);
        expect(ports).toEqual([]);
      } finally {
        await started.stop();
      }
      expect(started.stderr()).toContain('This option is refused');
      expect(started.stderr()).toContain(given);
      expect(started.stderr()).not.toMatch(/listening on/i);
    });
  }

  test('shows its own page in every environment, and listens on no port', async ({ emptyFolder }) => {
    const env = { ...(await attackingEnvironment(emptyFolder)), ...ownFolders(emptyFolder) };
    const started = startInstalled(packaged('EDGE_PACKAGED_RELEASE'), [], env);
    try {
      // The foreign page would have ended it within two seconds.
      expect(await Promise.race([started.ended, wait(8_000, 'open')])).toBe('open');
      expect(await listeningPorts(started.pid)).toEqual([]);
      // Node opens its inspector at this signal, unless the fuse is off.
      process.kill(started.pid, 'SIGUSR1');
      await wait(1_000);
      expect(await listeningPorts(started.pid)).toEqual([]);
    } finally {
      await started.stop();
    }
    expect(started.stderr()).not.toMatch(/listening on/i);
    expect(await readdir(emptyFolder)).not.toContain('evil-ran');
  });

  test('trusts only its built-in keys, and contains no superfluous file', async () => {
    const resources = join(dirname(packaged('EDGE_PACKAGED_RELEASE')), 'resources');
    expect((await readdir(join(resources, 'trust'))).filter((name) => /\.(?:pub|pem|sec)$/.test(name))).toEqual([]);
    expect(await readdir(join(resources, 'bin'))).toEqual(['govc']);
    const files = listPackage(join(resources, 'app.asar'), { isPack: false });
    expect(files).toContain('/dist/renderer/index.html');
    expect(files.filter((path) => /\.(?:map|ts|sec|pub)$/.test(path))).toEqual([]);
  });
});

test.describe('the build for tests', () => {
  test('opens the port that the release refuses, which the test detects', async ({ emptyFolder }) => {
    const args = ['--remote-debugging-port=0'];
    const started = startInstalled(packaged('EDGE_PACKAGED'), args, ownFolders(emptyFolder));
    try {
      await expect.poll(() => listeningPorts(started.pid)).toHaveLength(1);
    } finally {
      await started.stop();
    }
  });

  test('ignores page, site, signer and demo in the environment', async ({ laptop }) => {
    await writeFile(join(laptop.folder, 'stranger.pub'), await signAsStranger(laptop.media));
    const env = await attackingEnvironment(laptop.folder);
    const wizard = new WizardPage(await laptop.open({ env }));
    await fillSiteAndNetwork(wizard, 'acme-metz');
    await expect(wizard.page).toHaveTitle(/Rainbow Edge Installer/);
    await expect(wizard.page.getByText('demo', { exact: false })).toHaveCount(0);
    expect(await wizard.saved()).not.toContain('foreign.yaml');
    await wizard.goTo('infrastructure');
    await wizard.field('Folder').fill(laptop.media);
    await wizard.lookAtMedia();
    await expect(wizard.mediaRefusal).toContainText('a key that this installer does not know');
  });

  test('opens its first site file, and keeps it when it is started again with another one', async ({ laptop }) => {
    const site = join(laptop.folder, 'José’s site.yaml');
    await writeFile(site, exampleSite);
    const wizard = new WizardPage(await laptop.open({ site }));
    await wizard.ready();
    await wizard.fillSite({ customer: 'Other', name: 'other', registered: 300, concurrent: 100 });
    expect(await wizard.saved()).toBe(site);

    const other = join(laptop.folder, 'other.yaml');
    await writeFile(other, exampleSite);
    const second = startInstalled(packaged('EDGE_PACKAGED'), [other], ownFolders(laptop.folder));
    expect(await second.ended).toBe(0);
    await wizard.fill('Customer', 'Still here');
    await expect.poll(() => readFile(site, 'utf8')).toContain('Still here');
    expect(await readFile(other, 'utf8')).toBe(exampleSite);

    // Proves the method of the release's test: a page that closes its window ends the application.
    const closed = wizard.page.waitForEvent('close');
    await wizard.page.evaluate('setTimeout(() => window.close(), 0)');
    await closed;
  });

  test('never starts an altered program in place of govc', async ({ laptop }) => {
    const copy = join(laptop.folder, 'installed');
    // Hard links: the folder has 290 MB.
    execFileSync('cp', ['--archive', '--link', dirname(packaged('EDGE_PACKAGED')), copy]);
    const govc = join(copy, 'resources', 'bin', 'govc');
    const trace = join(laptop.folder, 'trace');
    await rm(govc);
    await writeFile(govc, `#!/bin/sh\necho "$GOVC_URL" > '${trace}'\n`, { mode: 0o755 });

    const wizard = new WizardPage(await laptop.open({ program: join(copy, 'rainbow-edge-installer') }));
    await fillSiteAndNetwork(wizard, 'acme-metz');
    await wizard.goTo('infrastructure');
    const [host] = laptop.hosts;
    if (host === undefined) throw new Error('no host');
    const card = await wizard.tryEndpoint(1, { ...host, password: laptop.password });
    await expect(card).toContainText('The govc program was altered');
    expect(await readdir(laptop.folder)).not.toContain('trace');
  });
});
