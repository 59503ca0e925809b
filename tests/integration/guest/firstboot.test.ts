/** The first boot program in its own namespaces, with a folder for its files. The deep bed tests the data disks. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { esxiEnvironment, guestFolder, vcenterEnvironment } from './site-reader.ts';

const missing = ['/dev/net/tun', '/usr/bin/ssh-keygen'].filter((path) => !existsSync(path));
if (spawnSync('unshare', ['--net', '--mount', '--uts', 'true']).status !== 0) missing.push('permission for namespaces');
if (missing.length > 0) process.stderr.write(`Skipped, the first boot cannot be run: ${missing.join(', ')}\n`);

const lanMac = '00:50:56:aa:00:02';
const wanMac = '00:50:56:aa:00:01';

/** Two NICs, WAN first; then the commands. `$1` to `$4` are the program, the folder, and both MACs. */
const prelude = `
program=$1
export EDGE_ROOT=$2 PATH=$2/bin:$PATH LC_ALL=C
for nic in "ens192 $4" "ens224 $3"; do
  set -- $nic
  ip tuntap add dev "$1" mode tap && ip link set "$1" address "$2" || exit 9
done
`;

/** Replaces VMware's program: keys are files in a folder, and each set value is a line of a file. */
const rpctool = `#!/bin/sh
folder=$EDGE_ROOT/guestinfo
case $1 in
  'info-get '*) exec cat "$folder/\${1#info-get }" ;;
  'info-set '*) printf '%s\\n' "\${1#info-set }" >> "$folder/set" ;;
esac
`;

let root: string;
let key: string;

const file = (path: string): string => readFileSync(join(root, path), 'utf8');
const has = (path: string): boolean => existsSync(join(root, path));
const published = (): string[] => (has('guestinfo/set') ? file('guestinfo/set').trim().split('\n') : []);

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

const site = (more: Readonly<Record<string, string>> = {}): [string, string][] =>
  Object.entries({
    hostname: 'acme-paris-edge-gw-1',
    component: 'edge-gw',
    fqdn: 'edge.acme.example',
    lan_ip: '10.20.0.2',
    lan_prefix: '24',
    lan_gateway: '10.20.0.1',
    wan_ip: '203.0.113.2,203.0.113.3',
    wan_prefix: '28',
    wan_gateway: '203.0.113.1',
    ssh_authorized_key: key,
    ...more,
  });

/** Runs commands in new namespaces; `"$program"` is the first boot. Returns their output. */
function boot(commands = '"$program"'): string {
  const { stdout, stderr, status, error } = spawnSync(
    'unshare',
    [
      '--net',
      '--mount',
      '--uts',
      '--',
      'bash',
      '--norc',
      '-c',
      prelude + commands,
      'bash',
      join(guestFolder, 'edge-firstboot'),
      root,
      lanMac,
      wanMac,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  if (error) throw error;
  expect(status, stderr).not.toBe(9);
  return stdout;
}

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-key-'));
  spawnSync('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'a $(touch trace) laptop',
    '-f',
    join(folder, 'key'),
  ]);
  key = readFileSync(join(folder, 'key.pub'), 'utf8').trim();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-guest-'));
  put('bin/vmware-rpctool', rpctool, 0o755);
  put('sys/class/tty/console/active', 'tty0 ttyS0\n');
  put('dev/tty0', '');
  put('guestinfo/guestinfo.ovfEnv', esxiEnvironment(site()));
  put('guestinfo/guestinfo.edge.nics', `${wanMac}=wan,${lanMac}=lan`);
  return () => rmSync(root, { recursive: true });
});

