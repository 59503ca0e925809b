/** `demo`: the product on a simulator in place of the customer's hosts. */
import { join, relative, resolve } from 'node:path';
import { failure, ok, type Result } from '../../core/base/errors.ts';
import { stages } from '../../core/run/event.ts';
import { exampleSite } from '../../core/site/example.ts';
import { composeProgram, composeSecrets } from '../compose/services.ts';
import { prepareDemoFolder, type DemoFolder, earlierPorts, writeDemoSite } from '../demo/sample-site.ts';
import { type SimulatedHost, startSimulator } from '../demo/simulator.ts';
import { answerAsAle, answerNewBundles } from '../demo/ale-answer.ts';
import { startGuests } from '../demo/guests/start-guests.ts';
import { startProgram } from '../system/processes/start.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import { vsphereSecretName } from '../../core/platform/vsphere/secret.ts';
import type { SecretStore } from '../adapters/secrets/secret-store.ts';
import { readPlannedSite } from '../runner/site-input.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say, tell } from './context.ts';
import { reportRun, type RunResult, runStages, sayTakeover } from './run-stages.ts';
import { run as serve } from './serve.ts';

export interface DemoOptions {
  readonly wizard: boolean;
  /** Default: `edge-demo` in the current folder. */
  readonly dir?: string;
  readonly port: number;
  readonly uploadRate?: string;
}

export const flags = ({ one, port }: Flag) => [
  one('--wizard', 'demo-wizard').default(false),
  one('--dir <folder>', 'demo-dir'),
  port(),
  one('--upload-rate <rate>', 'upload-rate'),
];

const hostCount = 2;

async function startHosts(
  context: CommandContext,
  demo: DemoFolder,
  uploadRate?: string,
): Promise<Result<SimulatedHost[]>> {
  const simulator = composeProgram(context.root, 'vsphere-simulator');
  const ports = await earlierPorts(demo.siteFile);
  const start = async (index: number, port: number): Promise<Result<SimulatedHost>> => {
    const binary = await simulator();
    if (!binary.ok) return binary;
    return startSimulator({
      binary: binary.value,
      folder: join(demo.folder, 'simulator', `esxi-${index + 1}`),
      port,
      password: demo.password,
      ...(uploadRate === undefined ? {} : { uploadRate }),
    });
  };
  const hosts: SimulatedHost[] = [];
  for (let index = 0; index < hostCount; index += 1) {
    const wanted = ports[index] ?? 0;
    const first = await start(index, wanted);
    // Another process may use the previous port now.
    const host = first.ok || wanted === 0 ? first : await start(index, 0);
    if (!host.ok) {
      await Promise.all(hosts.map((one) => one.stop()));
      return host;
    }
    hosts.push(host.value);
  }
  return ok(hosts);
}

/** The simulator's password is stored like every password. */
async function storePasswords(
  secrets: SecretStore,
  hosts: readonly SimulatedHost[],
  password: string,
): Promise<Result<void>> {
  for (const { url } of hosts) {
    const name = vsphereSecretName(url);
    if (!name.ok) return name;
    const stored = await secrets.get(name.value);
    if (!stored.ok) return stored;
    if (stored.value === password) continue;
    const written = await secrets.set(name.value, password);
    if (!written.ok) return written;
  }
  return ok(undefined);
}

export async function run(base: CommandContext, options: DemoOptions): Promise<number> {
  const prepared = await prepareDemoFolder(resolve(options.dir ?? 'edge-demo'), new Date());
  if (!prepared.ok) return report(base, prepared.failure);
  const folder = prepared.value;
  const hosts = await startHosts(base, folder, options.uploadRate);
  if (!hosts.ok) return report(base, hosts.failure);
  const guests = await startGuests(join(folder.folder, 'guests'), hosts.value);
  if (!guests.ok) {
    await Promise.all(hosts.value.map((host) => host.stop()));
    return report(base, guests.failure);
  }
  const { guestAddress, addressFile } = guests.value;
  const ending = new AbortController();
  // A separate vault, so that the demo does not write to the user's keychain.
  const secrets = composeSecrets(folder.vault, () => readPassphraseFile(folder.passphraseFile));
  const context: CommandContext = {
    ...base,
    secrets,
    services: (more) =>
      base.services({ ...more, secrets, stateDir: folder.stateDir, trust: [folder.trust], guestAddress }),
  };
  let ale = Promise.resolve();
  try {
    const written = await writeDemoSite(folder, exampleSite, hosts.value);
    if (!written.ok) return report(context, written.failure);
    const stored = await storePasswords(secrets, hosts.value, folder.password);
    if (!stored.ok) return report(context, stored.failure);
    if (!context.json) tell(context.text('demo.simulated'));
    if (!options.wizard) return await deployAll(context, folder);
    ale = answerNewBundles(folder, ending.signal);
    return await showWizard(context, { ...folder, addressFile }, options.port);
  } finally {
    ending.abort();
    await ale;
    await guests.value.stop();
    await Promise.all(hosts.value.map((host) => host.stop()));
  }
}

