import { describe, expect, it } from 'vitest';
import {
  type Answers,
  type CheckContext,
  type CommandOutput,
  judgeGateways,
  questions,
} from '../../../../core/gateway/check.ts';
import { gatewayChecks } from '../../../../core/gateway/checks.ts';
import { gatewayFiles } from '../../../../core/gateway/files.ts';
import { readStamp } from '../../../../core/gateway/stamp.ts';
import { isTunnelUp, peerStates } from '../../../../core/gateway/tunnel-state.ts';
import { findingInWords } from '../../../../core/base/text.ts';
import { fullSite, gatewayInputs, nocPeer } from '../../../fixtures/gateway-samples.ts';
import { english } from '../../../fixtures/words.ts';

const datacentres = ['dc1', 'dc2'].map((name) => ({ name, platform: 'kvm' as const }));
const inputs = gatewayInputs(fullSite({ datacentres }, { dhcp: { from: '10.20.0.200', to: '10.20.0.230' } }));
const [first] = inputs;
if (first === undefined) throw new Error('There is no gateway.');
const { site, plan } = first;
const files = Object.fromEntries(
  inputs.map((input) => {
    const made = gatewayFiles(input);
    if (!made.ok) throw new Error(made.failure.code);
    return [input.vm.name, made.value];
  }),
);
const context: CheckContext = {
  site,
  plan,
  reach: ['ntp.ale.example:123/udp', '198.51.100.7:443/tcp'],
  files,
};
const [one = '', two = ''] = inputs.map(({ vm }) => vm.name);

const out = (stdout: string, code = 0): CommandOutput => ({ stdout, code });
const now = 1_800_000_000;
const dump = (handshake: number, received = 100, sent = 100): string =>
  `PRIVATE\tPUBLIC\t51820\toff\n${nocPeer.publicKey}\tPSK\t198.51.100.7:51820\t100.64.0.0/24\t${handshake}\t${received}\t${sent}\t25\n`;
const tunnel = (age: number, received?: number): CommandOutput[] => [
  out(dump(age === 0 ? 0 : now - age, received)),
  out(`${now}\n`),
];
const address = (list: readonly string[]): CommandOutput[] => [
  out(JSON.stringify([{ addr_info: list.map((local) => ({ family: 'inet', local, prefixlen: 24 })) }])),
];
const ss = (lines: readonly string[]): CommandOutput[] => [
  out(
    lines
      .map(
        (line) =>
          `${line.split(' ')[0] ?? ''} X 0 0 ${line.split(' ')[1] ?? ''} 0.0.0.0:* ${line.split(' ')[2] ?? ''}\n`,
      )
      .join(''),
  ),
];
const listening = [
  'udp 0.0.0.0:51820',
  'tcp 0.0.0.0:22',
  'udp 10.20.0.2:53',
  'tcp 10.20.0.2:53',
  'udp 0.0.0.0%lan0:67',
  'udp 0.0.0.0%lan0:123',
  'tcp *:3142',
];
const ping = (average: number, most: number): CommandOutput =>
  out(
    `20 packets transmitted, 20 received, 0% packet loss, time 1ms\nrtt min/avg/max/mdev = 0.1/${average}/${most}/0.1 ms\n`,
  );
const tracking = (offset: string, id = 'CB007101', leap = 'Normal'): CommandOutput[] => [
  out(`${id},10.1.0.123,3,1800000000.0,${offset},0.0,0.0,1.0,0.0,0.1,0.1,0.1,64.0,${leap}\n`),
];
const disks = (count: number, crypttab: string): CommandOutput[] => [
  out(
    JSON.stringify({
      blockdevices: [
        {
          name: 'vda',
          type: 'disk',
          children: Array.from({ length: count }, (_, index) => ({ name: `data${index}`, type: 'crypt' })),
        },
      ],
    }).replaceAll('":', '": '),
  ),
  out(crypttab),
];
const digests = (vm: string, change: (path: string, line: string) => string = (_, line) => line): CommandOutput[] => [
  out(
    (files[vm] ?? [])
      .map(({ path, content }) => {
        const { plan: digest, stamp, actual } = readStamp(path, content);
        return change(path, `${path}\t${digest}\t${stamp}\t${actual}\n`);
      })
      .join(''),
  ),
];
const everybody = [out(plan.vms.flatMap(({ nics }) => nics[0]?.addresses ?? []).join('\n'))];

