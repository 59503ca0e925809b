import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tagKeys } from '../../../core/platform/vsphere/tags.ts';
import type { RunEvent } from '../../../core/run/event.ts';
import { keptRuns } from '../../../main/records/journal.ts';
import { readPlannedSite, type PlannedSite } from '../../../main/runner/site-input.ts';
import { killTree, plainEnvironment, startCli } from './cli-process.ts';
import { govcProcesses, keptVms, type Laboratory, openLaboratory, run, value } from './laboratory.ts';

/** Slow uploads, so that they can be interrupted; the lease of a killed upload times out soon. */
const slowUploads = ['-upload-rate', '400KiB', '-lease-seconds', '8'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Exactly one VM each, as planned, and nothing else. */
async function expectDeployed(lab: Laboratory, { plan, planDigest }: PlannedSite): Promise<void> {
  const vms = (await Promise.all(lab.hosts.map((host) => keptVms(host)))).flat();
  expect(vms.map(({ name }) => name).toSorted()).toEqual(plan.vms.map(({ name }) => name).toSorted());
  for (const planned of plan.vms) {
    const vm = vms.find(({ name }) => name === planned.name);
    expect(vm, planned.name).toMatchObject({
      cpus: planned.vcpu,
      memoryMb: planned.memoryGb * 1024,
      poweredOn: true,
      extraConfig: { [tagKeys.plan]: planDigest, [tagKeys.stage]: 'configured' },
      networks: planned.nics.map(({ network }) => (network === 'lan' ? 'EDGE-LAN' : 'EDGE-WAN')),
    });
    expect(
      vm?.disks.map(({ kb }) => kb / 1024 ** 2),
      planned.name,
    ).toEqual(planned.disks.map(({ sizeGb }) => sizeGb));
  }
}

describe('a run that the user stops', () => {
  let lab: Laboratory;
  let planned: PlannedSite;
  beforeAll(async () => {
    lab = await openLaboratory({ hosts: [slowUploads, slowUploads], grains: 8 });
    planned = value(await readPlannedSite(lab.siteFile));
  });
  afterAll(() => lab?.close());

  const starts = (kind: string, nth: number) => {
    let seen = 0;
    return (event: RunEvent): boolean => {
      if (event.kind === 'operation-started' && event.operation === kind) seen += 1;
      return seen >= nth;
    };
  };
  const stage = (name: string) => (event: RunEvent) => event.kind === 'stage-started' && event.stage === name;
  const uploaded = (event: RunEvent): boolean => event.kind === 'operation-progress' && event.amount.bytes > 0;

  /** The point and the delay at which each run is stopped. Together they cover the whole deployment. */
  const offsets: readonly (readonly [string, (event: RunEvent) => boolean, number])[] = [
    ['while the medium is verified', stage('media'), 0],
    ['while the hosts are asked', stage('preflight'), 50],
    ['as the first import begins', starts('create-machine', 1), 0],
    ['in the middle of an upload', uploaded, 30],
    ['as the changes of a VM begin', starts('mark', 1), 0],
    ['in the middle of its changes', starts('mark', 1), 40],
    ['in the middle of those of another VM', starts('mark', 3), 80],
    ['as a VM is powered on', starts('power-on', 1), 0],
    ['in a later upload', starts('create-machine', 3), 250],
    ['as what was cut off is discarded', starts('discard-partial', 1), 0],
    ['right after that', starts('discard-partial', 2), 300],
    ['as the keys are made', stage('keys'), 0],
  ];

  it(`finishes after ${offsets.length} interruptions, with one VM each and no orphan`, async () => {
    const reached: string[] = [];
    const worked = new Set<string>();
    for (const [where, isThere, delay] of offsets) {
      const abort = new AbortController();
      const { result, events } = await run(lab, {
        signal: abort.signal,
        onEvent: (event) => {
          if (event.kind === 'operation-finished' && event.outcome === 'done') worked.add(event.operation);
          if (abort.signal.aborted || reached.at(-1) === where || !isThere(event)) return;
          reached.push(where);
          if (delay === 0) abort.abort();
          else setTimeout(() => abort.abort(), delay);
        },
      });
      expect(govcProcesses(lab.hosts), where).toEqual([]);
      if (!abort.signal.aborted) continue;
      expect(result, where).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
      expect(events.at(-1), where).toMatchObject({ kind: 'run-finished', outcome: 'cancelled' });
      expect(value(await keptRuns(lab.stateDir, 'lab')).at(-1)?.state.outcome, where).toBe('cancelled');
    }
    expect(reached.length).toBeGreaterThanOrEqual(offsets.length - 2);
    expect(worked).toContain('discard-partial');
    const last = await run(lab);
    expect(last.result.ok).toBe(true);
    await expectDeployed(lab, planned);
    expect((await run(lab)).result).toEqual({ ok: true, value: 'nothing-to-do' });
  });
});

describe('a command line whose processes are all killed', () => {
  let lab: Laboratory;
  let planned: PlannedSite;
  beforeAll(async () => {
    lab = await openLaboratory({ hosts: [slowUploads, slowUploads], grains: 8 });
    planned = value(await readPlannedSite(lab.siteFile));
  });
  afterAll(() => lab?.close());

  /** Delay in ms after the start of the run's first operation. */
  const offsets = [0, 150, 400, 700, 1000, 1400, 1800, 2300];

  it(`finishes after ${offsets.length} kills, with one VM each and no orphan`, async () => {
    const command = [
      'deploy',
      lab.siteFile,
      '--vault',
      lab.vault,
      '--trust',
      lab.trust,
      '--json',
      '--progress',
      'json',
    ];
    let killed = 0;
    for (const offset of offsets) {
      let begun = (): void => undefined;
      const working = new Promise<void>((resolve) => (begun = resolve));
      const cli = startCli(plainEnvironment(lab), command, {
        onStderr: (text) => {
          if (text.includes('"operation-started"')) begun();
        },
      });
      await Promise.race([working, cli.end]);
      await pause(offset);
      if (cli.child.exitCode === null && cli.child.pid !== undefined) {
        killTree(cli.child.pid);
        killed += 1;
      }
      const { signal, code, stdout, stderr } = await cli.end;
      expect(signal === 'SIGKILL' || code === 0, `${code} ${stdout} ${stderr.slice(-500)}`).toBe(true);
      // A govc that was not killed releases its lease and session when its parent has ended.
      await expect.poll(() => govcProcesses(lab.hosts), { timeout: 15_000 }).toEqual([]);
    }
    expect(killed).toBe(offsets.length);
    const runs = value(await keptRuns(lab.stateDir, 'lab'));
    expect(runs.map(({ state }) => state.failure?.code)).toEqual(offsets.map(() => 'deploy.cut-off'));
    expect((await run(lab)).result).toEqual({ ok: true, value: 'done' });
    await expectDeployed(lab, planned);
  });
});
