/** Measurements for the tests of the bed: answers to pings, and the namespaces and processes of a bed. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../../testbed/bed.ts';
import type { Machine } from '../../testbed/machines.ts';

export async function until(what: string, holds: () => Promise<boolean>, limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await sleep(100);
  }
}

export const pings = async (from: Machine, address: string): Promise<boolean> =>
  (await from.run(['ping', '-c3', '-i0.2', '-W1', address])).code === 0;

/** Round-trip times in milliseconds. */
export async function roundTrips(from: Machine, address: string, count: number): Promise<number[]> {
  const output = await from.must(['ping', '-c', String(count), '-i', '0.1', address]);
  return [...output.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time));
}

/** Ids of the namespaces of these processes. */
const namespacesOf = (pids: readonly number[]): Set<string> =>
  new Set(pids.flatMap((pid) => ['net', 'mnt', 'pid'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`))));

/** Processes of this computer that are in one of these namespaces. */
export function processesIn(namespaces: ReadonlySet<string>): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return ['net', 'mnt', 'pid'].some((kind) => namespaces.has(readlinkSync(`/proc/${name}/ns/${kind}`)));
    } catch {
      return false;
    }
  });
}

export const machinesOf = ({ installer, gateways, client, noc, intruder, internet, hosts, wire }: Bed): Machine[] => [
  installer,
  ...gateways,
  client,
  noc,
  intruder,
  internet,
  hosts,
  wire,
];

const own = namespacesOf([process.pid]);
export const bedNamespaces = (pids: readonly number[]): Set<string> =>
  new Set([...namespacesOf(pids)].filter((id) => !own.has(id)));
