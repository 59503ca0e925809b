import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tagKeys } from '../../../core/platform/vsphere/tags.ts';
import { isBlocking } from '../../../core/base/findings.ts';
import type { Plan } from '../../../core/plan/model.ts';
import { closeEndpoints, readEndpoints, openEndpoints } from '../../../main/runner/endpoints.ts';
import { keptMedia } from '../../../main/records/kept-media.ts';
import { keptRuns } from '../../../main/records/journal.ts';
import { reconcileSite } from '../../../main/runner/inventory.ts';
import { recordOf } from '../../../main/runner/summary.ts';
import { readPlannedSite, type PlannedSite } from '../../../main/runner/site-input.ts';
import {
  deployStages,
  govcProcesses,
  keptVms,
  type KeptVm,
  type Laboratory,
  openLaboratory,
  run,
  type RunEnd,
  value,
} from './laboratory.ts';

let lab: Laboratory;
let planned: PlannedSite;
let plan: Plan;
let first: RunEnd;
let inventory: (KeptVm & { readonly host: number })[];

/** A foreign VM on the first host. */
const stranger = 'somebody-elses-database';

async function readInventory(): Promise<typeof inventory> {
  const lists = await Promise.all(lab.hosts.map((host) => keptVms(host)));
  return lists.flatMap((vms, host) => vms.map((vm) => ({ ...vm, host })));
}

beforeAll(async () => {
  lab = await openLaboratory({ hosts: [['-vm', stranger], []] });
  planned = value(await readPlannedSite(lab.siteFile));
  plan = planned.plan;
  first = await run(lab);
  inventory = await readInventory();
});
afterAll(() => lab?.close());

describe('a deployment of the small footprint', () => {
  it('succeeds, with every stage in order', () => {
    expect(first.result).toEqual({ ok: true, value: 'done' });
    const stages = first.events.flatMap((event) =>
      event.kind === 'stage-finished' ? [[event.stage, event.outcome]] : [],
    );
    expect(stages).toEqual(deployStages.map((stage) => [stage, 'done']));
    expect(first.events.map(({ sequence }) => sequence)).toEqual(first.events.map((_event, index) => index + 1));
  });

  it('makes exactly the planned VMs, beside the existing ones', () => {
    expect(inventory.map(({ name }) => name).toSorted()).toEqual(
      [...plan.vms.map(({ name }) => name), stranger].toSorted(),
    );
  });

  it('gives each VM its planned values', async () => {
    const images = new Map(
      (await keptMedia(lab.stateDir, plan.site))?.images.flatMap((one) => one.components.map((name) => [name, one])),
    );
    const datastores = { standard: 'standard-perf', premium: 'high-perf' };
    const networks = { lan: 'EDGE-LAN', wan: 'EDGE-WAN' };
    for (const vm of plan.vms) {
      const found = inventory.find(({ name }) => name === vm.name);
      expect(found, vm.name).toMatchObject({
        host: vm.endpointIndex,
        cpus: vm.vcpu,
        memoryMb: vm.memoryGb * 1024,
        poweredOn: true,
        annotation: `rainbow-edge-installer site=lab vm=${vm.name} component=${vm.component}`,
        networks: vm.nics.map(({ network }) => networks[network]),
      });
      const disks = found?.disks.map(({ file, kb }) => ({
        datastore: /^\[(.*?)\]/.exec(file)?.[1],
        gb: kb / 1024 ** 2,
      }));
      expect(disks, vm.name).toEqual(vm.disks.map((disk) => ({ datastore: datastores[disk.class], gb: disk.sizeGb })));
      expect(found?.extraConfig, vm.name).toMatchObject({
        [tagKeys.site]: 'lab',
        [tagKeys.component]: vm.component,
        [tagKeys.vm]: vm.name,
        [tagKeys.plan]: planned.planDigest,
        [tagKeys.image]: images.get(vm.component)?.sha256,
        [tagKeys.stage]: 'configured',
      });
    }
  });

  it('tells the guest its name and addresses, and no secret', async () => {
    const [vm] = plan.vms;
    const found = inventory.find(({ name }) => name === vm?.name);
    const environment = found?.extraConfig?.['guestinfo.ovfEnv'] ?? '';
    expect(environment).toContain(`oe:key="hostname" oe:value="${vm?.name}"`);
    expect(environment).toContain(`oe:key="lan_ip" oe:value="${vm?.nics[0]?.addresses[0]}"`);
    const key = value(await lab.secrets.get(`wireguard/${vm?.name}`)) ?? '';
    expect(key.length).toBeGreaterThan(20);
    expect(JSON.stringify(inventory)).not.toContain(key);
  });

  it('makes keys for both gateways', async () => {
    expect(value(await lab.secrets.list()).filter((name) => name.startsWith('wireguard/'))).toEqual(
      expect.arrayContaining(['wireguard/lab-edge-gw-1', 'wireguard/lab-edge-gw-2']),
    );
  });

  it('reports upload progress and keeps evidence of every operation', async () => {
    const progress = first.events.filter((event) => event.kind === 'operation-progress');
    expect(new Set(progress.map(({ vm }) => vm)).size).toBe(plan.vms.length);
    const [kept] = value(await keptRuns(lab.stateDir, 'lab'));
    expect(kept?.state.outcome).toBe('done');
    expect(kept?.operations.length).toBe(first.events.filter(({ kind }) => kind === 'operation-started').length);
    expect(kept?.operations.every(({ outcome, finishedAt }) => outcome === 'done' && finishedAt !== undefined)).toBe(
      true,
    );
    const journal = await readFile(join(lab.stateDir, 'sites', 'lab', 'runs', `${kept?.state.run}.ndjson`), 'utf8');
    expect(journal).not.toContain('-progress');
  });

  it('leaves no process', () => {
    expect(govcProcesses(lab.hosts)).toEqual([]);
  });
});

