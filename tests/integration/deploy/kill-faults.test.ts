import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { killTree } from './cli-process.ts';
import {
  deployOne,
  expectRecovery,
  expectTyped,
  type FaultLaboratory,
  noGovcLeft,
  openFaultLaboratory,
  startInstaller,
} from './fault-laboratory.ts';
import { fixedSeed as seed } from '../../fixtures/random-numbers.ts';
import { chosen, type Kill, kills, type Point } from './fault-table.ts';
import { type CallRule, govcProcesses } from './laboratory.ts';

let lab: FaultLaboratory;
let imageBytes = 0;
let calls = 0;
beforeAll(async () => {
  lab = await openFaultLaboratory();
  // The image is the disk and a descriptor of some KiB.
  imageBytes = (await stat(join(lab.media, 'all-in-one.ova'))).size - 16_384;
  calls = Object.values(lab.whole.calls).reduce((sum, count) => sum + count, 0);
});
afterAll(() => lab?.close());
beforeEach(() => lab.host.clear());

const ruleAt = (point: Point): CallRule => {
  const held = { action: 'hold', count: 1 } as const;
  if (point.at === 'share') return { ...held, method: '*', skip: Math.floor(point.share * calls * 0.98) };
  if (point.at === 'upload') return { ...held, method: 'upload', atBytes: Math.ceil(point.share * imageBytes) };
  return { ...held, method: point.method, skip: point.skip, after: point.after };
};

const nameOf = ({ victim, signal, point }: Kill): string => {
  if (point.at === 'share') return `${signal} of ${victim} at ${String(Math.round(point.share * 100))} % of the calls`;
  if (point.at === 'upload') return `${signal} of ${victim} at ${String(point.share * 100)} % of the upload`;
  return `${signal} of ${victim} ${point.after ? 'after' : 'before'} ${point.method} ${String(point.skip + 1)}`;
};

/** Kills the process at the point and returns the number of sessions that stay open. */
async function killInstaller(kill: Kill): Promise<number> {
  const installer = await startInstaller(lab);
  const held = lab.host.nextHeld().then(() => 'held');
  await lab.host.disturb([ruleAt(kill.point)]);
  installer.begin();
  expect(await Promise.race([held, installer.end.then(() => 'ended')])).toBe('held');
  const { pid } = installer.child;
  if (pid === undefined) throw new Error('no process');
  // The process must not start another govc between the count and the kill.
  process.kill(pid, 'SIGSTOP');
  const orphans = govcProcesses([lab.host]).length;
  expect(orphans).toBeGreaterThan(0);
  if (kill.victim === 'installer') installer.child.kill('SIGKILL');
  else killTree(pid);
  await installer.end;
  await lab.host.disturb([]);
  // A user needs longer to start the next run.
  await noGovcLeft(lab, 2_000);
  return kill.victim === 'installer' ? 0 : orphans;
}

async function killGovc(kill: Kill): Promise<number> {
  const held = lab.host.nextHeld().then(() => undefined);
  await lab.host.disturb([ruleAt(kill.point)]);
  const running = deployOne(lab);
  const early = await Promise.race([held, running]);
  expect(early, 'the point was not reached').toBeUndefined();
  const victims = govcProcesses([lab.host]);
  expect(victims.length).toBeGreaterThan(0);
  for (const pid of victims) process.kill(pid, kill.signal);
  await lab.host.disturb([]);
  const { result } = await running;
  if (!result.ok) expectTyped(lab, result.failure);
  return kill.signal === 'SIGKILL' ? victims.length : 0;
}

const rows = chosen(kills, 3);
console.log(`kills: ${String(rows.length)} of ${String(kills.length)}, seed ${String(seed)}`);

describe('a killed deployment is complete after the next run', () => {
  it.each(rows.map((row) => [nameOf(row), row] as const))('%s', async (_name, kill) => {
    const lost = kill.victim === 'govc' ? await killGovc(kill) : await killInstaller(kill);
    expect((await expectRecovery(lab, lost)).result.ok).toBe(true);
  });
});