/** Answers of a healthy gateway. */
const sound = (vm: string): Record<string, readonly CommandOutput[]> => ({
  'gateway.handshake': tunnel(20),
  'gateway.traffic': tunnel(20),
  'gateway.vip': address(vm === one ? ['10.20.0.2', '10.20.0.1'] : ['10.20.0.3']),
  'gateway.lease': [out('1800000100 02:00:00:09:00:01 10.20.0.201 phone 01:02\n')],
  'gateway.names': [out('10.20.0.1       STREAM x\n'), out('192.0.2.9 STREAM y\n')],
  'gateway.time': tracking('0.000012'),
  'gateway.mirror': [out('406')],
  'gateway.rules': [out('table inet edge {}\n'), out('table inet edge {}\n')],
  'gateway.sockets': ss(listening),
  'gateway.rtt': [ping(1.2, 3)],
  'gateway.mtu': [out('')],
  'gateway.reach': [out(''), out('')],
  'gateway.disks': disks(1, 'data UUID=1 none luks,tpm2-device=auto\n'),
  'gateway.files': digests(vm),
  'gateway.servers': everybody,
  'gateway.backup': [out('Result=success\nExecMainExitTimestamp=Sat 2026-11-28 02:31:00 UTC\n')],
});

const judge = (answers: Answers, about = context): string[] =>
  judgeGateways(gatewayChecks, about, answers)
    .filter(({ status }) => status !== 'pass')
    .map(({ rule, status, variant }) => `${status} ${rule}${variant === undefined ? '' : `:${variant}`}`);

const withAnswer = (check: string, outputs: readonly CommandOutput[], both = false): Answers => ({
  [one]: { ...sound(one), [check]: outputs },
  [two]: both ? { ...sound(two), [check]: outputs } : sound(two),
});

const rows: readonly (readonly [finding: string, check: string, outputs: readonly CommandOutput[], both?: boolean])[] =
  [
    ['pending gateway.handshake', 'gateway.handshake', tunnel(0)],
    ['fail gateway.handshake', 'gateway.handshake', tunnel(181)],
    ['fail gateway.handshake:no-interface', 'gateway.handshake', [out('', 1), out(`${now}`)]],
    ['pending gateway.traffic', 'gateway.traffic', tunnel(0, 0)],
    ['warn gateway.traffic', 'gateway.traffic', tunnel(20, 0)],
    ['fail gateway.vip', 'gateway.vip', address(['10.20.0.2'])],
    ['fail gateway.vip:several', 'gateway.vip', address(['10.20.0.9', '10.20.0.1']), true],
    ['pending gateway.lease', 'gateway.lease', [out('')], true],
    ['fail gateway.names:inside', 'gateway.names', [out('', 2), out('192.0.2.9 STREAM y')]],
    ['fail gateway.names:outside', 'gateway.names', [out('10.20.0.1 STREAM x'), out('', 2)]],
    ['fail gateway.names:other', 'gateway.names', [out('203.0.113.5 STREAM x'), out('192.0.2.9 STREAM y')]],
    ['fail gateway.time', 'gateway.time', tracking('-1.5')],
    ['fail gateway.time:not-synchronised', 'gateway.time', tracking('0.0', '7F7F0101')],
    ['fail gateway.time:not-synchronised', 'gateway.time', tracking('0.0', 'CB007101', 'Not synchronised')],
    ['fail gateway.time:no-answer', 'gateway.time', [out('506 Cannot talk to daemon\n', 1)]],
    ['fail gateway.mirror', 'gateway.mirror', [out('000', 7)]],
    ['fail gateway.rules', 'gateway.rules', [out('table inet edge { x }'), out('table inet edge {}')]],
    ['fail gateway.rules:none', 'gateway.rules', [out('\n'), out('table inet edge {}')]],
    ['warn gateway.rules:no-comparison', 'gateway.rules', [out('table inet edge {}'), out('', 1)]],
    ['fail gateway.sockets', 'gateway.sockets', ss(listening.slice(1))],
    ['warn gateway.sockets', 'gateway.sockets', ss([...listening, 'tcp 0.0.0.0:8080'])],
    ['fail gateway.rtt', 'gateway.rtt', [ping(5.2, 9)]],
    ['warn gateway.rtt', 'gateway.rtt', [ping(2, 5.1)]],
    ['fail gateway.rtt:no-answer', 'gateway.rtt', [out('20 packets transmitted, 0 received, 100% packet loss\n', 1)]],
    ['fail gateway.mtu', 'gateway.mtu', [out('', 1)]],
    ['fail gateway.reach', 'gateway.reach', [out('', 1), out('')]],
    ['fail gateway.disks', 'gateway.disks', disks(0, '')],
    ['warn gateway.disks:key-file', 'gateway.disks', disks(1, '# x\ndata UUID=1 /etc/edge/key luks\n')],
    [
      'fail gateway.files:missing',
      'gateway.files',
      digests(one, (path, line) => (path === '/etc/dnsmasq.conf' ? '' : line)),
    ],
    [
      'warn gateway.files:changed',
      'gateway.files',
      digests(one, (path, line) =>
        path === '/etc/dnsmasq.conf' ? line.replace(/[0-9a-f]{8}\n$/, '00000000\n') : line,
      ),
    ],
    [
      'warn gateway.files:foreign',
      'gateway.files',
      digests(one, (path, line) => (path === '/etc/dnsmasq.conf' ? `${path}\t\t\t00\n` : line)),
    ],
    [
      'warn gateway.files:outdated',
      'gateway.files',
      digests(one, (path, line) => (path === '/etc/dnsmasq.conf' ? `${path}\tp\t00\t00\n` : line)),
    ],
    ['fail gateway.servers', 'gateway.servers', [out('10.20.0.2\n')], true],
    ['pending gateway.backup', 'gateway.backup', [out('Result=success\nExecMainExitTimestamp=\n')]],
    ['warn gateway.backup', 'gateway.backup', [out('Result=exit-code\nExecMainExitTimestamp=Sat 2026-11-28\n')]],
  ];

