/** Two laptops deploy the same site to the same host at once, and rollback removes their VMs and folders. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunEvent } from '../../../core/run/event.ts';
import { plainEnvironment, startCli } from './cli-process.ts';
import { type Host, type Laboratory, openLaboratory, run } from './laboratory.ts';

const vms = ['lab-all-in-one-1', 'lab-backup-1'];
const stranger = 'somebody-elses-database';

let lab: Laboratory;
let host: Host;
beforeAll(async () => {
  lab = await openLaboratory({ hosts: [['-vm', stranger, '-lease-seconds', '6']] });
  const [first] = lab.hosts;
  if (first === undefined) throw new Error('no host');
  host = first;
});
afterAll(() => lab?.close());

const rollback = async (): Promise<string[]> => {
  const command = ['rollback', lab.siteFile, '--yes', 'lab', '--vault', lab.vault, '--json'];
  const { code, stdout, stderr } = await startCli(plainEnvironment(lab), command).end;
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  return (JSON.parse(stdout) as { readonly removed: string[] }).removed;
};

const expectOnlyStranger = async (): Promise<void> => {
  const now = await host.state();
  expect((now.vms ?? []).map(({ name }) => name)).toEqual([stranger]);
  expect(now.folders).toEqual([`[standard-perf] ${stranger}`]);
  expect([now.leases, now.sessions]).toEqual([0, 0]);
};

it('rollback removes all remains of two laptops that deployed at once', async () => {
  const other = { ...lab, services: { ...lab.services, stateDir: `${lab.stateDir}-2` } };
  const ends = await Promise.all([run(lab, { vms }), run(other, { vms })]);
  for (const { result } of ends) if (!result.ok) expect(result.failure.code).not.toBe('common.unexpected');
  const removed = await rollback();
  expect(new Set(removed)).toEqual(new Set(vms));
  await expectOnlyStranger();
  // Now only one laptop uses the host.
  expect((await run(lab, { vms })).result).toEqual({ ok: true, value: 'done' });
});

it('rollback removes the folder of an import that was stopped after its data disks', async () => {
  expect(new Set(await rollback())).toEqual(new Set(vms));
  await expectOnlyStranger();
  // The folder for a data disk exists, the disk does not.
  await host.disturb([{ method: 'ReconfigVM_Task', action: 'fault', fault: 'SystemError', skip: 1 }]);
  expect((await run(lab, { vms: ['lab-all-in-one-1'] })).result.ok).toBe(false);
  await host.disturb([]);
  expect((await host.state()).folders).toContain('[high-perf] lab-all-in-one-1');
  expect(await rollback()).toEqual(['lab-all-in-one-1']);
  await expectOnlyStranger();
});

it('a run reports that it waits for the lease of a killed import, and can be stopped', async () => {
  // The reply that names the lease is lost, so it cannot be aborted.
  await host.disturb([{ method: 'ImportVApp', action: 'cut', after: true, count: 1 }]);
  const only = { vms: ['lab-backup-1'] };
  expect((await run(lab, only)).result).toMatchObject({ failure: { code: 'vsphere.unreachable' } });
  const abort = new AbortController();
  const isWaiting = (event: RunEvent): boolean => event.kind === 'operation-waiting';
  const stopped = await run(lab, {
    ...only,
    signal: abort.signal,
    onEvent: (event) => {
      if (isWaiting(event)) abort.abort();
    },
  });
  expect(stopped.events.filter(isWaiting)).toHaveLength(1);
  expect(stopped.result).toMatchObject({ failure: { kind: 'cancelled' } });
  const last = await run(lab, only);
  expect(last.result).toEqual({ ok: true, value: 'done' });
  expect(await rollback()).toEqual(['lab-backup-1']);
  await expectOnlyStranger();
});