describe('a second run', () => {
  it('makes no change', async () => {
    const again = await run(lab);
    expect(again.result).toEqual({ ok: true, value: 'nothing-to-do' });
    expect(again.events.filter(({ kind }) => kind === 'operation-started')).toEqual([]);
    expect(await readInventory()).toEqual(inventory);
  });

  it('previews its operations', async () => {
    const endpoints = await openEndpoints(lab.services, planned.site);
    try {
      const media = await keptMedia(lab.stateDir, 'lab');
      const preview = value(
        await reconcileSite(lab.services, planned, await readEndpoints(endpoints), media?.images ?? []),
      );
      expect(preview.phases).toEqual([]);
      expect(preview.done).toHaveLength(9);
    } finally {
      await closeEndpoints(endpoints);
    }
  });

  it('is refused during another run', async () => {
    let started = (): void => undefined;
    const begun = new Promise<void>((resolve) => (started = resolve));
    const running = run(lab, {
      stages: ['check', 'preflight'],
      onEvent: ({ kind }) => {
        if (kind === 'run-started') started();
      },
    });
    await begun;
    const other = await run(lab, { stages: ['check', 'preflight'] });
    expect(other.result).toMatchObject({ failure: { code: 'deploy.busy', params: { pid: process.pid } } });
    expect((await running).result.ok).toBe(true);
  });
});

describe('the same site under another name', () => {
  /** The site file with another name, at `path`. */
  async function renamedTo(name: string, path: string): Promise<string> {
    const text = await readFile(lab.siteFile, 'utf8');
    await writeFile(path, text.replace('name: lab,', `name: ${name},`));
    return path;
  }
  const blocking = ({ events }: RunEnd): string[] =>
    events
      .flatMap((event) => (event.kind === 'findings' ? event.findings.filter(isBlocking) : []))
      .map(({ rule, path }) => `${rule} ${path}`);
  const clash = ['infrastructure.addresses network.lan.cidr', 'infrastructure.addresses network.wan.cidr'];

  it('is blocked, because its addresses are in use; no VM of it is made', async () => {
    const copy = await renamedTo('lab-two', join(dirname(lab.siteFile), 'second.yaml'));
    const end = await run(lab, { siteFile: copy });
    expect(end.result).toMatchObject({ failure: { kind: 'preflight', code: 'deploy.blocked' } });
    expect(blocking(end)).toEqual(clash);
    expect(await readInventory()).toEqual(inventory);
  });

  it('is blocked by its name in the deployed file too, and has none of its results', async () => {
    const original = await readFile(lab.siteFile, 'utf8');
    await renamedTo('lab-two', lab.siteFile);
    const end = await run(lab, { stages: ['check', 'preflight'] });
    expect(blocking(end)).toEqual(['infrastructure.renamed site.name', ...clash]);
    const renamed = value(await readPlannedSite(lab.siteFile));
    const endpoints = await openEndpoints(lab.services, renamed.site);
    try {
      const record = value(await recordOf(lab.services, renamed, endpoints));
      // The blocked run belongs to it; the deployment does not.
      expect(record.run?.outcome).toBe('blocked');
      expect([...record.earlierRuns, ...record.operations].map(({ run: id }) => id)).not.toContain(
        first.events[0]?.run,
      );
    } finally {
      await closeEndpoints(endpoints);
      await writeFile(lab.siteFile, original);
    }
  });

  it('is blocked by VMs of an earlier version, which have no addresses in their tag', async () => {
    const endpoints = await openEndpoints(lab.services, planned.site);
    try {
      for (const { datacentre, endpointIndex, opened } of endpoints) {
        for (const { name } of plan.vms.filter(
          (vm) => vm.datacentre === datacentre && vm.endpointIndex === endpointIndex,
        )) {
          const machine = value(await value(opened).find(name));
          if (machine?.owner === undefined) throw new Error(name);
          const owner = { ...machine.owner, addresses: [] };
          value(await value(opened).change(machine, [{ kind: 'mark', owner }]));
        }
      }
    } finally {
      await closeEndpoints(endpoints);
    }
    expect((await readInventory()).some(({ extraConfig }) => extraConfig?.[tagKeys.addresses])).toBe(false);
    const end = await run(lab, {
      siteFile: join(dirname(lab.siteFile), 'second.yaml'),
      stages: ['check', 'preflight'],
    });
    expect(blocking(end)).toEqual(clash);
    expect((await run(lab)).result).toEqual({ ok: true, value: 'nothing-to-do' });
  });

  it('keeps a run of an earlier plan of the same name out of the record, except for the history', async () => {
    const original = await readFile(lab.siteFile, 'utf8');
    await writeFile(lab.siteFile, original.replace('name: dc1', 'name: north'));
    const changed = value(await readPlannedSite(lab.siteFile));
    const endpoints = await openEndpoints(lab.services, changed.site);
    try {
      const record = value(await recordOf(lab.services, changed, endpoints));
      expect(record.run).toBeUndefined();
      expect(record.earlierRuns.map(({ run: id }) => id)).toContain(first.events[0]?.run);
      // A data centre with another name: every VM stays on its host, only its tag changes.
      const work = record.reconciliation?.phases.flatMap((phase) => phase.work) ?? [];
      expect(new Set(work.flatMap(({ operations }) => operations.map(({ kind }) => kind)))).toEqual(new Set(['mark']));
    } finally {
      await closeEndpoints(endpoints);
      await writeFile(lab.siteFile, original);
    }
  });
});