describe.skipIf(missing.length > 0)('the first boot', () => {
  it('gives NICs names and addresses by MAC, and sets the host name', () => {
    const links = boot('"$program"; hostname; ip -br link');
    expect(links).toContain('acme-paris-edge-gw-1\n');
    expect(links).toMatch(new RegExp(`^lan0 .* ${lanMac} `, 'm'));
    expect(links).toMatch(new RegExp(`^wan0 .* ${wanMac} `, 'm'));
    expect(file('etc/systemd/network/10-edge-lan.network')).toBe(
      `[Match]\nPermanentMACAddress=${lanMac}\n\n[Network]\nAddress=10.20.0.2/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n`,
    );
    expect(file('etc/systemd/network/10-edge-wan.network')).toBe(
      `[Match]\nPermanentMACAddress=${wanMac}\n\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n` +
        'Address=203.0.113.2/28\nAddress=203.0.113.3/28\nGateway=203.0.113.1\n',
    );
    expect(file('etc/systemd/network/10-edge-lan.link')).toContain(
      `PermanentMACAddress=${lanMac}\n\n[Link]\nName=lan0\n`,
    );
    expect(file('etc/hostname')).toBe('acme-paris-edge-gw-1\n');
    expect(file('etc/hosts')).toContain('127.0.1.1 acme-paris-edge-gw-1.edge.acme.example acme-paris-edge-gw-1\n');
    expect(has('var/lib/edge/firstboot.done')).toBe(true);
    expect(existsSync('trace')).toBe(false);
  });

  it('reads the environment of a vCenter like that of an ESXi host', () => {
    boot();
    const esxi = file('etc/systemd/network/10-edge-wan.network');
    rmSync(join(root, 'etc/systemd'), { recursive: true });
    rmSync(join(root, 'var'), { recursive: true });
    put('guestinfo/guestinfo.ovfEnv', vcenterEnvironment(site(), site({ hostname: 'acme-paris-edge-gw-2' })));
    boot();
    expect(file('etc/systemd/network/10-edge-wan.network')).toBe(esxi);
    expect(file('etc/hostname')).toBe('acme-paris-edge-gw-1\n');
  });

  it('makes lan0 a VLAN interface if the gateway is tagged', () => {
    put('guestinfo/guestinfo.ovfEnv', vcenterEnvironment(site({ lan_vlan: '20' })));
    expect(boot('"$program"; ip -br link')).toMatch(new RegExp(`^trunk0 .* ${lanMac} `, 'm'));
    expect(file('etc/systemd/network/10-edge-lan.netdev')).toBe('[NetDev]\nName=lan0\nKind=vlan\n\n[VLAN]\nId=20\n');
    expect(file('etc/systemd/network/10-edge-trunk.network')).toContain(
      `PermanentMACAddress=${lanMac}\n\n[Network]\nVLAN=lan0\n`,
    );
    expect(file('etc/systemd/network/10-edge-lan.network')).toMatch(/^\[Match\]\nName=lan0\nType=vlan\n/);
  });

  it('routes a machine without a WAN to the gateways, and a gateway not to itself', () => {
    const inside = { component: 'logs', wan_ip: '', wan_prefix: '', wan_gateway: '' };
    put('guestinfo/guestinfo.ovfEnv', vcenterEnvironment(site(inside)));
    boot();
    expect(file('etc/systemd/network/10-edge-lan.network')).toContain('Gateway=10.20.0.1\n');
    expect(file('etc/resolv.conf')).toBe('search edge.acme.example\nnameserver 10.20.0.1\n');
    expect(has('etc/systemd/network/10-edge-wan.network')).toBe(false);
  });

  it('adds the bootstrap key to existing keys, once', () => {
    put('root/.ssh/authorized_keys', 'ssh-ed25519 AAAA ale\n');
    boot('"$program"; rm "$EDGE_ROOT/var/lib/edge/firstboot.done"; "$program"');
    const [type, public_] = key.split(' ');
    expect(file('root/.ssh/authorized_keys')).toBe(
      `ssh-ed25519 AAAA ale\n${type} ${public_} edge-installer-bootstrap\n`,
    );
    expect(statSync(join(root, 'root/.ssh/authorized_keys')).mode & 0o777).toBe(0o600);
  });

  it('publishes the fingerprint of the host key, and its state, on console and guestinfo', () => {
    boot();
    const { stdout } = spawnSync('ssh-keygen', ['-lf', join(root, 'etc/ssh/ssh_host_ed25519_key')], {
      encoding: 'utf8',
    });
    const fingerprint = stdout.split(' ')[1] ?? '';
    expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(published()).toEqual([`guestinfo.edge.hostkeys ${fingerprint}`, 'guestinfo.edge.state done']);
    for (const console of ['dev/tty0', 'dev/ttyS0']) {
      expect(file(console)).toBe(`\r\nedge: hostkeys ${fingerprint}\r\n\r\nedge: state done\r\n`);
    }
    expect(file('etc/issue.d/edge.issue')).toContain(fingerprint);
  });

  it('never reads the site data again: a sealed key and an old address are not restored', () => {
    boot();
    put('root/.ssh/authorized_keys', 'ssh-ed25519 AAAA ale\n');
    put('guestinfo/guestinfo.ovfEnv', esxiEnvironment(site({ lan_ip: '10.20.0.99' })));
    boot();
    expect(file('root/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA ale\n');
    expect(file('etc/systemd/network/10-edge-lan.network')).toContain('10.20.0.2/24');
    expect(new Set(published()).size).toBe(2);
  });

  it.each([
    ['a MAC that no NIC has', { 'guestinfo.edge.nics': `${wanMac}=wan,00:50:56:aa:00:09=lan` }, 'edge.nics lan'],
    ['two NICs for the LAN', { 'guestinfo.edge.nics': `${wanMac}=lan,${lanMac}=lan` }, 'edge.nics twice'],
    ['no NIC for the WAN', { 'guestinfo.edge.nics': `${lanMac}=lan` }, 'edge.nics wan'],
    ['nonsense for the NICs', { 'guestinfo.edge.nics': 'lan' }, 'edge.nics'],
    ['a text that is no environment', { 'guestinfo.ovfEnv': '<Property oe:key="hostname' }, 'ovfEnv'],
  ])('refuses %s, applies nothing, and goes on at the next boot', (_, guestinfo, reason) => {
    for (const [name, text] of Object.entries(guestinfo)) put(`guestinfo/${name}`, text);
    boot();
    expect(published().at(-1)).toBe(`guestinfo.edge.state refused: ${reason}`);
    expect(['var/lib/edge/firstboot.done', 'root/.ssh', 'etc/hostname', 'etc/systemd/network'].filter(has)).toEqual([]);
    put('guestinfo/guestinfo.ovfEnv', esxiEnvironment(site()));
    put('guestinfo/guestinfo.edge.nics', `${wanMac}=wan,${lanMac}=lan`);
    boot();
    expect(published().at(-1)).toBe('guestinfo.edge.state done');
  });

  it('assigns the NICs in order if the data names none', () => {
    rmSync(join(root, 'guestinfo/guestinfo.edge.nics'));
    const links = boot('"$program"; ip -br link');
    expect(links).toMatch(new RegExp(`^lan0 .* ${wanMac} `, 'm'));
    expect(links).toMatch(new RegExp(`^wan0 .* ${lanMac} `, 'm'));
  });

  it('reaches the same state when it is killed at 25 moments, and never changes a published key', () => {
    const cuts = `for cut in {1..25}; do timeout -s KILL "$(printf '0.%03d' $((cut * 20)))" "$program"; done 2>/dev/null`;
    const links = boot(`${cuts}; "$program"; ip -br link`);
    expect(links).toMatch(/^lan0 /m);
    expect(published().at(-1)).toBe('guestinfo.edge.state done');
    const keys = published().filter((line) => line.includes('hostkeys'));
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
    const names = [
      'etc/systemd/network/10-edge-lan.network',
      'etc/systemd/network/10-edge-wan.network',
      'root/.ssh/authorized_keys',
      'etc/hosts',
    ];
    const after = names.map(file);
    rmSync(join(root, 'var'), { recursive: true });
    boot();
    expect(names.map(file)).toEqual(after);
  });

  it('makes the host key again if a power cut left half of it', () => {
    put('etc/ssh/ssh_host_ed25519_key', '-----BEGIN OPENSSH PRIVATE KEY-----\n', 0o600);
    boot();
    expect(published()[0]).toMatch(/^guestinfo\.edge\.hostkeys SHA256:/);
    expect(statSync(join(root, 'etc/ssh/ssh_host_ed25519_key')).mode & 0o777).toBe(0o600);
  });
});

const checker = spawnSync('shellcheck', ['--version']).status === 0;
if (!checker) process.stderr.write('Skipped, shellcheck is not installed\n');

describe('the scripts', () => {
  it.skipIf(!checker)('are accepted by shellcheck', () => {
    const image = join(guestFolder, '../../tests/deep/guests/image');
    const script =
      'cd "$0" && shellcheck edge-firstboot edge-disks install ./*.bash && cd "$1" && shellcheck make-root make-disk before-packages after-packages vmware-rpctool';
    const { stdout, stderr, status } = spawnSync('sh', ['-c', script, guestFolder, image], { encoding: 'utf8' });
    expect({ said: stdout + stderr, status }).toEqual({ said: '', status: 0 });
  });

  it('read the names of the contract, which the reference image declares', async () => {
    const contract = readFileSync(join(guestFolder, '../../docs/image-contract.md'), 'utf8');
    const [, section = ''] = contract.split('## The site data\n');
    const listed = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `([a-z_.]+)`/gm)].map(([, name]) => name);
    const script = readFileSync(join(guestFolder, 'site-data.bash'), 'utf8');
    const read = [...script.matchAll(/^ {2}\[([a-z_.]+)\]=/gm)].map(([, name]) => name);
    expect(read).toEqual(listed);
    const { imageProperties } = await import('../../deep/guests/descriptor.ts');
    expect(new Set([...imageProperties, 'edge.nics'])).toEqual(new Set(listed));
  });
});
