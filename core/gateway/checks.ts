/** The health checks of the gateways as rows. Source: the overview's rules for the gateway, and media-and-handover. */
import { ipv4Number } from '../network/ipv4.ts';
import { addressesOn } from '../plan/network/dns.ts';
import type { Observation } from '../base/findings.ts';
import type { Site } from '../site/schema.ts';
import { missingForBackup } from './backup.ts';
import { type CheckContext, type GatewayCheck, codeOf, perGateway, textOf } from './check.ts';
import { fileChecks } from './file-checks.ts';
import { networkChecks } from './network-checks.ts';
import { packageCachePort } from '../plan/network/ports.ts';
import { handshakeLimitSeconds, isTunnelUp, peerStates, tunnelCommands } from './tunnel-state.ts';
import { lanInterfaceOf } from './view.ts';

/** Largest difference of a clock from its source, in seconds. */
const clockLimitSeconds = 1;

const seconds = (value: number): number => Math.round(value);

/** The IPv4 addresses in the output of `ip -j address`. */
function addressesIn(json: string): string[] {
  return [...json.matchAll(/"local":\s*"([0-9.]+)"/g)].map(([, address = '']) => address);
}

/** A name outside the edge that the site file uses. Undefined if it contains only addresses. */
const outsideName = ({ network, mail, backup }: Site): string | undefined =>
  network.dnsForwarders.length === 0
    ? undefined
    : [...network.ntp, mail.host, backup.host].find((one) => one !== undefined && ipv4Number(one) === undefined);

const vipsOf = ({ plan }: CheckContext) => plan.vips.filter(({ name }) => name.startsWith('edge-gw-vip'));

const lookUp = (name: string): readonly string[] => ['getent', 'ahostsv4', name];

const insideName = ({ plan }: CheckContext): string => `edge-gw-vip.${plan.fqdn}`;

