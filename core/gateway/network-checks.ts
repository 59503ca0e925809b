/**
 * Checks of packet filter, sockets, data centre links and outbound connections. Sources: nft(8), ss(8), ping(8), RFC
 * 1191.
 */
import { addressesOn } from '../plan/network/dns.ts';
import type { PlannedVm } from '../plan/model.ts';
import { maxRttMs } from '../plan/model.ts';
import type { Observation } from '../base/findings.ts';
import { type CheckContext, type GatewayCheck, codeOf, perGateway, textOf } from './check.ts';
import { packageCachePort } from '../plan/network/ports.ts';
import { type Reach, reachOf } from '../network/reach.ts';
import { gatewaysOf } from './view.ts';

/** Loads the file into a separate network namespace, so that the kernel prints both rule sets in the same form. */
const plannedRules = ['unshare', '-n', 'sh', '-c', 'nft -f /etc/nftables.conf && nft -s list ruleset'] as const;

interface Socket {
  readonly protocol: string;
  readonly port: number;
}

/** Sockets on which a gateway serves other machines. */
export const plannedSockets = ({ site }: Pick<CheckContext, 'site'>): readonly Socket[] => [
  { protocol: 'udp', port: site.network.wireguard.port },
  { protocol: 'tcp', port: 22 },
  { protocol: 'udp', port: 53 },
  { protocol: 'tcp', port: 53 },
  { protocol: 'udp', port: 123 },
  { protocol: 'tcp', port: packageCachePort },
  ...(site.network.lan.dhcp === undefined ? [] : [{ protocol: 'udp', port: 67 }]),
];

/** The sockets in the output of `ss`, without loopback sockets and client sockets. */
export function socketsIn(output: string): Socket[] {
  return output.split('\n').flatMap((line): Socket[] => {
    const [protocol = '', , , , local = '', , ...process] = line.trim().split(/\s+/);
    const at = local.lastIndexOf(':');
    const port = Number(local.slice(at + 1));
    const own = /^(?:127\.|\[::1\]|\[?::ffff:127\.)/.test(local);
    const asks = protocol === 'udp' && port >= 1024 && /"(?:dnsmasq|chronyd)"/.test(process.join(' '));
    return at < 0 || !Number.isInteger(port) || own || asks ? [] : [{ protocol, port }];
  });
}

const shown = ({ protocol, port }: Socket): string => `${port}/${protocol}`;

const unlike = (one: readonly Socket[], other: readonly Socket[]): string =>
  [...new Set(one.map(shown))].filter((text) => !other.map(shown).includes(text)).join(', ');

/** The gateways of other data centres. */
const farGateways = ({ plan }: CheckContext, vm: PlannedVm): readonly PlannedVm[] =>
  gatewaysOf(plan).filter(({ datacentre }) => datacentre !== vm.datacentre);

const spansDatacentres = (context: CheckContext): boolean =>
  gatewaysOf(context.plan).some((vm) => farGateways(context, vm).length > 0);

const pingFar = (context: CheckContext, vm: PlannedVm, options: readonly string[]): string[][] =>
  farGateways(context, vm).map((far) => ['ping', ...options, '-n', '-q', addressesOn(far, 'lan')[0] ?? '']);

/** 1500 bytes less the headers of IPv4 and ICMP. */
const mtuPayload = 1500 - 20 - 8;

/** An NTP server is asked for the time. For other UDP services only the route can be tested. */
function reachCommand({ host, port, protocol }: Reach): readonly string[] {
  if (protocol === 'udp' && port === 123)
    return ['chronyd', '-Q', '-t', '5', '-f', '/dev/null', `server ${host} iburst`];
  const path = `/dev/${protocol}/${host}/${port}`;
  return ['timeout', '5', 'bash', '-c', 'exec 3<>"$1" && { [ "$2" = tcp ] || printf x >&3; }', 'bash', path, protocol];
}

const reachable = ({ reach }: CheckContext): readonly Reach[] => reach.flatMap((text) => reachOf(text) ?? []);

export const networkChecks: readonly GatewayCheck[] = [
  {
    id: 'gateway.rules',
    commands: () => [['nft', '-s', 'list', 'ruleset'], plannedRules],
    judge: perGateway((_, vm, outputs) => {
      const [loaded, planned] = [textOf(outputs).trim(), textOf(outputs, 1).trim()];
      const params = { vm: vm.name };
      if (codeOf(outputs) !== 0 || loaded === '') return [{ variant: 'none', params }];
      if (codeOf(outputs, 1) !== 0) return [{ status: 'warn', variant: 'no-comparison', params }];
      return loaded === planned ? [] : [{ params }];
    }),
  },
  {
    id: 'gateway.sockets',
    commands: () => [['ss', '-H', '-l', '-n', '-t', '-u', '-p']],
    judge: perGateway((context, vm, outputs) => {
      const [planned, found] = [plannedSockets(context), socketsIn(textOf(outputs))];
      const [missing, more] = [unlike(planned, found), unlike(found, planned)];
      return [
        ...(missing === '' ? [] : [{ params: { vm: vm.name, sockets: missing } }]),
        ...(more === '' ? [] : [{ status: 'warn' as const, params: { vm: vm.name, sockets: more } }]),
      ];
    }),
  },
  {
    id: 'gateway.rtt',
    applies: spansDatacentres,
    commands: (context, vm) => pingFar(context, vm, ['-c', '20', '-i', '0.2']),
    judge: perGateway((context, vm, outputs) =>
      farGateways(context, vm).flatMap((far, index): Observation[] => {
        const [, average, most] = /= [0-9.]+\/([0-9.]+)\/([0-9.]+)\//.exec(textOf(outputs, index)) ?? [];
        const names = { vm: vm.name, far: far.name, limit: maxRttMs };
        if (average === undefined) return [{ variant: 'no-answer', params: names }];
        const params = { ...names, rtt: Number(average), most: Number(most) };
        if (params.rtt > maxRttMs) return [{ params }];
        return params.most > maxRttMs ? [{ status: 'warn', params }] : [];
      }),
    ),
  },
  {
    id: 'gateway.mtu',
    applies: spansDatacentres,
    commands: (context, vm) => pingFar(context, vm, ['-c', '3', '-M', 'do', '-s', String(mtuPayload)]),
    judge: perGateway((context, vm, outputs) =>
      farGateways(context, vm).flatMap((far, index): Observation[] =>
        codeOf(outputs, index) === 0 ? [] : [{ params: { vm: vm.name, far: far.name, mtu: mtuPayload + 28 } }],
      ),
    ),
  },
  {
    id: 'gateway.reach',
    applies: (context) => reachable(context).length > 0,
    commands: (context) => reachable(context).map(reachCommand),
    judge: perGateway((context, vm, outputs) =>
      reachable(context).flatMap((one, index): Observation[] =>
        codeOf(outputs, index) === 0
          ? []
          : [{ params: { vm: vm.name, target: `${one.host}:${one.port}/${one.protocol}` } }],
      ),
    ),
  },
];