describe('the health of the gateways', () => {
  it('is a list of commands for each gateway, without a shell', () => {
    const asked = questions(gatewayChecks, context);
    expect(new Set(asked.map(({ check }) => check)).size).toBe(gatewayChecks.length);
    for (const { commands } of asked) {
      expect(commands.length).toBeGreaterThan(0);
      for (const argv of commands) expect(argv.join(' ')).not.toMatch(/undefined/);
    }
  });

  it('has no observations if everything is as planned', () => {
    expect(judge({ [one]: sound(one), [two]: sound(two) })).toEqual([]);
  });

  it.each(rows.map(([finding, check, outputs, both = false]) => ({ finding, check, outputs, both })))(
    'finds: $finding',
    ({ finding, check, outputs, both }) => {
      expect(judge(withAnswer(check, outputs, both))).toContain(finding);
    },
  );

  it('has a row above for each of its checks', () => {
    const broken = new Set(rows.map(([, check]) => check));
    expect(gatewayChecks.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });

  it('has words for every finding and its remedy', () => {
    for (const [, check, outputs, both = false] of rows) {
      for (const finding of judgeGateways(gatewayChecks, context, withAnswer(check, outputs, both))) {
        const { message, remedy } = findingInWords(english, finding);
        const about = JSON.stringify(finding);
        expect(message, about).not.toMatch(/^$|[{}]|undefined|gateway\./);
        if (finding.status === 'pass') continue;
        expect(english.has(`${finding.rule}.${finding.variant ?? finding.status}`), about).toBe(true);
        expect(remedy, about).not.toMatch(/^$|[{}]|undefined/);
      }
    }
  });

  it('is pending while no gateway answers, and uses only the gateways that answer', () => {
    expect(judgeGateways(gatewayChecks, context, {}).map(({ status }) => status)).toEqual(
      gatewayChecks.map(() => 'pending'),
    );
    expect(judge({ [one]: sound(one) })).toEqual([]);
    expect(judge({ [two]: sound(two) })).toEqual(['pending gateway.vip']);
  });

  it('skips checks that do not apply', () => {
    const [input] = gatewayInputs(fullSite());
    if (input === undefined) throw new Error('There is no gateway.');
    const skipped = judgeGateways(gatewayChecks, { ...context, site: input.site, plan: input.plan, reach: [] }, {})
      .filter(({ status }) => status === 'skipped')
      .map(({ rule }) => rule);
    expect(skipped).toEqual(['gateway.lease', 'gateway.rtt', 'gateway.mtu', 'gateway.reach']);
  });

  it('warns if the gateways cannot back up their configuration', () => {
    const backup = { ...site.backup, hostKey: undefined };
    expect(judge({ [one]: sound(one), [two]: sound(two) }, { ...context, site: { ...site, backup } })).toEqual([
      'warn gateway.backup:missing',
    ]);
  });
});

describe('the state of the tunnel', () => {
  it('is read from wg, without the private key', () => {
    const states = peerStates(dump(now - 179), String(now));
    expect(states).toEqual([
      { publicKey: nocPeer.publicKey, handshakeAgeSeconds: 179, receivedBytes: 100, sentBytes: 100 },
    ]);
    expect(isTunnelUp(states)).toBe(true);
    expect(isTunnelUp(peerStates(dump(now - 180), String(now)))).toBe(false);
    expect(isTunnelUp(peerStates(dump(0), String(now)))).toBe(false);
    expect(isTunnelUp(peerStates('', ''))).toBe(false);
  });
});
