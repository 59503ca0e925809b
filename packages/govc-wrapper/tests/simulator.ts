import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { buildVsphere } from '../../../tools/vsphere/build.mjs';
import { createGovc } from '../src/govc.ts';
import type { Govc, GovcOptions } from '../src/govc.ts';

const readyLine = z.object({ url: z.string(), fingerprint: z.string(), username: z.string(), pid: z.number() });
const loginLine = z.object({ event: z.literal('login'), username: z.string(), ok: z.boolean() });

export interface Simulator {
  readonly address: { readonly host: string; readonly port: number };
  readonly fingerprint: string;
  /** Attempts to log in so far. */
  readonly logins: readonly { readonly username: string; readonly ok: boolean }[];
  /** What a client of this simulator needs, its certificate left out. */
  readonly options: GovcOptions;
  /** A client that has pinned the certificate; it is disposed of with the simulator. */
  client(options?: Partial<GovcOptions>): Govc;
  stop(): Promise<void>;
}

const password = 'simulator';

/** The real programs from build/bin, built first where they are missing or stale and Go is there. */
export function programs(): { readonly govc: string; readonly simulator: string } {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const inBin = (name: string): string =>
    fileURLToPath(new URL(`../../../build/bin/${name}${suffix}`, import.meta.url));
  const existing = { govc: inBin('govc'), simulator: inBin('vsphere-simulator') };
  try {
    return buildVsphere();
  } catch (error) {
    if (existsSync(existing.govc) && existsSync(existing.simulator)) return existing;
    throw error;
  }
}

/** Starts one simulated endpoint on a free port; it ends with this process at the latest. */
export async function startSimulator(args: readonly string[] = [], secret = password): Promise<Simulator> {
  const { govc, simulator } = programs();
  const child = spawn(simulator, ['--exit-with-parent', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, VSPHERE_SIMULATOR_PASSWORD: secret },
  });
  const logins: z.infer<typeof loginLine>[] = [];
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    if (line.startsWith('{')) logins.push(loginLine.parse(JSON.parse(line)));
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const first = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The simulator ended early:\n${log.join('\n')}`)));
  });
  const ready = readyLine.parse(JSON.parse(first));
  const { hostname: host, port } = new URL(ready.url);
  const address = { host, port: Number(port) };
  const clients: Govc[] = [];
  const options: GovcOptions = { binary: govc, ...address, username: ready.username, password: secret };
  return {
    address,
    fingerprint: ready.fingerprint,
    logins,
    options,
    client(further = {}) {
      const client = createGovc({ ...options, fingerprint: ready.fingerprint, ...further });
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.dispose()));
      child.stdin.end();
      await exited;
    },
  };
}
