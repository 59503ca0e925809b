/**
 * `gateway configure` and `gateway check` against the fast bed: real daemons, the product's command line on the
 * installer.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareRoot } from '../../testbed/root.ts';
import { pings, until } from '../testbed/bed-checks.ts';
import { type GatewayLaboratory, nocTunnelAddress, siteName, startGatewayLaboratory } from './gateway-laboratory.ts';

const prepared = await prepareRoot();
if (!prepared.ready) process.stderr.write(`Skipped, the test bed cannot run: ${prepared.reasons.join('; ')}\n`);

/** As `gateway configure --json` has it. */
interface GatewayDocument {
  readonly gateway: string;
  readonly status: string;
  readonly connections: number;
  readonly written: readonly string[];
  readonly drifted: readonly string[];
  readonly restarted: readonly { readonly unit: string }[];
}

interface FindingDocument {
  readonly rule: string;
  readonly status: string;
  readonly message: string;
}

const [master, slave] = [`${siteName}-edge-gw-1`, `${siteName}-edge-gw-2`];

/** Not green in the bed, and why. */
const notInTheBed: Readonly<Record<string, string>> = {
  'gateway.servers': 'the bed has no servers beside the gateways',
  'gateway.disks': 'the machines of the bed have no disks of their own',
  'gateway.server-login': 'the bed has no servers beside the gateways',
  'gateway.server-address': 'the bed has no servers beside the gateways',
  'gateway.server-disks': 'the bed has no servers beside the gateways',
  'gateway.backup': 'the site file names no host key and no user for the backup',
  // One data centre: these rows do not apply.
  'gateway.rtt': 'one data centre',
  'gateway.mtu': 'one data centre',
};

