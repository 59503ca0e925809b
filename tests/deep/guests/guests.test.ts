/** First boot, networks, tunnel, VIP and disks of two real gateways, from the OVA that the strict reader accepts. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configure, firewall, tunnelFile, vrrpFile } from './gateway-files.ts';
import { lan, trunk, wan } from './network.ts';
import { must, run, start, waitFor } from './processes.ts';
import { type Gateway, type Guests, startGuests } from './start-guests.ts';

const minute = 60_000;
const inCheckout = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const passphrase = randomBytes(20).toString('hex');
const earlier = 'the passphrase of an earlier run';
const canary = `canary-${randomBytes(12).toString('hex')}`;

let guests: Guests;
let first: Gateway;
let second: Gateway;
let tagging: Gateway;

beforeAll(async () => {
  const begin = performance.now();
  guests = await startGuests();
  const [one, two] = guests.gateways;
  if (one === undefined || two === undefined) throw new Error('a gateway is missing');
  [first, second, tagging] = [one, two, guests.tagging];
  console.log(`guests: three first boots in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
});
afterAll(() => guests?.stop());

/** The stdout of a command in the guest; if the command fails, the test fails with its stderr. */
async function say(gateway: Gateway, command: string, input = ''): Promise<string> {
  const { code, stdout, stderr } = await gateway.ssh(['sh', '-c', command], { input, limit: 3 * minute });
  expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
  return stdout.trim();
}

/** At the same time, to use all processors. */
const inEach = <T>(gateways: readonly Gateway[], work: (gateway: Gateway) => Promise<T>): Promise<T[]> =>
  Promise.all(gateways.map(work));

const all = (): Gateway[] => [first, second, tagging];

const megabytes = async (gateway: Gateway, folder: string): Promise<number> =>
  Number(await say(gateway, `df --output=size -BM ${folder} | tail -n 1 | tr -d " M"`));

/** Whether a TCP port answers to a namespace. */
const answers = async (enter: readonly string[], address: string, port: number): Promise<boolean> =>
  (await run([...enter, 'bash', '--norc', '-c', `exec 3<>/dev/tcp/${address}/${port}`], { limit: 5000 })).code === 0;

describe('the image', () => {
  it('is an OVA that the strict reader accepts', async () => {
    const cli = [process.execPath, '--import', inCheckout('scripts/ready.mjs'), inCheckout('main/cli.ts')];
    const { code, stdout, stderr } = await run([...cli, 'ova', 'verify', guests.image.ova], { limit: 5 * minute });
    expect({ code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, stderr: '' });
  });

  it('holds no host key, no machine id and no installed key', async () => {
    const ids = await inEach(all(), (gateway) => say(gateway, 'cat /etc/machine-id'));
    expect(new Set(ids).size).toBe(3);
    expect(new Set(all().map(({ hostKey }) => hostKey)).size).toBe(3);
    const keys = await inEach(all(), (gateway) => say(gateway, 'cat /root/.ssh/authorized_keys'));
    for (const text of keys) expect(text).toMatch(/^ssh-ed25519 \S+ edge-installer-bootstrap$/);
  });
});

describe('the first boot', () => {
  it('ends with its state on the console, and in guestinfo if available', () => {
    expect(all().map((gateway) => gateway.published('state'))).toEqual(['done', 'done', 'done']);
    expect(second.vm.guestinfo().split(/\r?\n/)).toEqual(
      expect.arrayContaining([`guestinfo.edge.hostkeys ${second.hostKey}`, 'guestinfo.edge.state done']),
    );
  });

  it('keeps its host key after a power cut in the middle of it', () => {
    const published = [...tagging.console().matchAll(/^edge: hostkeys (\S+)/gm)].map(([, key]) => key);
    expect(published.length).toBeGreaterThan(1);
    expect(new Set(published)).toEqual(new Set([tagging.hostKey]));
  });

  it('gives names and addresses by MAC, for any order of the NICs', async () => {
    const addresses = 'hostname; ip -br -4 addr | awk \'$1 != "lo" { print $1, $3 }\' | sort; ip route show default';
    expect(await say(first, addresses)).toBe(
      `bed-edge-gw-1\nlan0 10.20.0.2/24\nwan0 203.0.113.2/28\ndefault via ${wan.router} dev wan0 proto static`,
    );
    expect(await say(second, addresses)).toBe(
      `bed-edge-gw-2\nlan0 10.20.0.3/24\nwan0 203.0.113.3/28\ndefault via ${wan.router} dev wan0 proto static`,
    );
    expect(await say(tagging, 'ip -d -br -4 addr | awk \'$1 != "lo" { print $1, $3 }\'')).toBe(
      'lan0@trunk0 10.21.0.4/24',
    );
  });

  it('grows the system to its disk, and leaves no failed unit', async () => {
    const running = 'systemctl --failed --no-legend; systemctl is-system-running --wait';
    expect(await inEach(all(), (gateway) => say(gateway, running))).toEqual(['running', 'running', 'running']);
    for (const gateway of all()) expect(await megabytes(gateway, '/')).toBeGreaterThan(3500);
  });

  it('opens the LAN for SSH by key alone, and the WAN for nothing', async () => {
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=15'];
    const foreign = join(guests.folder, 'foreign');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', foreign]);
    const login = ['ssh', '-v', ...options, '-o', 'BatchMode=yes', '-i', foreign, `root@${first.address}`, 'true'];
    const { code, stderr } = await run([...guests.installer.enter, ...login]);
    expect(code).toBe(255);
    expect(stderr).toMatch(/Authentications that can continue: publickey\r?\n/);
    expect(stderr).toContain('Permission denied (publickey)');
    expect(await answers(guests.installer.enter, first.address, 22)).toBe(true);
    expect(await answers(guests.noc.enter, first.wan, 22)).toBe(false);
    expect(await answers(guests.noc.enter, second.wan, 22)).toBe(false);
  });

  it('tags the LAN of a gateway with a VLAN, and of no other', async () => {
    expect(await say(tagging, 'ip -d link show lan0')).toContain(`vlan protocol 802.1Q id ${trunk.vlan}`);
    expect(await say(first, 'ip -d link show lan0')).not.toContain('vlan');
    expect(await answers(guests.installer.enter, tagging.address, 22)).toBe(true);
  });
});

