/** The fast bed: the properties that the tests of the gateways use. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { internetNames, noc as nocNetwork } from '../../testbed/addresses.ts';
import { type Bed, startBed } from '../../testbed/bed.ts';
import { type CommandResult, endGroup, must } from '../../testbed/commands.ts';
import type { Gateway } from '../../testbed/gateway.ts';
import type { Machine } from '../../testbed/machines.ts';
import { bedsFolder, prepareRoot } from '../../testbed/root.ts';
import { scan } from '../../testbed/scan.ts';
import { type KeyPair, tunnelConfigs, vrrpConfig, wanRules } from './bed-configs.ts';
import { bedNamespaces, machinesOf, pings, processesIn, roundTrips, until } from './bed-checks.ts';

const prepared = await prepareRoot();
if (!prepared.ready) process.stderr.write(`Skipped, the test bed cannot run: ${prepared.reasons.join('; ')}\n`);
const root = prepared.ready ? prepared.root : '';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

let folder = '';
let authorizedKey = '';
let bed: Bed;
let first: Gateway;
let second: Gateway;

beforeAll(async () => {
  if (!prepared.ready) return;
  folder = await mkdtemp(join(tmpdir(), 'edge-bed-'));
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  authorizedKey = await readFile(join(folder, 'key.pub'), 'utf8');
  const start = performance.now();
  bed = await startBed({ root, authorizedKey });
  say(`A bed starts in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  [first, second] = bed.gateways;
});

afterAll(async () => {
  if (!prepared.ready) return;
  await bed.stop();
  await rm(folder, { recursive: true });
});

/** A login from the installer that accepts only the host key which the bed gives for `keyOf`. */
async function login(gateway: Gateway, command: string, keyOf = gateway): Promise<CommandResult> {
  const { publicHostKeys } = await keyOf.facts();
  const known = join(folder, 'known-hosts');
  await writeFile(known, publicHostKeys.map((key) => `${gateway.lan} ${key}\n`).join(''));
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${known}`, 'ConnectTimeout=10'];
  const line = [...options.flatMap((option) => ['-o', option]), '-i', join(folder, 'key')];
  return bed.installer.run(['ssh', '-F', 'none', ...line, `root@${gateway.lan}`, command]);
}

describe.skipIf(!prepared.ready)('the test bed', () => {
  it('lets the installer log in to a gateway only while it is plugged into the LAN', async () => {
    const before = await login(first, 'hostname');
    expect(before.code).toBe(255);
    expect(before.stderr).toMatch(/unreachable|timed out/i);
    expect(await pings(bed.installer, '10.99.0.10')).toBe(true);

    await bed.installer.plug('lan');
    expect(await login(first, 'hostname')).toMatchObject({ code: 0, stdout: 'gateway-1\n' });
    expect(await login(second, 'hostname')).toMatchObject({ code: 0, stdout: 'gateway-2\n' });

    await bed.installer.unplug('management');
    expect(await pings(bed.installer, '10.99.0.10')).toBe(false);
    await bed.installer.plug('management');
    await bed.installer.unplug('lan');
    expect((await login(first, 'hostname')).code).toBe(255);
  });

  it('runs the command line of the product in the namespace of the installer', async () => {
    const result = await bed.installer.edge(['--version']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('returns the host keys of sshd', async () => {
    await bed.installer.plug('lan');
    expect((await login(first, 'true')).code).toBe(0);
    const refused = await login(first, 'true', second);
    expect(refused.code).toBe(255);
    expect(refused.stderr).toContain('HOST IDENTIFICATION HAS CHANGED');
    const { hostKeys, publicHostKeys } = await first.facts();
    expect(hostKeys).toHaveLength(1);
    expect(publicHostKeys).toEqual([expect.stringMatching(/^ssh-ed25519 /)]);
  });

  it('brings up a WireGuard tunnel between a gateway and the NOC', async () => {
    const key = async (machine: Machine): Promise<KeyPair> => {
      const secret = (await machine.must(['wg', 'genkey'])).trim();
      return { secret, own: (await machine.must(['wg', 'pubkey'], { input: secret })).trim() };
    };
    const [gatewayKey, nocKey] = await Promise.all([key(first), key(bed.noc)]);
    const { gatewayConfig, nocConfig } = tunnelConfigs(gatewayKey, nocKey);
    await first.write('/etc/wireguard/wg0.conf', gatewayConfig, '600');
    await bed.noc.must(['sh', '-c', 'umask 077; cat > /etc/wireguard/wg0.conf'], { input: nocConfig });
    await bed.noc.must(['systemctl', 'start', 'wg-quick@wg0']);
    await first.must(['systemctl', 'enable', '--now', 'wg-quick@wg0']);
    await until('the NOC answers through the tunnel', () => pings(first, '100.64.0.1'));
    const handshake = (await bed.noc.must(['wg', 'show', 'wg0', 'latest-handshakes'])).trim().split('\t')[1];
    expect(Number(handshake)).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  it('starts enabled services and keeps files and host keys when a gateway boots again', async () => {
    const before = await first.facts();
    await first.write('/root/kept', 'kept\n');
    await first.kill();
    expect(await pings(second, first.lan)).toBe(false);
    await first.start();
    expect(await first.read('/root/kept')).toBe('kept\n');
    expect(await first.facts()).toEqual(before);
    await until('the tunnel is back', () => pings(first, '100.64.0.1'));
  });

  it('lets a gateway resolve names and fetch pages of its Internet', async () => {
    expect(await second.must(['getent', 'hosts', 'mirror.example'])).toContain(internetNames['mirror.example']);
    expect(await second.must(['curl', '-sS', 'http://mirror.example/'])).toBe('a page of the bed\n');
  });

  it('lets a package cache on a gateway fetch from the mirror', async () => {
    await second.must(['systemctl', 'start', 'apt-cacher-ng']);
    const request = [
      'curl',
      '-sS',
      '-x',
      'http://127.0.0.1:3142',
      'http://mirror.example/debian/dists/stable/InRelease',
    ];
    expect(await second.must(request)).toBe('Origin: the bed\n');
    await second.must(['systemctl', 'stop', 'apt-cacher-ng']);
  });

  it('gives a client a lease and names, from a dnsmasq that asks the Internet', async () => {
    const config = `interface=lan0
bind-interfaces
no-resolv
server=${nocNetwork.services}
dhcp-range=10.20.0.100,10.20.0.120,1h
dhcp-option=option:router,${first.lan}
dhcp-option=option:dns-server,${first.lan}
`;
    await first.write('/etc/dnsmasq.conf', config);
    await first.must(['systemctl', 'restart', 'dnsmasq']);
    const script =
      '#!/bin/sh\n[ "$1" = bound ] && ip address replace "$ip/24" dev "$interface" && echo "$ip $router $dns"\nexit 0\n';
    await bed.client.must(['sh', '-c', 'cat > /root/lease; chmod 755 /root/lease'], { input: script });
    const lease = await bed.client.must(['busybox', 'udhcpc', '-i', 'lan0', '-n', '-q', '-s', '/root/lease']);
    expect(lease).toMatch(/^10\.20\.0\.1[012]\d 10\.20\.0\.2 10\.20\.0\.2$/m);
    const answer = await bed.client.must(['busybox', 'nslookup', 'noc.example', first.lan]);
    expect(answer).toContain(internetNames['noc.example']);
    expect((await bed.client.run(['busybox', 'nslookup', 'unknown.example', first.lan])).code).toBe(1);
  });

  it('moves the VIP to the other keepalived when the master loses power', async () => {
    const { vip } = bed.addresses.lan;
    await first.write('/etc/keepalived/keepalived.conf', vrrpConfig(first, second, vip, 150));
    await second.write('/etc/keepalived/keepalived.conf', vrrpConfig(second, first, vip, 100));
    for (const gateway of bed.gateways) await gateway.must(['systemctl', 'start', 'keepalived']);
    const holds = async (gateway: Gateway): Promise<boolean> =>
      (await gateway.must(['ip', '-4', '-o', 'address', 'show', 'lan0'])).includes(` ${vip}/`);
    await until('the first gateway holds the VIP', async () => (await holds(first)) && !(await holds(second)));

    await bed.client.must(['ip', 'address', 'replace', '10.20.0.99/24', 'dev', 'lan0']);
    await until('the client reaches the VIP', () => pings(bed.client, vip));
    const ping = bed.client.spawn(['ping', '-D', '-i', '0.1', vip]);
    let output = '';
    ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const times = (): number[] => [...output.matchAll(/^\[([\d.]+)\] 64 bytes/gm)].map(([, time]) => Number(time));
    await until('ten answers', async () => times().length > 10);
    const answersBefore = times().length;
    await first.kill();
    await until('answers after the failover', async () => times().length > answersBefore + 10);
    endGroup(ping);
    expect(await holds(second)).toBe(true);
    const seconds = times();
    const gap = Math.max(...seconds.slice(1).map((time, index) => time - (seconds[index] ?? time)));
    say(`The VIP is without an answer for ${gap.toFixed(2)} s after the master lost power`);
    expect(gap).toBeGreaterThan(1);
    expect(gap).toBeLessThan(10);
    await first.start();
  });

  it('shows the intruder exactly the ports that the gateway answers on', async () => {
    const { wan } = first;
    const open = await scan(bed.intruder, wan, { tcp: '1-1024' });
    expect(open.tcp.open).toEqual([22]);
    expect(open.tcp.closed).toHaveLength(1023);
    expect(open.udp.open).toEqual([]);
    expect(open.udp.closed).not.toContain(51_820);
    expect(open.udp.closed).toContain(123);

    await first.write('/etc/nftables.conf', wanRules);
    await first.must(['systemctl', 'restart', 'nftables']);
    first.spawn(['busybox', 'httpd', '-f', '-p', '4433']);
    await until('the server listens', async () => (await first.must(['ss', '-Hltn'])).includes(':4433'));
    const start = performance.now();
    const filtered = await scan(bed.intruder, wan);
    say(`A scan of all TCP ports takes ${((performance.now() - start) / 1000).toFixed(1)} s`);
    expect(filtered).toEqual({ tcp: { open: [4433], closed: [] }, udp: { open: [], closed: [] } });
    expect((await scan(second, first.lan, { tcp: '22', udp: '' })).tcp.open).toEqual([22]);
    await first.must(['systemctl', 'stop', 'nftables']);
  });

  it.each([
    ['systemd-networkd', 'systemd-network', true],
    ['nftables', undefined, true],
    ['ssh', 'sshd', true],
    ['keepalived', 'keepalived', true],
    ['dnsmasq', 'dnsmasq', true],
    ['chrony', 'chronyd', false],
    ['apt-cacher-ng', 'apt-cacher-ng', false],
    ['wg-quick@wg0', 'wireguard-go', true],
  ])('restarts, stops and starts %s by its own unit', async (unit, program, reloads) => {
    const pids = async (): Promise<string> =>
      program === undefined ? unit : (await first.run(['pgrep', '-o', program])).stdout;
    const state = async (): Promise<string> => (await first.run(['systemctl', 'is-active', unit])).stdout.trim();
    await first.must(['systemctl', 'start', unit]);
    const started = await pids();
    expect(started).not.toBe('');
    expect((await first.run(['systemctl', 'reload', unit])).code).toBe(reloads ? 0 : 1);
    if (reloads && unit !== 'systemd-networkd') expect(await pids()).toBe(started);
    await first.must(['systemctl', 'restart', unit]);
    if (program !== undefined) expect(await pids()).not.toBe(started);
    expect(await state()).toBe('active');
    if (unit !== 'ssh') {
      await first.must(['systemctl', 'stop', unit]);
      if (program !== undefined) expect(await pids()).toBe('');
      expect(await state()).toBe('inactive');
    }
  });

  it('has the parsers of the files that the product writes', async () => {
    await second.write('/etc/systemd/system/edge.service', '[Service]\nExecStart=/bin/true\n');
    await second.write('/etc/wireguard/wg1.conf', '[Interface]\nAddress = 100.64.0.9/24\nListenPort = 1\n', '600');
    for (const line of [
      'nft -c -f /etc/nftables.conf',
      'keepalived -t',
      'dnsmasq --test -C /dev/null',
      'wg-quick strip wg1',
      'chronyd -p -f /etc/chrony/chrony.conf',
      'sshd -t',
      'systemd-analyze verify /etc/systemd/system/edge.service',
    ]) {
      expect({ line, ...(await second.run(['sh', '-c', line])) }).toMatchObject({ line, code: 0 });
    }
    await second.write('/etc/systemd/system/edge.service', '[Service]\nExecStart=no-such-program\n');
    const wrong = await second.run(['systemd-analyze', 'verify', '/etc/systemd/system/edge.service']);
    expect(wrong.code).toBe(1);
  });

  it('records restarts, and refuses unknown units', async () => {
    const earlier = (await second.serviceCalls()).length;
    await second.write('/etc/dnsmasq.conf', 'interface=lan0\nbind-interfaces\n');
    await second.must(['systemctl', 'daemon-reload']);
    await second.must(['systemctl', 'restart', 'dnsmasq.service']);
    expect(await second.run(['systemctl', 'is-active', 'dnsmasq', 'chrony'])).toMatchObject({
      code: 0,
      stdout: 'active\ninactive\n',
    });
    await second.write('/etc/dnsmasq.conf', 'no-such-option\n');
    const wrong = await second.run(['systemctl', 'restart', 'dnsmasq']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('Job for dnsmasq.service failed');
    expect(await second.must(['systemctl', 'show', 'dnsmasq', '-p', 'ActiveState', '--value'])).toBe('failed\n');
    expect((await second.run(['systemctl', 'start', 'no-such-unit'])).code).toBe(5);
    expect((await second.run(['systemctl', 'isolate', 'rescue.target'])).code).toBe(64);
    const calls = (await second.serviceCalls()).slice(earlier);
    expect(calls.map(({ args }) => args.join(' ')).slice(0, 4)).toEqual([
      'daemon-reload',
      'restart dnsmasq.service',
      'is-active dnsmasq chrony',
      'restart dnsmasq',
    ]);
  });

  it('runs a command after a delay unless its timer was stopped', async () => {
    const later = async (unit: string, span: string): Promise<string> =>
      second.must([
        'systemd-run',
        `--unit=${unit}`,
        `--on-active=${span}`,
        'sh',
        '-c',
        `echo "it's ${unit}" > /root/${unit}`,
      ]);
    await later('stopped', '2s 500ms');
    await second.must(['systemctl', 'stop', 'stopped.timer']);
    await later('kept', '3');
    const taken = await second.run(['systemd-run', '--unit=kept', '--on-active=1min 30s', 'true']);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain('was already loaded');
    expect((await second.run(['systemctl', 'is-active', 'kept.timer'])).stdout).toBe('active\n');
    await until('the command ran', async () => (await second.read('/root/kept')) === "it's kept\n");
    expect((await second.run(['systemctl', 'is-active', 'kept.timer'])).stdout).toBe('inactive\n');
    expect(await second.read('/root/stopped')).toBeUndefined();
  });

  it('isolates the clock and the settings of this computer', async () => {
    expect((await second.run(['date', '-s', '@0'])).code).not.toBe(0);
    expect((await second.run(['sysctl', '-w', 'vm.swappiness=1'])).code).not.toBe(0);
    await second.must(['sysctl', '-w', 'net.ipv4.ip_forward=1']);
    const servers = `server ${nocNetwork.services} iburst\nbindcmdaddress /run/chrony/chronyd.sock\n`;
    await second.write('/etc/chrony/chrony.conf', servers);
    await second.must(['systemctl', 'start', 'chrony']);
    await until('the time server is selected', async () =>
      (await second.run(['chronyc', '-n', 'sources'])).stdout.includes(`^* ${nocNetwork.services}`),
    );
  });

  it('cuts a connection of the installer at the requested byte', async () => {
    const interception = await bed.installer.intercept({ host: first.lan, port: 22 });
    const whole = await login(first, 'head -c 300000 /dev/zero | base64');
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const { sent, received, connections } = await interception.count();
    expect(connections).toBe(1);
    expect(received).toBeGreaterThan(whole.stdout.length);
    for (const [at, direction] of [
      [1, undefined],
      [21, 'sent'],
      [received - 100_000, 'received'],
    ] as const) {
      const before = await interception.count();
      await interception.cut({ afterBytes: at, how: 'reset', ...(direction === undefined ? {} : { direction }) });
      const result = await login(first, 'head -c 300000 /dev/zero | base64');
      const after = await interception.count();
      expect({ at, code: result.code, cuts: after.cuts - before.cuts }).toEqual({ at, code: 255, cuts: 1 });
      const passed = { sent: after.sent - before.sent, received: after.received - before.received };
      expect(direction === undefined ? passed.sent + passed.received : passed[direction]).toBe(at);
    }
    await interception.cut({ afterBytes: sent, how: 'close', direction: 'sent', refuseAfter: true });
    await login(first, 'head -c 300000 /dev/zero | base64');
    expect((await login(first, 'true')).code).toBe(255);
    await interception.cut(undefined);
    expect((await login(first, 'true')).code).toBe(0);
    await interception.stop();
    expect((await login(first, 'true')).code).toBe(0);
  });
});

describe.skipIf(!prepared.ready)('a second bed', () => {
  it('has a link with delay, is isolated from the first, and is removed completely', async () => {
    const other = await startBed({
      root,
      authorizedKey,
      secondDataCentre: { delayMs: 2 },
      diskMegabytes: 32,
      gatewayNames: ['dc1-gateway', 'dc2-gateway'],
    });
    const [near, far] = other.gateways;
    try {
      const withDelay = Math.min(...(await roundTrips(near, far.lan, 20)));
      await other.link.set({ delayMs: 0, mtu: 1400 });
      const without = Math.min(...(await roundTrips(near, far.lan, 20)));
      say(`A delay of 2 ms each way: round trip ${withDelay} ms, without it ${without} ms`);
      expect(withDelay).toBeGreaterThanOrEqual(4);
      expect(withDelay).toBeLessThan(10);
      expect(without).toBeLessThan(4);
      const probe = (bytes: number): Promise<CommandResult> =>
        near.run(['ping', '-c3', '-i0.2', '-W1', '-M', 'do', '-s', String(bytes - 28), far.lan]);
      expect((await probe(1400)).code).toBe(0);
      expect((await probe(1401)).code).toBe(1);

      const { hostKeys } = await far.facts();
      await far.must(['mount', '-o', 'bind,ro', '/etc', '/etc']);
      expect((await far.run(['touch', '/etc/x'])).stderr).toContain('Read-only file system');
      await far.reinstall();
      expect((await far.facts()).hostKeys).not.toEqual(hostKeys);
      await far.write('/root/only-here', '');
      const fill = await far.run(['dd', 'if=/dev/zero', 'of=/root/full', 'bs=1M', 'count=64']);
      expect(fill.stderr).toContain('No space left on device');
      expect(await bed.gateways[1].read('/root/only-here')).toBeUndefined();
      expect(await near.must(['hostname'])).toBe('dc1-gateway\n');
    } finally {
      const namespaces = bedNamespaces(machinesOf(other).map(({ namespaces }) => namespaces.pid));
      expect(namespaces.size).toBeGreaterThan(9);
      expect(processesIn(namespaces).length).toBeGreaterThan(9);
      await other.stop();
      expect(processesIn(namespaces)).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bedsFolder);
      expect(readdirSync(bedsFolder)).toEqual([]);
    }
    expect(await pings(first, second.lan)).toBe(true);
  });
});