export const gatewayChecks: readonly GatewayCheck[] = [
  {
    id: 'gateway.handshake',
    commands: () => tunnelCommands,
    judge: perGateway((_, vm, outputs) => {
      const peers = peerStates(textOf(outputs), textOf(outputs, 1));
      if (isTunnelUp(peers)) return [];
      const ages = peers.flatMap(({ handshakeAgeSeconds }) => handshakeAgeSeconds ?? []);
      if (codeOf(outputs) !== 0) return [{ variant: 'no-interface', params: { vm: vm.name } }];
      if (ages.length === 0) return [{ status: 'pending', params: { vm: vm.name } }];
      return [{ params: { vm: vm.name, age: seconds(Math.min(...ages)), limit: handshakeLimitSeconds } }];
    }),
  },
  {
    id: 'gateway.traffic',
    commands: () => tunnelCommands,
    judge: perGateway((_, vm, outputs) => {
      const peers = peerStates(textOf(outputs), textOf(outputs, 1));
      const params = { vm: vm.name };
      if (peers.some(({ receivedBytes, sentBytes }) => receivedBytes > 0 && sentBytes > 0)) return [];
      return [isTunnelUp(peers) ? { status: 'warn', params } : { status: 'pending', params }];
    }),
  },
  {
    id: 'gateway.vip',
    commands: ({ site }) => [['ip', '-j', '-4', 'address', 'show', 'dev', lanInterfaceOf(site)]],
    judge: (context, answers) =>
      vipsOf(context).flatMap(({ name, address, members }): Observation[] => {
        const asked = answers.filter(({ vm }) => members.includes(vm.name));
        const holders = asked.filter(({ outputs }) => addressesIn(textOf(outputs)).includes(address));
        const params = { vip: name, address, vms: holders.map(({ vm }) => vm.name).join(', ') };
        if (holders.length > 1) return [{ variant: 'several', params }];
        if (holders.length === 1) return [];
        return [asked.length < members.length ? { status: 'pending', params } : { params }];
      }),
  },
  {
    id: 'gateway.lease',
    applies: ({ site }) => site.network.lan.dhcp !== undefined,
    commands: () => [['cat', '/var/lib/misc/dnsmasq.leases']],
    judge: (_, answers) =>
      answers.some(({ outputs }) => /^\d+ (?:[0-9a-f]{2}:){5}[0-9a-f]{2} [0-9.]+ /m.test(textOf(outputs)))
        ? []
        : [{ status: 'pending' }],
  },
  {
    id: 'gateway.names',
    commands: (context) => {
      const outside = outsideName(context.site);
      return [lookUp(insideName(context)), ...(outside === undefined ? [] : [lookUp(outside)])];
    },
    judge: perGateway((context, vm, outputs) => {
      const names = [insideName(context), outsideName(context.site) ?? ''];
      const [vip] = vipsOf(context);
      return outputs.flatMap((_output, index): Observation[] => {
        const [found = ''] = textOf(outputs, index).split(/\s/);
        const params = { vm: vm.name, name: names[index] ?? '', found };
        if (found === '') return [{ variant: index === 0 ? 'inside' : 'outside', params }];
        return index === 0 && vip !== undefined && found !== vip.address ? [{ variant: 'other', params }] : [];
      });
    }),
  },
  {
    id: 'gateway.time',
    commands: () => [['chronyc', '-c', 'tracking']],
    judge: perGateway((_, vm, outputs) => {
      const fields = textOf(outputs).trim().split(',');
      const params = { vm: vm.name, offset: Math.abs(Number(fields[4] ?? 0)), limit: clockLimitSeconds };
      if (codeOf(outputs) !== 0 || fields.length < 14) return [{ variant: 'no-answer', params }];
      // The local clock as source has the address 127.127.1.1.
      if (fields[13] !== 'Normal' || fields[0] === '7F7F0101') return [{ variant: 'not-synchronised', params }];
      return params.offset > clockLimitSeconds ? [{ params }] : [];
    }),
  },
  {
    id: 'gateway.mirror',
    commands: ({ plan }) => [
      [
        'curl',
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-m',
        '10',
        `http://${plan.lan.gateway}:${packageCachePort}/`,
      ],
    ],
    judge: perGateway((_, vm, outputs) =>
      /^[2-5][0-9]{2}$/.test(textOf(outputs).trim()) ? [] : [{ params: { vm: vm.name, port: packageCachePort } }],
    ),
  },
  ...networkChecks,
  ...fileChecks,
  {
    id: 'gateway.servers',
    commands: ({ plan }) => [
      [
        'sh',
        '-c',
        'for one in "$@"; do ping -c 1 -W 1 -n -q "$one" >/dev/null 2>&1 && echo "$one"; done; true',
        'sh',
        ...plan.vms.flatMap((vm) => addressesOn(vm, 'lan')),
      ],
    ],
    judge: ({ plan }, answers) => {
      const reached = new Set(answers.flatMap(({ outputs }) => textOf(outputs).split('\n')));
      return plan.vms.flatMap((vm): Observation[] =>
        addressesOn(vm, 'lan')
          .filter((address) => !reached.has(address))
          .map((address) => ({ params: { vm: vm.name, address } })),
      );
    },
  },
  {
    id: 'gateway.backup',
    commands: () => [
      ['systemctl', 'show', 'edge-backup.service', '--property=Result', '--property=ExecMainExitTimestamp'],
    ],
    judge: (context, answers) => {
      const missing = missingForBackup(context.site);
      if (missing.length > 0)
        return [{ status: 'warn', path: 'backup', variant: 'missing', params: { fields: missing.join(', ') } }];
      return answers.flatMap(({ vm, outputs }): Observation[] => {
        const properties = textOf(outputs);
        const params = { vm: vm.name, host: context.site.backup.host };
        if (!/^ExecMainExitTimestamp=\S/m.test(properties)) return [{ status: 'pending', params }];
        return /^Result=success$/m.test(properties) ? [] : [{ status: 'warn', params }];
      });
    },
  },
];