describe('data disks', () => {
  it('are encrypted with AES-256, by a key that a TPM seals if there is one', async () => {
    expect(all().map((gateway) => gateway.published('disks'))).toEqual(['data1=tpm', 'data1=keyfile', 'data1=keyfile']);
    const command = 'cryptsetup luksDump /dev/disk/by-label/edge-data1 && cryptsetup status edge-data1';
    for (const dump of await inEach(all(), (gateway) => say(gateway, command))) {
      expect(dump).toMatch(/Version:\s+2\n/);
      expect(dump).toMatch(/cipher:\s+aes-xts-plain64\n/);
      expect(dump).toMatch(/keysize:\s+512 bits/);
    }
    expect(await say(first, 'ls /var/lib/edge; ls /run/edge')).not.toContain('disk.key');
  });

  it('take a recovery passphrase over SSH, repeatedly', async () => {
    await inEach([first, second], async (gateway) => {
      // The second one changes it, and sets it once more.
      const texts = gateway === first ? [passphrase] : [earlier, passphrase, passphrase];
      for (const text of texts) await say(gateway, '/usr/lib/edge/edge-disks recovery', `${text}\n`);
      await say(gateway, `echo ${canary} > /srv/data1/canary && sync`);
    });
    expect(await first.ssh(['/usr/lib/edge/edge-disks', 'recovery'], { input: 'too short\n' })).toMatchObject({
      code: 2,
    });
    expect([first, second].map((gateway) => gateway.published('disks'))).toEqual([
      'data1=tpm+recovery',
      'data1=keyfile+recovery',
    ]);
  });

  it('show no plain text to a host that reads the disk', () => {
    for (const { vm } of [first, second]) {
      const bytes = readFileSync(vm.dataDisk);
      expect(bytes.includes('LUKS')).toBe(true);
      expect(bytes.includes(canary)).toBe(false);
    }
  });
});

