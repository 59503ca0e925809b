/** Number of processes and calls of a deployment, counted by a wrapper of govc and by the hosts. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fail, failure } from '../../../core/base/errors.ts';
import { endpointAt, readEndpoints, withEndpoints } from '../../../main/runner/endpoints.ts';
import { type PlannedSite, readPlannedSite } from '../../../main/runner/site-input.ts';
import { programPath } from '../../../main/compose/services.ts';
import { type Laboratory, openLaboratory, root, run, value } from './laboratory.ts';

let lab: Laboratory;
let counted: Laboratory;
let planned: PlannedSite;
let trace = '';

/** Names of the govc commands since the last query. */
async function commands(): Promise<Record<string, number>> {
  const lines = (await readFile(trace, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  await writeFile(trace, '');
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}
const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const logins = async (): Promise<number[]> =>
  Promise.all(lab.hosts.map(async (host) => (await host.state()).calls['Login'] ?? 0));

beforeAll(async () => {
  lab = await openLaboratory();
  planned = value(await readPlannedSite(lab.siteFile));
  trace = join(lab.folder, 'trace');
  const script = join(lab.folder, 'counting-govc');
  const govc = programPath(root, 'govc');
  await writeFile(script, `#!/bin/sh\necho "$1" >> '${trace}'\nexec '${govc}' "$@"\n`);
  await chmod(script, 0o755);
  counted = { ...lab, services: { ...lab.services, govcProgram: async () => ({ ok: true, value: script }) } };
});
afterAll(() => lab?.close());

describe('a deployment of the small footprint', () => {
  it('takes at most 8 govc processes per VM, including fixed ones, and reads each host once', async () => {
    expect((await run(counted)).result).toEqual({ ok: true, value: 'done' });
    const counts = await commands();
    const vms = planned.plan.vms.length;
    expect(counts).toEqual({ 'session.keep': 2, 'inventory.collect': 2, 'import.ova': vms, 'vm.apply': vms });
    expect(total(counts) / vms).toBeLessThanOrEqual(8);
  });

  it('logs in once at each host and leaves no session, no lease and no cookie', async () => {
    expect(await logins()).toEqual([1, 1]);
    for (const host of lab.hosts) expect(await host.state()).toMatchObject({ sessions: 0, leases: 0 });
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`govc-${process.pid}-`));
    expect(left).toEqual([]);
  });

  it('reads each host once more without changes, and no single VM', async () => {
    expect((await run(counted)).result).toEqual({ ok: true, value: 'nothing-to-do' });
    expect(await commands()).toEqual({ 'session.keep': 2, 'inventory.collect': 2 });
  });

  it('reads the status with two processes per host', async () => {
    const readings = await withEndpoints(counted.services, planned.site, (endpoints) => readEndpoints(endpoints));
    expect(readings.map(({ inventory }) => (inventory?.machines.length ?? 0) > 0)).toEqual([true, true]);
    expect(await commands()).toEqual({ 'session.keep': 2, 'inventory.collect': 2 });
  });

  it('makes only the changes of a VM that differs', async () => {
    const [first] = planned.plan.vms;
    if (first === undefined) throw new Error('no VM');
    await withEndpoints(lab.services, planned.site, async (endpoints) => {
      const opened = value(endpointAt(endpoints, first) ?? fail(failure('operation', 'deploy.no-endpoint')));
      const machine = value(await opened.find(first.name));
      if (machine?.owner === undefined) throw new Error(first.name);
      value(await opened.change(machine, [{ kind: 'mark', owner: { ...machine.owner, plan: 'another' } }]));
    });
    expect((await run(counted)).result).toEqual({ ok: true, value: 'done' });
    expect(await commands()).toEqual({ 'session.keep': 2, 'inventory.collect': 2, 'vm.apply': 1 });
  });
});

describe('a session that ends in the middle of a run', () => {
  it('is renewed, and the read continues', async () => {
    const before = await logins();
    const rules = [{ method: 'CreateContainerView', action: 'fault', fault: 'NotAuthenticated', count: 1 }] as const;
    await Promise.all(lab.hosts.map((host) => host.disturb(rules)));
    const readings = await withEndpoints(lab.services, planned.site, (endpoints) => readEndpoints(endpoints));
    expect(readings.every(({ failure }) => failure === undefined)).toBe(true);
    expect(await logins()).toEqual(before.map((count) => count + 2));
    for (const host of lab.hosts) expect((await host.state()).sessions).toBe(0);
  });
});
