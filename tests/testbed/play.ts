/** `npm run testbed`: a bed to play with, until Ctrl-C. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { internetNames, intruder, management, noc } from './addresses.ts';
import { type Bed, startBed } from './bed.ts';
import { must, type Namespaces } from './commands.ts';
import { prepareRoot } from './root.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const entering = ({ pid, ownRoot }: Namespaces): string =>
  `setpriv --bounding-set=-sys_time nsenter -t ${pid} ${ownRoot ? '-m -u -i -n -p -r -w' : '-m -n -p'} bash`;

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function description(bed: Bed, key: string): string {
  const { installer, gateways, client, intruder: outside, internet, hosts, noc: nocEnd, addresses } = bed;
  const networks: readonly (readonly string[])[] = [
    ['machine', 'addresses', 'enter'],
    ...gateways.map(({ name, lan, wan, namespaces }) => [name, `LAN ${lan}, WAN ${wan}`, entering(namespaces)]),
    [client.name, 'LAN, by DHCP', entering(client.namespaces)],
    [
      installer.name,
      `management ${management.installer}, LAN ${addresses.lan.installer}`,
      entering(installer.namespaces),
    ],
    [hosts.name, `management ${management.hosts}`, entering(hosts.namespaces)],
    [nocEnd.name, noc.address, entering(nocEnd.namespaces)],
    [outside.name, intruder.address, entering(outside.namespaces)],
    [internet.name, `${addresses.wan.router}, ${noc.services}`, entering(internet.namespaces)],
  ];
  return `${table(networks)}

The VIP is free: ${addresses.lan.vip}. Names: ${Object.keys(internetNames).join(', ')}.
From the installer: ssh -i ${key} root@${gateways[0].lan}
Calls of systemctl on a gateway: /var/log/testbed/calls. Ctrl-C ends the bed.`;
}

async function play(): Promise<number> {
  const { values } = parseArgs({
    options: { delay: { type: 'string' }, prepare: { type: 'boolean', default: false } },
  });
  const delayMs = values.delay === undefined ? undefined : Number(values.delay);
  if (delayMs !== undefined && !(delayMs >= 0)) {
    console.error('--delay takes milliseconds, one way, such as 2.');
    return 2;
  }
  const prepared = await prepareRoot();
  if (!prepared.ready) {
    console.error(`The test bed cannot run on this computer: ${prepared.reasons.join('; ')}.`);
    return 1;
  }
  if (prepared.builtInMs > 1000) console.log(`The Debian root was built in ${seconds(prepared.builtInMs)}.`);
  if (values.prepare) return 0;

  const folder = await mkdtemp(join(tmpdir(), 'edge-testbed-'));
  try {
    const key = join(folder, 'key');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const start = performance.now();
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
    const bed = await startBed({
      root: prepared.root,
      authorizedKey: await readFile(`${key}.pub`, 'utf8'),
      ...(delayMs === undefined ? {} : { secondDataCentre: { delayMs } }),
    });
    await bed.installer.plug('lan');
    console.log(`The bed is up after ${seconds(performance.now() - start)}.\n\n${description(bed, key)}`);
    await stopped;
    await bed.stop();
    console.log('The bed is gone.');
    return 0;
  } finally {
    await rm(folder, { recursive: true });
  }
}

process.exitCode = await play();
