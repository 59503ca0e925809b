/**
 * Compares a deployment with a plain govc script that makes the same VMs (bench/baseline.sh): times, ratios and
 * processes. Run: npm run bench -- deploy [small] [large] [vcenter]
 */
import { execFile } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { guestProperties } from '../core/deploy/guest-properties.ts';
import { layoutOf } from '../core/platform/layout.ts';
import { vsphereSecretName } from '../core/platform/vsphere/secret.ts';
import type { RunEvent } from '../core/run/event.ts';
import { programPath } from '../main/compose/services.ts';
import { type PlannedSite, readPlannedSite } from '../main/runner/site-input.ts';
import { plainEnvironment, startCli } from '../tests/integration/deploy/cli-process.ts';
import {
  canaryPassword,
  type Laboratory,
  makeMedium,
  openLaboratory,
  root,
  run,
  value,
} from '../tests/integration/deploy/laboratory.ts';
import { siteYaml } from '../tests/integration/deploy/site-yaml.ts';

const storage = ['-datastore=standard-perf=90TB', '-datastore=high-perf=40TB'];
const networks = ['-port-group=EDGE-LAN:20', '-port-group=EDGE-WAN:30'];
const esxi = ['-kind=esx', '-host-cores=128', '-host-memory=2048GiB', ...storage, ...networks];
const vcenter = ['-kind=vpx', '-hosts=3', '-host-cores=128', '-host-memory=2048GiB', ...storage, ...networks];

interface Scenario {
  readonly name: string;
  readonly base: readonly string[];
  readonly endpoints: number;
  readonly change: (site: string) => string;
}

const large = (site: string): string =>
  site
    .replace('option: small, redundantMedia: false', 'option: large')
    .replace('cidr: 203.0.113.0/28, gateway: 203.0.113.1', 'cidr: 203.0.113.0/26, gateway: 203.0.113.1');
const onVcenter = (site: string): string =>
  site.replace('      datastores:', '      datacenter: Datacenter\n      cluster: Edge\n      datastores:');

const scenarios: readonly Scenario[] = [
  { name: 'small', base: esxi, endpoints: 2, change: (site) => site },
  { name: 'large', base: esxi, endpoints: 4, change: large },
  { name: 'vcenter', base: vcenter, endpoints: 1, change: onVcenter },
];

/** Bytes of an image: 64 grains of 64 KiB that cannot be compressed. */
const grains = 64;

interface Bench {
  readonly lab: Laboratory;
  readonly planned: PlannedSite;
}

async function prepare({ base, endpoints, change }: Scenario): Promise<Bench> {
  const lab = await openLaboratory({ hosts: Array.from({ length: endpoints }, () => []), base, grains });
  await writeFile(lab.siteFile, siteYaml(lab.hosts, change));
  const planned = value(await readPlannedSite(lab.siteFile));
  const components = [...new Set(planned.plan.vms.map(({ component }) => component))];
  await rm(lab.media, { recursive: true });
  await makeMedium(lab.media, { secretKey: lab.signingKey, grains, components });
  for (const { url } of lab.hosts) value(await lab.secrets.set(value(vsphereSecretName(url)), canaryPassword));
  return { lab, planned };
}

/** The VMs of the plan as the script's list. */
async function writeList({ lab, planned }: Bench): Promise<string> {
  const { plan, site } = planned;
  const lines = await Promise.all(
    plan.vms.map(async (vm) => {
      const datacentre = site.datacentres.find(({ name }) => name === vm.datacentre);
      const layout = datacentre && layoutOf(datacentre);
      if (layout === undefined || datacentre === undefined) throw new Error(vm.datacentre);
      const options = join(lab.folder, `${vm.name}.json`);
      const wan = vm.nics.some(({ network }) => network === 'wan');
      await writeFile(
        options,
        JSON.stringify({
          DiskProvisioning: 'thin',
          Name: vm.name,
          NetworkMapping: [
            { Name: 'LAN', Network: layout.networks.lan },
            ...(wan ? [{ Name: 'WAN', Network: layout.networks.wan }] : []),
          ],
          PropertyMapping: Object.entries(guestProperties(plan, vm)).map(([Key, Value]) => ({ Key, Value })),
        }),
      );
      const [system, ...data] = vm.disks;
      const cluster = datacentre.vsphere?.cluster;
      return [
        lab.hosts[vm.endpointIndex]?.url ?? '',
        vm.name,
        join(lab.media, `${vm.component}.ova`),
        layout.storage[system?.class ?? 'standard'],
        options,
        vm.vcpu,
        vm.memoryGb * 1024,
        system?.sizeGb ?? 0,
        data.map((disk) => `${layout.storage[disk.class]}=${disk.sizeGb}`).join(' '),
        cluster === undefined ? '' : `-pool=${cluster}/Resources`,
      ].join('|');
    }),
  );
  const list = join(lab.folder, 'list.txt');
  await writeFile(list, `${lines.join('\n')}\n`);
  return list;
}

