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

const stateLine = z.object({
  state: z.object({
    sessions: z.number(),
    leases: z.number(),
    calls: z.record(z.string(), z.number()),
    folders: z.array(z.string()).nullable(),
  }),
});
export type SimulatorState = z.infer<typeof stateLine>['state'];

export interface Simulator {
  readonly address: { readonly host: string; readonly port: number };
  readonly fingerprint: string;
  /** Attempts to log in so far. */
  readonly logins: readonly { readonly username: string; readonly ok: boolean }[];
  /** Options of a client for this simulator, without the certificate. */
  readonly options: GovcOptions;
  /** A client with the pinned certificate; it is disposed of with the simulator. */
  client(options?: Partial<GovcOptions>): Govc;
  /** Open sessions and leases of the endpoint, and the calls so far. */
  state(): Promise<SimulatorState>;
  /** Disturbs calls by these rules, which replace all earlier rules. */
  disturb(rules: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

const password = 'simulator';

/** The real programs from build/bin, built first if they are missing or stale and Go is installed. */
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
  const child = spawn(simulator, ['--control', ...args], {
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
  const waiting: { readonly give: (line: string) => void; readonly refuse: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{"event":"held"')) waiting.shift()?.give(line);
  });
  child.once('exit', () => {
    const error = new Error(`The simulator ended early:\n${log.join('\n')}`);
    for (const { refuse } of waiting.splice(0)) refuse(error);
  });
  const answer = (): Promise<string> => new Promise((give, refuse) => waiting.push({ give, refuse }));
  const order = (wanted: object): Promise<string> => {
    child.stdin.write(`${JSON.stringify(wanted)}\n`);
    return answer();
  };
  const ready = readyLine.parse(JSON.parse(await answer()));
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
    state: async () => stateLine.parse(JSON.parse(await order({ do: 'state' }))).state,
    disturb: async (rules) => void (await order({ do: 'disturb', rules })),
    async stop() {
      await Promise.all(clients.map((client) => client.dispose()));
      child.stdin.end();
      await exited;
    },
  };
}