describe.skipIf(!prepared.ready)('gateway configure and gateway check', () => {
  let lab: GatewayLaboratory;

  beforeAll(async () => {
    if (prepared.ready) lab = await startGatewayLaboratory(prepared.root);
  });
  afterAll(async () => {
    if (prepared.ready) await lab.end();
  });

  const command = (name: string) => lab.json(['gateway', name, lab.at('site.yaml'), '--trust', lab.at('signer.pub')]);
  const errorOf = (json: Record<string, unknown>) =>
    json['error'] as { readonly code: string; readonly detail: string };
  const gatewaysOf = (json: Record<string, unknown>) => json['gateways'] as readonly GatewayDocument[];
  const findingsOf = (json: Record<string, unknown>) => json['findings'] as readonly FindingDocument[];
  const calls = () => Promise.all(lab.bed.gateways.map(async (gateway) => (await gateway.serviceCalls()).length));

  const checkFailover = (...more: string[]) =>
    lab.json(['gateway', 'check', lab.at('site.yaml'), '--failover', ...more, '--trust', lab.at('signer.pub')]);
  const holders = () =>
    Promise.all(
      lab.bed.gateways.map(async (one) =>
        (await one.must(['ip', '-4', '-o', 'address'])).includes(`${lab.bed.addresses.lan.vip}/`),
      ),
    );

  it('refuses a gateway whose host key nobody has confirmed, and shows its fingerprint', async () => {
    await lab.writeSite({});
    const known = Object.values(await lab.hostKeys());
    const { code, json } = await command('configure');
    expect([code, errorOf(json).code]).toEqual([4, 'ssh.host-key-unknown']);
    expect(known.some((fingerprint) => errorOf(json).detail.includes(fingerprint))).toBe(true);
    for (const gateway of lab.bed.gateways) expect(await gateway.read('/etc/wireguard/wg0.conf')).toBeUndefined();
  });

  it('configures both gateways, the slave first, and confirms each from a second connection', async () => {
    await lab.writeSite(await lab.hostKeys());
    const { code, json } = await command('configure');
    expect(code, JSON.stringify(json)).toBe(0);
    await lab.cheapenVault();
    expect(gatewaysOf(json).map(({ gateway, status, connections }) => [gateway, status, connections])).toEqual([
      [slave, 'configured', 2],
      [master, 'configured', 2],
    ]);
    for (const { restarted } of gatewaysOf(json)) {
      expect(restarted.map(({ unit }) => unit)).toEqual(
        expect.arrayContaining(['nftables.service', 'wg-quick@wg0.service', 'keepalived.service', 'dnsmasq.service']),
      );
    }
    for (const gateway of lab.bed.gateways) {
      expect((await gateway.must(['stat', '-c', '%a %U', '/etc/wireguard/wg0.conf'])).trim()).toBe('600 root');
    }
    expect(JSON.stringify(json)).not.toContain('PrivateKey');
  });

  it('brings the tunnel up with the peers that the handover prints', async () => {
    const trust = ['--trust', lab.at('signer.pub')];
    const created = await lab.json(['handover', 'create', lab.at('site.yaml'), '--out', lab.at('out'), ...trust]);
    expect(created.code).toBe(0);
    const open = ['handover', 'open', lab.at('out', `handover-${siteName}.age`), '--identity', lab.at('identity.txt')];
    const peers = (await lab.edge([...open, '--format', 'wireguard'])).stdout;
    const section = `[Interface]\nPrivateKey = ${lab.nocKey}\nAddress = ${nocTunnelAddress}/24\nListenPort = 51820\n`;
    await lab.bed.noc.must(['sh', '-c', 'umask 077; cat > /etc/wireguard/wg0.conf'], { input: `${section}${peers}` });
    await lab.bed.noc.must(['systemctl', 'start', 'wg-quick@wg0']);
    for (const gateway of lab.bed.gateways) {
      await until('the NOC answers through the tunnel', () => pings(gateway, nocTunnelAddress));
    }
    const tunnels = (await lab.bed.noc.must(['wg', 'show', 'wg0', 'latest-handshakes'])).trim().split('\n');
    expect(tunnels.map((line) => Number(line.split('\t')[1]) > Date.now() / 1000 - 180)).toEqual([true, true]);
    const bundle = JSON.parse((await lab.edge(open)).stdout) as { gateways: { vm: string; sshHostKeys: string[] }[] };
    const { 'edge-gw-1': first, 'edge-gw-2': second } = await lab.hostKeys();
    expect(bundle.gateways.map(({ sshHostKeys }) => sshHostKeys)).toEqual([[first], [second]]);
  });

  it('puts the floating address on one gateway', async () => {
    await until('one gateway has the VIP', async () => (await holders()).filter(Boolean).length === 1);
    expect(await holders()).toEqual([true, false]);
  });

  it('finds everything green that the bed can show', async () => {
    await lab.bed.client.must(['busybox', 'udhcpc', '-i', 'lan0', '-n', '-q', '-f', '-s', '/bin/true']);
    const rows = async () => {
      const { code, json } = await command('check');
      expect(code).toBe(3);
      return findingsOf(json);
    };
    let found: readonly FindingDocument[] = [];
    // A new gateway needs some seconds for its first time.
    await until(
      'the time is in sync',
      async () => {
        found = await rows();
        return found.some(({ rule, status }) => rule === 'gateway.time' && status === 'pass');
      },
      90_000,
    );
    const open = found.filter(({ rule, status }) => status !== 'pass' && notInTheBed[rule] === undefined);
    expect(open).toEqual([]);
    expect(found.filter(({ status }) => status === 'pass').map(({ rule }) => rule)).toEqual([
      'gateway.handshake',
      'gateway.traffic',
      'gateway.vip',
      'gateway.lease',
      'gateway.names',
      'gateway.time',
      'gateway.mirror',
      'gateway.rules',
      'gateway.sockets',
      'gateway.reach',
      'gateway.files',
    ]);
    expect(new Set(found.filter(({ status }) => status !== 'pass').map(({ rule }) => rule))).toEqual(
      new Set(Object.keys(notInTheBed)),
    );
  });

  it('tries no failover without a yes', async () => {
    const before = await calls();
    const silent = await checkFailover();
    expect([silent.code, errorOf(silent.json).code]).toEqual([2, 'common.no-terminal']);
    const other = await checkFailover('--yes', 'other');
    expect([other.code, errorOf(other.json).code]).toEqual([2, 'gateway.confirm-name']);
    expect(await calls()).toEqual(before);
  });

  it('measures the failover, and gives the address back', async () => {
    const { json } = await checkFailover('--yes', siteName);
    const row = findingsOf(json).filter(({ rule }) => rule === 'gateway.failover');
    expect(
      row.map(({ status }) => status),
      JSON.stringify(row),
    ).toEqual(['pass']);
    expect(row[0]?.message).toMatch(/^bed-edge-gw-2 took 10\.20\.0\.1 .* from bed-edge-gw-1 in \d+(?:\.\d)? seconds/);
    process.stderr.write(`Failover in the fast bed: ${row[0]?.message ?? ''}\n`);
    expect(await holders()).toEqual([true, false]);
    const timer = await lab.bed.gateways[0].run(['systemctl', 'is-active', 'rainbow-edge-failover.timer']);
    expect(timer.stdout.trim()).toBe('inactive');
  });

  it('leaves a timer that starts the service again where the laptop is lost', async () => {
    const [first, second] = lab.bed.gateways;
    const isActive = async (unit: string) => (await first.run(['systemctl', 'is-active', '--quiet', unit])).code === 0;
    // Nobody takes the address, so the command waits for it.
    await second.must(['systemctl', 'stop', 'keepalived']);
    const laptop = new AbortController();
    const args = ['gateway', 'check', lab.at('site.yaml'), '--failover', '--yes', siteName];
    const cut = lab.edge([...args, '--trust', lab.at('signer.pub')], { signal: laptop.signal });
    await until('keepalived is stopped', async () => !(await isActive('keepalived.service')), 120_000);
    laptop.abort();
    expect((await cut).code).not.toBe(0);
    expect(await isActive('rainbow-edge-failover.timer')).toBe(true);
    // What the timer starts, without its 75 seconds.
    await first.must(['systemctl', 'start', 'rainbow-edge-failover.service']);
    await first.must(['systemctl', 'stop', 'rainbow-edge-failover.timer']);
    await second.must(['systemctl', 'start', 'keepalived']);
    await until('the first gateway has the address again', async () => (await holders()).join() === 'true,false');
  });

  it('changes nothing the second time, over one connection for each gateway', async () => {
    const targets = lab.bed.gateways.map(({ lan }) => ({ host: lan, port: 22 }));
    const before = await calls();
    const proxies = [];
    for (const target of targets) proxies.push(await lab.bed.installer.intercept(target));
    const { code, json } = await command('configure');
    const connections = await Promise.all(proxies.map(async (proxy) => (await proxy.count()).connections));
    for (const proxy of proxies) await proxy.stop();
    expect(code, JSON.stringify(json)).toBe(0);
    expect(connections).toEqual([1, 1]);
    expect(gatewaysOf(json).map((one) => [one.status, one.connections, one.written, one.drifted])).toEqual([
      ['unchanged', 1, [], []],
      ['unchanged', 1, [], []],
    ]);
    expect(await calls()).toEqual(before);
  });

  it('reports a file that somebody edited, and leaves it', async () => {
    const [first] = lab.bed.gateways;
    const path = '/etc/dnsmasq.conf';
    const edited = `${(await first.read(path)) ?? ''}# ALE was here\n`;
    await first.write(path, edited);
    const { code, json } = await command('configure');
    expect(code, JSON.stringify(json)).toBe(0);
    expect(gatewaysOf(json).map(({ gateway, drifted }) => [gateway, drifted])).toEqual([
      [slave, []],
      [master, [path]],
    ]);
    expect(await first.read(path)).toBe(edited);
    const checked = findingsOf((await command('check')).json).filter(({ rule }) => rule === 'gateway.files');
    expect(checked.map(({ status, message }) => [status, message.includes(path)])).toEqual([['warn', true]]);
  });

  it('reaches a server through a gateway', async () => {
    const { json: plan } = await lab.json(['plan', lab.at('site.yaml')]);
    const vms = plan['vms'] as readonly { name: string; component: string; nics: { addresses: string[] }[] }[];
    const server = vms.find(({ component }) => component !== 'edge-gw');
    const [address = ''] = server?.nics[0]?.addresses ?? [];
    const name = server?.name ?? '';
    const { client } = lab.bed;
    await client.must(['ip', 'address', 'add', `${address}/24`, 'dev', 'lan0']);
    const write = ['sh', '-c', 'umask 077; mkdir -p /root/.ssh; cat > /root/.ssh/authorized_keys'];
    await client.must(write, { input: `${lab.bootstrapKey}\n` });
    const fingerprint = await client.must(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub']);
    const hostKey = /SHA256:\S+/.exec(fingerprint)?.[0] ?? '';

    const known = await lab.hostKeys();
    const rowsOf = async (rule: string) =>
      findingsOf((await command('check')).json)
        .filter((finding) => finding.rule === rule)
        .map(({ status, message }) => [status, message.includes(name)]);
    // Its host key is not known yet: nothing is sent to it.
    expect(await rowsOf('gateway.server-login')).toContainEqual(['fail', true]);
    await lab.writeSite({ ...known, [name.slice(siteName.length + 1)]: hostKey });
    const { json } = await command('check');
    const about = findingsOf(json).filter(({ rule }) => rule.startsWith('gateway.server-'));
    const ofServer = about.filter(({ message }) => message.includes(name)).map(({ rule }) => rule);
    expect(ofServer).not.toContain('gateway.server-login');
    expect(about.filter(({ rule }) => rule === 'gateway.server-address').map(({ status }) => status)).toEqual(['pass']);
    // The machines of the bed show the disks of this computer, or none.
    expect(about.some(({ rule, status }) => rule === 'gateway.server-disks' && status !== 'pending')).toBe(true);

    await client.must(['sh', '-c', ': > /root/.ssh/authorized_keys']);
    expect(await rowsOf('gateway.server-login')).toContainEqual(['warn', true]);
    await lab.writeSite({ ...known, [name.slice(siteName.length + 1)]: known['edge-gw-1'] ?? '' });
    const changed = await command('check');
    expect([changed.code, errorOf(changed.json).code]).toEqual([4, 'ssh.host-key-changed']);
    await lab.writeSite(known);
  });

  it('makes no key on a second laptop while a gateway has one', async () => {
    const trust = ['--trust', lab.at('signer.pub')];
    const { code, json } = await lab.onSecondLaptop(['gateway', 'configure', lab.at('site.yaml'), ...trust]);
    expect([code, errorOf(json).code]).toEqual([1, 'handover.key-elsewhere']);
    const listed = await lab.onSecondLaptop(['secret', 'list']);
    expect(JSON.stringify(listed.json)).not.toContain('wireguard/');
  });

  it('says which gateway cannot be asked, and touches no other', async () => {
    const [, second] = lab.bed.gateways;
    await second.kill();
    const before = await lab.bed.gateways[0].serviceCalls();
    const { code, json } = await command('configure');
    expect([code, errorOf(json).code]).toEqual([1, expect.stringMatching(/^ssh\.(?:unreachable|timeout)$/)]);
    expect(await lab.bed.gateways[0].serviceCalls()).toHaveLength(before.length);
    const checked = await command('check');
    const login = findingsOf(checked.json).filter(({ rule }) => rule === 'gateway.login');
    expect([checked.code, login.map(({ status, message }) => [status, message.includes(slave)])]).toEqual([
      3,
      [['fail', true]],
    ]);
    await second.start();
  });

  it('refuses a gateway that shows another key than the known one', async () => {
    const { 'edge-gw-1': first = '', 'edge-gw-2': second = '' } = await lab.hostKeys();
    await lab.writeSite({ 'edge-gw-1': first, 'edge-gw-2': first });
    for (const name of ['configure', 'check']) {
      const { code, json } = await command(name);
      expect([code, errorOf(json).code]).toEqual([4, 'ssh.host-key-changed']);
      expect(errorOf(json).detail).toContain(second);
    }
  });

  it('needs the bootstrap key, and a signer that is trusted', async () => {
    await lab.writeSite(await lab.hostKeys());
    const untrusted = await lab.json(['gateway', 'configure', lab.at('site.yaml')]);
    expect([untrusted.code, errorOf(untrusted.json).code]).toEqual([4, 'media.signature-unknown-key']);
    await writeFile(lab.at('other.yaml'), (await lab.siteText()).replace(`name: ${siteName},`, 'name: other,'));
    const { code, json } = await lab.json(['gateway', 'check', lab.at('other.yaml')]);
    expect([code, errorOf(json).code]).toEqual([2, 'configure.no-key']);
  });
});