/** A wrapper of govc that logs each start. */
async function countingGovc(folder: string): Promise<{ readonly path: string; count(): Promise<number> }> {
  const path = join(folder, 'govc');
  const trace = join(folder, 'trace');
  await writeFile(path, `#!/bin/sh\necho "$1" >> '${trace}'\nexec '${programPath(root, 'govc')}' "$@"\n`);
  await chmod(path, 0o755);
  return { path, count: async () => (await readFile(trace, 'utf8').catch(() => '')).split('\n').length - 1 };
}

async function baseline({ lab }: Bench, list: string, govc: string, lanes: string): Promise<number> {
  const started = performance.now();
  await promisify(execFile)(join(import.meta.dirname, 'baseline.sh'), [list, ...(lanes === '' ? [] : [lanes])], {
    env: {
      PATH: `${dirname(govc)}:${process.env.PATH ?? ''}`,
      HOME: lab.folder,
      GOVMOMI_HOME: join(lab.folder, `govmomi-${lanes}`),
      GOVC_USERNAME: 'root',
      GOVC_PASSWORD: canaryPassword,
      GOVC_INSECURE: 'true',
    },
    maxBuffer: 1 << 24,
  });
  return performance.now() - started;
}

/** Milliseconds of the stage of virtual machines. */
function stageOf(events: readonly RunEvent[]): number {
  const at = (kind: RunEvent['kind']): number =>
    Date.parse(events.find((event) => event.kind === kind && 'stage' in event && event.stage === 'deploy')?.at ?? '');
  return at('stage-finished') - at('stage-started');
}

async function command({ lab }: Bench): Promise<{ readonly whole: number; readonly stage: number }> {
  const args = ['deploy', lab.siteFile, '--vault', lab.vault, '--trust', lab.trust, '--json', '--progress', 'json'];
  const started = performance.now();
  const { code, stdout, stderr } = await startCli(plainEnvironment(lab), args).end;
  const whole = performance.now() - started;
  if (code !== 0) throw new Error(stdout.slice(0, 2_000));
  const events = stderr
    .split('\n')
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line) as RunEvent);
  return { whole, stage: stageOf(events) };
}

const clear = ({ lab }: Bench): Promise<unknown> => Promise.all(lab.hosts.map((host) => host.clear()));
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const ratio = (ours: number, theirs: number): string => (ours / theirs).toFixed(2);

async function measure(scenario: Scenario): Promise<Record<string, string | number>> {
  const bench = await prepare(scenario);
  try {
    const list = await writeList(bench);
    const vms = bench.planned.plan.vms.length;
    const direct = programPath(root, 'govc');
    const script = await baseline(bench, list, direct, '');
    await clear(bench);
    const lanes = await baseline(bench, list, direct, 'hosts');
    await clear(bench);
    const { whole, stage } = await command(bench);
    await clear(bench);
    const counter = await countingGovc(bench.lab.folder);
    await baseline(bench, list, counter.path, '');
    const scriptCalls = await counter.count();
    await clear(bench);
    const counted = {
      ...bench.lab,
      services: { ...bench.lab.services, govcProgram: async () => ({ ok: true as const, value: counter.path }) },
    };
    const again = await run(counted);
    if (!again.result.ok) throw new Error(JSON.stringify(again.result.failure));
    const ours = (await counter.count()) - scriptCalls;
    return {
      scenario: `${scenario.name}, ${vms} VMs, ${scenario.endpoints} endpoints`,
      script: seconds(script),
      'script, lane per host': seconds(lanes),
      'VM stage': seconds(stage),
      'stage / script': ratio(stage, script),
      'whole deploy': seconds(whole),
      'whole / script': ratio(whole, script),
      'govc per VM': (ours / vms).toFixed(1),
      'script: govc per VM': (scriptCalls / vms).toFixed(1),
    };
  } finally {
    await bench.lab.close();
  }
}

const wanted = process.argv.slice(2).filter((name) => name !== 'deploy');
const rows: Record<string, string | number>[] = [];
for (const scenario of scenarios) {
  if (wanted.length > 0 && !wanted.includes(scenario.name)) continue;
  rows.push(await measure(scenario));
}
console.table(rows);