/** The whole job: the run ends with the wait for ALE's answer, ALE answers, and the next run goes on to the seal. */
async function deployAll(context: CommandContext, demo: DemoFolder): Promise<number> {
  const { siteFile, out } = demo;
  const services = await context.services();
  if (!services.ok) return report(context, services.failure);
  if (!context.json) tell(paint('bold', context.text('demo.start'), process.stderr));
  const planned = await readPlannedSite(siteFile);
  if (!planned.ok) return report(context, planned.failure);
  const first = await runStages(context, services.value, planned.value, { stages, out });
  if (!first.ok) return reportRun(context, siteFile, first);
  let end = first.value;
  const bundle = end.files.find((path) => path.endsWith('.age'));
  if (end.waitingFor === 'ale-answer' && bundle !== undefined) {
    if (!context.json) tell(context.text('demo.answer'));
    const answered = await answerAsAle(demo, bundle, new Date());
    if (!answered.ok) return report(context, answered.failure);
    const second = await runStages(context, services.value, planned.value, { stages, out });
    if (!second.ok) return reportRun(context, siteFile, second);
    const { confirmationCode = end.confirmationCode, files, ...more } = second.value;
    const code = confirmationCode === undefined ? {} : { confirmationCode };
    const outcome = end.vms.changed > 0 && more.outcome === 'nothing-to-do' ? 'done' : more.outcome;
    end = { ...more, outcome, vms: end.vms, files: [...new Set([...end.files, ...files])], ...code };
  }
  print(context, { ...end, siteFile, out }, () => sayEnd(context, end, siteFile));
  return 0;
}

const near = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
};

function sayEnd(context: CommandContext, result: RunResult, siteFile: string): void {
  const { text } = context;
  const { outcome, vms, files, confirmationCode } = result;
  const find = (ending: string): string => near(files.find((path) => path.endsWith(ending)) ?? '');
  say();
  say(
    `${paint('green', '✓')} ${
      outcome === 'nothing-to-do'
        ? text('demo.nothing-to-do', { total: vms.total })
        : text('demo.deployed', { changed: vms.changed, total: vms.total })
    }`,
  );
  sayTakeover(context, result);
  if (result.waitingFor !== undefined)
    say(`${paint('yellow', '…')} ${text(`deploy.waiting-for.${result.waitingFor}`)}`);
  say(`  ${text('demo.site')}  ${near(siteFile)}`);
  say(`  ${text('demo.summary')}  ${find('.pdf')}  (.html .json .csv)`);
  if (confirmationCode !== undefined) {
    say(`  ${text('demo.handover')}  ${find('.age')}  ${text('demo.code', { code: confirmationCode })}`);
  }
  say(`  ${text('demo.wizard')}  npm run demo -- --wizard`);
}

interface WindowInput extends DemoFolder {
  /** Where the guests listen. */
  readonly addressFile: string;
}

/** The window if Electron can run (its path is in the environment), else the page. */
async function showWizard(context: CommandContext, folder: WindowInput, port: number): Promise<number> {
  const electron = process.env.EDGE_ELECTRON;
  if (electron !== undefined && electron !== '') return openWindow(context, folder, electron);
  const why = process.env.EDGE_NO_ELECTRON;
  if (why && !context.json) tell(why);
  return serve(context, folder.siteFile, { port, trust: [], demo: true });
}

function openWindow(context: CommandContext, folder: WindowInput, electron: string): Promise<number> {
  return new Promise((done) => {
    const window = startProgram(electron, [context.root.folder], {
      streams: 'terminal',
      env: {
        EDGE_SITE: folder.siteFile,
        EDGE_VAULT: folder.vault,
        EDGE_VAULT_PASSPHRASE_FILE: folder.passphraseFile,
        EDGE_TRUST: folder.trust,
        EDGE_STATE_DIR: folder.stateDir,
        EDGE_DEMO: '1',
        EDGE_DEMO_GUESTS: folder.addressFile,
      },
    });
    const stop = (): void => void window.kill('SIGTERM');
    context.signal.addEventListener('abort', stop, { once: true });
    window.once('error', (error) => {
      done(report(context, failure('operation', 'demo.window-failed', { message: error.message })));
    });
    window.once('exit', (code) => done(code === 0 || context.signal.aborted ? 0 : 1));
  });
}
