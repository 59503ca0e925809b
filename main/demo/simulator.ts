/**
 * Starts the embedded vSphere simulator: one process per standalone ESXi host, on loopback, with a persistent
 * inventory.
 */
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { FailureSignal, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { startProgram } from '../system/processes/start.ts';
import type { SimulatedVm } from './guests/machine.ts';
import type { GuestHost } from './guests/start-guests.ts';

export interface SimulatedHost extends GuestHost {
  readonly url: string;
  readonly fingerprint: string;
  readonly username: string;
  stop(): Promise<void>;
}

export interface SimulatorOptions {
  readonly binary: string;
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
  readonly password: string;
  /** Bytes per second of an upload, as the simulator reads it: `2MiB`. */
  readonly uploadRate?: string;
}

/** Time limit of a start, in ms: the first start generates a key. */
const startLimit = 30_000;

/** Two datastores and two port groups, and capacity for the small footprint on each host. */
const inventory: readonly string[] = [
  '-kind',
  'esx',
  '-datastore',
  'standard-perf=24TB',
  '-datastore',
  'high-perf=12TB',
  '-port-group',
  'EDGE-LAN:20',
  '-port-group',
  'EDGE-WAN:30',
  '-host-cores',
  '32',
  '-host-memory',
  '512GiB',
];

const broken = (message: string): FailureSignal =>
  new FailureSignal(failure('operation', 'demo.simulator-failed', { message }));

interface Control {
  /** The line that the simulator prints when it is ready. */
  readonly ready: Promise<Result<string>>;
  /** Sends an order; rejects where the simulator refuses it or has ended. */
  readonly order: (wanted: object) => Promise<Answer>;
}

interface Answer {
  readonly error?: string;
  readonly state?: { readonly vms: readonly SimulatedVm[] | null };
}

/** Each order is a line, and each answer is one. */
function controlOf(child: ReturnType<typeof startProgram>): Control {
  const waiting: { readonly take: (line: string) => void; readonly giveUp: (reason: string) => void }[] = [];
  let complaint = '';
  const end = (reason: string): void => {
    for (const { giveUp } of waiting.splice(0)) giveUp(reason);
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-400);
  });
  child.once('error', (error) => end(error.message));
  child.once('exit', () => end(complaint.trim()));
  // An order to a simulator that has ended: its exit gives up.
  child.stdin?.on('error', () => undefined);
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.take(line));
  const next = (): Promise<Result<string>> =>
    new Promise((resolve) => {
      const giveUp = (message: string): void =>
        resolve(fail(failure('operation', 'demo.simulator-failed', { message })));
      waiting.push({ take: (line) => resolve(ok(line)), giveUp });
    });
  const timer = setTimeout(() => end(complaint.trim()), startLimit);
  const ready = next().finally(() => clearTimeout(timer));
  return {
    ready,
    order: async (wanted) => {
      if (child.exitCode !== null || child.signalCode !== null) throw broken('the simulator has ended');
      const line = next();
      child.stdin?.write(`${JSON.stringify(wanted)}\n`);
      const given = await line;
      if (!given.ok) throw broken('the simulator has ended');
      const answer = JSON.parse(given.value) as Answer;
      if (answer.error !== undefined && answer.error !== '') throw broken(answer.error);
      return answer;
    },
  };
}

/** Fails with `demo.simulator-failed` and `files.*`. The simulator ends with this process, also if that is killed. */
export async function startSimulator(options: SimulatorOptions): Promise<Result<SimulatedHost>> {
  const state = join(options.folder, 'inventory.json');
  const made = await makeFolder(dirname(state));
  if (!made.ok) return made;
  const child = startProgram(
    options.binary,
    [
      ...inventory,
      '-listen',
      `127.0.0.1:${options.port}`,
      '-tls-dir',
      join(options.folder, 'tls'),
      '-state',
      state,
      '-control',
      ...(options.uploadRate === undefined ? [] : ['-upload-rate', options.uploadRate]),
    ],
    // Its own process group: Ctrl-C reaches only this process, which then ends the simulator in order.
    { streams: 'piped', ownGroup: true, env: { VSPHERE_SIMULATOR_PASSWORD: options.password } },
  );
  const { ready: started, order } = controlOf(child);
  const line = await started;
  if (!line.ok) return line;
  const ready = JSON.parse(line.value) as { url: string; fingerprint: string; username: string };
  return ok({
    ...ready,
    vms: async () => (await order({ do: 'vms' })).state?.vms ?? [],
    publish: async (id, key, value) => void (await order({ do: 'publish', id, key, value })),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.stdin?.end();
      }),
  });
}
