/** Starts the embedded vSphere simulator: one process per standalone ESXi host, on loopback, with a persistent inventory. */
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { startProgram } from '../system/processes/start.ts';

export interface SimulatedHost {
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

function firstLine(child: ReturnType<typeof startProgram>): Promise<Result<string>> {
  return new Promise((resolve) => {
    let complaint = '';
    const stopped = (message: string): void => {
      clearTimeout(timer);
      resolve(fail(failure('operation', 'demo.simulator-failed', { message })));
    };
    const timer = setTimeout(() => stopped(complaint), startLimit);
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(-400);
    });
    child.once('error', (error) => stopped(error.message));
    child.once('exit', () => stopped(complaint.trim()));
    if (child.stdout) {
      createInterface({ input: child.stdout }).once('line', (line) => {
        clearTimeout(timer);
        resolve(ok(line));
      });
    }
  });
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
      '-exit-with-parent',
      ...(options.uploadRate === undefined ? [] : ['-upload-rate', options.uploadRate]),
    ],
    // Its own process group: Ctrl-C reaches only this process, which then ends the simulator in order.
    { streams: 'piped', ownGroup: true, env: { VSPHERE_SIMULATOR_PASSWORD: options.password } },
  );
  const line = await firstLine(child);
  if (!line.ok) return line;
  const ready = JSON.parse(line.value) as { url: string; fingerprint: string; username: string };
  return ok({
    ...ready,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.stdin?.end();
      }),
  });
}
