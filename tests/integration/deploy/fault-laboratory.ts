/** A laboratory for faults: one host with fault rules, one VM, and the conditions that hold after every fault. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Failure } from '../../../core/base/errors.ts';
import { failureInWords } from '../../../core/base/text.ts';
import {
  deployStages,
  govcProcesses,
  type Host,
  type HostState,
  type Laboratory,
  openLaboratory,
  run,
  type RunEnd,
  type RunHow,
} from './laboratory.ts';

/** Two NICs, a data disk on another datastore than its own: every operation of a deployment. */
export const vmName = 'lab-all-in-one-1';
/** Longer than the two seconds between two renewals by govc. */
const leaseSeconds = 5;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface FaultLaboratory extends Laboratory {
  readonly host: Host;
  /** The state of the host after a deployment without a fault. */
  readonly whole: HostState;
  /** Folder for the clients' private folders. */
  readonly temporary: string;
}

export async function openFaultLaboratory(): Promise<FaultLaboratory> {
  const lab = await openLaboratory({ hosts: [[`-lease-seconds=${String(leaseSeconds)}`]] });
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('no host');
  const temporary = join(lab.folder, 'temporary');
  await mkdir(temporary);
  process.env['TMPDIR'] = temporary;
  const services = { ...lab.services, endpointTimeouts: { uploadStall: 3_000, read: 20_000, change: 20_000 } };
  const open = { ...lab, services, host, temporary };
  const first = await deployOne(open);
  expect(first.result).toEqual({ ok: true, value: 'done' });
  return { ...open, whole: await host.state() };
}

/** Preflight is left out: it makes the same calls as the deployment. */
export const deployOne = (lab: Laboratory, how: RunHow = {}): Promise<RunEnd> =>
  run(lab, { stages: deployStages.filter((stage) => stage !== 'preflight'), vms: [vmName], ...how });

export interface Installer {
  readonly child: ChildProcess;
  begin(): void;
  readonly end: Promise<unknown>;
}

/** The same deployment in a separate process, to be killed. */
export async function startInstaller(lab: FaultLaboratory): Promise<Installer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'deploy-one.ts'), lab.folder, vmName], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: lab.temporary },
  });
  const end = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), end]);
  return { child, begin: () => void child.stdin.write('go\n'), end };
}

/** Waits until no govc of this host runs any more. */
export async function noGovcLeft(lab: FaultLaboratory, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (govcProcesses([lab.host]).length > 0 && Date.now() < deadline) await pause(20);
}

/** Checks that the failure has title, detail and remedy. */
export function expectTyped(lab: Laboratory, reason: Failure): void {
  expect(reason.code).not.toBe('common.unexpected');
  const words = failureInWords(lab.services.text, reason);
  for (const part of [words.title, words.detail, words.remedy]) {
    expect(part.length, reason.code).toBeGreaterThan(5);
    expect(part, reason.code).not.toContain(reason.code);
  }
}

/**
 * Runs the deployment again at once, then checks for all remains of a fault. `sessions` may be open: those of
 * a govc that was killed, or whose login got no reply.
 */
export async function expectRecovery(lab: FaultLaboratory, sessions: number): Promise<RunEnd> {
  await lab.host.disturb([]);
  const again = await deployOne(lab);
  if (!again.result.ok) throw new Error(`the rerun failed: ${JSON.stringify(again.result.failure)}`);
  await noGovcLeft(lab, 15_000);
  expect(govcProcesses([lab.host])).toEqual([]);
  const now = await lab.host.state();
  expect(comparable(now)).toEqual(comparable(lab.whole));
  expect(now.folders).toEqual(lab.whole.folders);
  expect(now.leases).toBe(0);
  expect(now.sessions).toBeLessThanOrEqual(sessions);
  expect(await readdir(lab.temporary)).toEqual([]);
  const site = join(lab.stateDir, 'sites', 'lab');
  expect((await readdir(site)).filter((name) => name.startsWith('lock'))).toEqual([]);
  await expectWholeJournals(join(site, 'runs'));
  return again;
}

/**
 * VMs without the ids that differ in every deployment: vSphere's, which is passed to the guest, and the simulator's.
 */
const comparable = ({ vms }: HostState): unknown =>
  JSON.parse(
    JSON.stringify(vms)
      .replaceAll(/esxId=\\"vm-\d+/g, 'esxId')
      .replaceAll(/"id":"[A-Z2-7]{26}"/g, '"id":""'),
  );

async function expectWholeJournals(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).toSorted().slice(-2)) {
    const lines = (await readFile(join(folder, name), 'utf8')).split('\n').filter((line) => line !== '');
    const kinds = lines.map((line) => (JSON.parse(line) as { readonly kind: string }).kind);
    expect(kinds[0], name).toBe('run-started');
    expect(kinds.slice(0, -1), name).not.toContain('run-finished');
  }
}
