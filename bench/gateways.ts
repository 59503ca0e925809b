/**
 * The configuration of two gateways on the fast bed: connections, round trips, and the time beside an Ansible playbook
 * with the same files and services in the same run. Run as root: npm run bench -- gateways [ROUNDS]
 */
import {
  siteName,
  startGatewayLaboratory,
  type GatewayLaboratory,
} from '../tests/integration/gateway/gateway-laboratory.ts';
import { prepareRoot } from '../tests/testbed/root.ts';
import { type Work, findAnsible, installPython, writePlaybook } from './ansible.ts';

interface Row {
  readonly gateway: string;
  readonly status: string;
  readonly connections: number;
  readonly roundTrips: number;
  readonly written: readonly string[];
  readonly restarted: Work['services'];
}

const rounds = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 3);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const start = performance.now();
  const value = await work();
  return { seconds: (performance.now() - start) / 1000, value };
}

async function configure(lab: GatewayLaboratory): Promise<readonly Row[]> {
  const args = ['gateway', 'configure', lab.at('site.yaml'), '--trust', lab.at('signer.pub')];
  const { code, json } = await lab.json(args);
  if (code !== 0) throw new Error(JSON.stringify(json));
  return json['gateways'] as readonly Row[];
}

/** New installations of both gateways, with the Python that Ansible needs. */
async function reinstall(lab: GatewayLaboratory): Promise<void> {
  for (const gateway of lab.bed.gateways) {
    await gateway.reinstall();
    await installPython(gateway);
  }
  await lab.writeSite(await lab.hostKeys());
}

const count = (rows: readonly Row[], field: 'connections' | 'roundTrips'): number =>
  rows.reduce((sum, row) => sum + row[field], 0);

const seconds = (values: readonly number[]): string => `${median(values).toFixed(1)} s`;

async function compare(lab: GatewayLaboratory, ansible: ReturnType<typeof findAnsible>): Promise<void> {
  const times = {
    first: [] as number[],
    again: [] as number[],
    playbook: [] as number[],
    playbookAgain: [] as number[],
  };
  let first: readonly Row[] = [];
  let again: readonly Row[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await reinstall(lab);
    const ours = await timed(() => configure(lab));
    const unchanged = await timed(() => configure(lab));
    [first, again] = [ours.value, unchanged.value];
    times.first.push(ours.seconds);
    times.again.push(unchanged.seconds);
    if ('missing' in ansible) continue;

    const work = ours.value.flatMap((row): Work[] => {
      const gateway = lab.bed.gateways[row.gateway === `${siteName}-edge-gw-1` ? 0 : 1];
      return [{ gateway, files: row.written, services: row.restarted }];
    });
    const command = await writePlaybook(lab, ansible.program, work);
    await reinstall(lab);
    const play = () => lab.bed.installer.must(command, { timeoutMs: 600_000 });
    times.playbook.push((await timed(play)).seconds);
    times.playbookAgain.push((await timed(play)).seconds);
    // The playbook did the same work: the product finds every file as planned.
    const check = await configure(lab);
    const left = check.filter(({ status }) => status !== 'unchanged');
    if (left.length > 0) throw new Error(`the playbook left work: ${JSON.stringify(left)}`);
  }
  const files = first.reduce((sum, { written }) => sum + written.length, 0);
  const services = first.reduce((sum, { restarted }) => sum + restarted.length, 0);
  console.log(`Two gateways, ${files} files, ${services} services, median of ${rounds}:`);
  const rows: Record<string, unknown>[] = [
    {
      what: 'gateway configure',
      time: seconds(times.first),
      connections: count(first, 'connections'),
      'round trips': count(first, 'roundTrips'),
    },
    {
      what: 'again, unchanged',
      time: seconds(times.again),
      connections: count(again, 'connections'),
      'round trips': count(again, 'roundTrips'),
    },
  ];
  if ('missing' in ansible) console.log(`No comparison: ${ansible.missing}.`);
  else {
    const ratio = (theirs: readonly number[], ours: readonly number[]) =>
      `${(median(theirs) / median(ours)).toFixed(1)} x`;
    rows.push(
      {
        what: 'Ansible playbook',
        time: seconds(times.playbook),
        'product is faster': ratio(times.playbook, times.first),
      },
      {
        what: 'again, unchanged',
        time: seconds(times.playbookAgain),
        'product is faster': ratio(times.playbookAgain, times.again),
      },
    );
  }
  console.table(rows);
}

const prepared = await prepareRoot();
if (prepared.ready) {
  const lab = await startGatewayLaboratory(prepared.root);
  try {
    // The keys are made by an earlier stage of a run.
    await lab.writeSite(await lab.hostKeys());
    const create = ['handover', 'create', lab.at('site.yaml'), '--out', lab.at('out')];
    const created = await lab.edge(create.concat('--trust', lab.at('signer.pub')));
    if (created.code !== 0) throw new Error(created.stderr);
    await compare(lab, findAnsible());
  } finally {
    await lab.end();
  }
} else console.log(`The fast bed cannot run: ${prepared.reasons.join('; ')}.`);