describe('the tunnel and the VIP', () => {
  it('work between each gateway and the NOC, with the WireGuard of the kernel', async () => {
    const keys = async () => {
      const secret = (await must(['wg', 'genkey'])).trim();
      return { secret, shown: (await must(['wg', 'pubkey'], { input: secret })).trim() };
    };
    const noc = await keys();
    const userspace = ['env', 'WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD=1', 'wireguard-go', '-f', 'wgnoc'];
    await start([...guests.noc.enter, ...userspace]);
    const inNoc = (command: string, input = '') => must([...guests.noc.enter, 'sh', '-c', command], { input });
    await waitFor('the interface of the NOC', 10_000, () => inNoc('wg show wgnoc').catch(() => undefined));
    // Standard input is a socket, which cannot be opened by its name.
    const steps = [
      'cat | wg set wgnoc private-key /dev/stdin listen-port 51820',
      'ip addr add 100.64.0.1/32 dev wgnoc',
      'ip link set wgnoc up',
    ];
    await inNoc(steps.join(' && '), noc.secret);
    for (const [at, gateway] of [first, second].entries()) {
      const own = await keys();
      const address = `100.64.0.${at + 2}`;
      const others = [first, second].filter((one) => one !== gateway).map((one) => one.address);
      const vrrp = vrrpFile(gateway.address, others[0] ?? '', 150 - 50 * at);
      const units =
        'systemctl restart nftables && systemctl enable --now wg-quick@wg0 && systemctl enable --now keepalived';
      await configure(gateway, [firewall, tunnelFile(own.secret, address, noc.shown), vrrp], units);
      await inNoc(
        `wg set wgnoc peer ${own.shown} endpoint ${gateway.wan}:51820 allowed-ips ${address}/32 && ip route add ${address} dev wgnoc`,
      );
      expect(await inNoc(`ping -c 5 -W 10 ${address}`)).toMatch(/ [1-5] received/);
      expect(await say(gateway, 'wg show wg0 latest-handshakes; lsmod')).toMatch(/\t[1-9]\d+\n[^]*^wireguard /m);
    }
    expect(await answers(guests.noc.enter, first.wan, 22)).toBe(false);
  });

  it('move the VIP to the other gateway when the master fails', async () => {
    const holds = async (gateway: Gateway) => (await say(gateway, 'ip -4 addr show lan0')).includes(`${lan.vip}/`);
    await waitFor('the VIP on the master', 3 * minute, async () => ((await holds(first)) ? true : undefined));
    expect(await holds(second)).toBe(false);
    const ping = () => run([...guests.installer.enter, 'ping', '-c', '1', '-W', '1', lan.vip], { limit: 3000 });
    expect((await ping()).code).toBe(0);
    await first.kill();
    const lost = performance.now();
    await waitFor('the VIP on the slave', 2 * minute, async () => ((await ping()).code === 0 ? true : undefined));
    const seconds = (performance.now() - lost) / 1000;
    console.log(`guests: VIP failover ${seconds.toFixed(1)} s`);
    expect(await holds(second)).toBe(true);
    expect(seconds).toBeLessThan(20);
  });
});

describe('the next boot', () => {
  it('restores everything except a sealed key, after a power cut and after a reboot', async () => {
    // Like the seal: adds the key of ALE and removes the bootstrap key, which is still in the properties.
    const ours = readFileSync(`${guests.bootstrapKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    await say(second, `echo '${ours} ale-operations' > /root/.ssh/authorized_keys; sync`);
    await must(['qemu-img', 'resize', '-q', first.vm.dataDisk, '9G']);
    await Promise.all([first.boot(), second.reboot()]);
    expect(await megabytes(first, '/srv/data1')).toBeGreaterThan(8700);
    expect(await say(second, 'cat /root/.ssh/authorized_keys')).toBe(`${ours} ale-operations`);
    await inEach([first, second], async (gateway) => {
      const seen = await say(
        gateway,
        'cat /srv/data1/canary; ip -br -4 addr show lan0; systemctl is-system-running --wait',
      );
      expect(seen.startsWith(`${canary}\nlan0 `)).toBe(true);
      expect(seen).toContain(` ${gateway.address}/24 `);
      expect(seen.endsWith('\nrunning')).toBe(true);
      expect(gateway.published('hostkeys')).toBe(gateway.hostKey);
    });
    expect([first, second].map((gateway) => gateway.published('disks'))).toEqual([
      'data1=tpm+recovery',
      'data1=keyfile+recovery',
    ]);
    expect(await say(first, 'wg show wg0 listen-port')).toBe('51820');
  });

  it('writes no secret to a console, a log or guestinfo', async () => {
    const keyfile = await say(second, 'base64 -w 0 /var/lib/edge/disk.key');
    const log = await say(second, 'journalctl --no-pager -o cat');
    for (const text of [first.console(), second.console(), second.vm.guestinfo(), log]) {
      expect(text).not.toContain(passphrase);
      expect(text).not.toContain(keyfile);
    }
    expect(log).toContain('edge-firstboot');
  });

  it('leaves a disk that opens with the recovery passphrase in the guest', async () => {
    const steps = [
      'umount /srv/data1 && cryptsetup close edge-data1',
      'cryptsetup open --key-file - --key-slot 1 /dev/disk/by-label/edge-data1 rescued',
      'mount -o ro /dev/mapper/rescued /mnt && cat /mnt/canary',
    ];
    expect(await say(second, steps.join(' && '), passphrase)).toBe(canary);
  });

  it('leaves a disk that another machine opens only with the right passphrase', async () => {
    await second.kill();
    const raw = join(guests.folder, 'rescued.raw');
    await must(['qemu-img', 'convert', '-O', 'raw', second.vm.dataDisk, raw], { limit: 5 * minute });
    const open = (input: string) => run(['cryptsetup', 'open', '--test-passphrase', '--key-file', '-', raw], { input });
    expect(await open(passphrase)).toMatchObject({ code: 0 });
    expect((await open(earlier)).code).toBe(2);
  });
});
