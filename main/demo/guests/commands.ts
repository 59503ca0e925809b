/**
 * The commands that the product sends to a guest, answered from its files and services. Anything else is answered as an
 * unknown command: a simulated guest runs no program, so that it works on every system.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandOutput } from '../../../core/gateway/check.ts';
import { lsblkCommand } from '../../../core/gateway/disk-state.ts';
import { digestCommand, readStamp } from '../../../core/gateway/stamp.ts';
import { stateFolder } from '../../gateways/gateway-script.ts';
import { setTimer, waitForAddress } from '../../gateways/measure-failover.ts';
import { handshakeScript } from '../../gateways/prove-tunnel.ts';
import { gatewayLookScript } from '../../runner/gateway-look.ts';
import { recoveryScript } from '../../runner/prepare-servers.ts';
import { publicKeyOf } from '../../adapters/wireguard/keys.ts';
import { loadedRules } from './apply.ts';
import { type Guest, type GuestNetwork, textOf, unitOf } from './guest.ts';
import { installerAddress } from './machine.ts';
import { interfacesOf, holderOf, isUp, leases, resolve, socketsOf, tunnelDump } from './services.ts';

interface Scene {
  readonly guest: Guest;
  readonly network: GuestNetwork;
  /** ms since 1970. */
  readonly now: number;
  readonly input: string;
}

/** The arguments behind the command's name. Undefined: not a form that is known. */
type Answer = (args: readonly string[], scene: Scene) => CommandOutput | Promise<CommandOutput> | undefined;

const says = (stdout: string): CommandOutput => ({ code: 0, stdout });
const fails = (code: number, stdout = ''): CommandOutput => ({ code, stdout });
const orFails = (stdout: string | undefined, code: number): CommandOutput =>
  stdout === undefined ? fails(code) : says(stdout);

const addressJson = ({ guest, network }: Scene, wanted?: string): string =>
  JSON.stringify(
    interfacesOf(guest, network)
      .filter(({ name }) => wanted === undefined || name === wanted)
      .map(({ name, mac, addresses }) => ({
        ifname: name,
        address: mac,
        addr_info: addresses.map(({ address, prefix }) => ({ family: 'inet', local: address, prefixlen: prefix })),
      })),
  );

/** The look of main/runner/gateway-look.ts. The simulated laptop is on the LAN. */
function lookAtGateway(scene: Scene): CommandOutput {
  const { lan } = scene.guest.facts;
  const key = /^PrivateKey *= *(\S+)$/m.exec(textOf(scene.guest.disk, '/etc/wireguard/wg0.conf'))?.[1];
  const publicKey = publicKeyOf(key ?? '');
  const connection = `${installerAddress(lan)} 50000 ${lan.address} 22`;
  return says([connection, publicKey.ok ? publicKey.value : '', addressJson(scene), ''].join('\n'));
}

const digests = (paths: readonly string[], { guest: { disk } }: Scene): CommandOutput =>
  says(
    paths
      .flatMap((path) => {
        const file = disk.files[path];
        if (file === undefined) return [];
        const { plan, stamp, actual } = readStamp(path, file.content);
        return [`${path}\t${plan}\t${stamp}\t${actual}\n`];
      })
      .join(''),
  );

function fileWithMode(path: string, { guest: { disk } }: Scene): CommandOutput {
  const file = disk.files[path];
  return file === undefined ? fails(1) : says(`${file.mode}\n${file.content}`);
}

/** Waits until the interface has the address, as keepalived gives it. Arguments: address, interface, seconds. */
async function holdsAddress([address = '', device = '', seconds = '']: readonly string[], scene: Scene) {
  const end = Date.now() + Number(seconds) * 1000;
  const { guest, network } = scene;
  const isThere = (): boolean =>
    interfacesOf(guest, network).some(
      ({ name, addresses }) => name === device && addresses.some((one) => one.address === address),
    );
  while (!isThere()) {
    if (Date.now() >= end) return fails(1);
    await pause(50);
  }
  return says('');
}

/** The NOC is simulated: it knows every key at once. */
function hasHandshake(wanted: string, { guest, now }: Scene): CommandOutput {
  const [own = ''] = (tunnelDump(guest, Math.floor(now / 1000)) ?? '').split('\n');
  const [, publicKey = ''] = own.split('\t');
  return publicKey !== '' && (wanted === 'any' || wanted === publicKey) ? says('0\n') : fails(1);
}

function setFailoverTimer(seconds: string, { guest: { disk }, now }: Scene): CommandOutput {
  const start = { unit: 'keepalived.service', at: now + Number(seconds) * 1000 };
  disk.timers = { ...disk.timers, 'rainbow-edge-failover.timer': start };
  return says('');
}

/** Scripts by their text. A script of another text is not known. */
function shell(argv: readonly string[], scene: Scene): ReturnType<Answer> {
  const [option, script = '', , ...values] = argv;
  if (option !== '-c') return undefined;
  if (script === gatewayLookScript) return lookAtGateway(scene);
  if (script === waitForAddress) return holdsAddress(values, scene);
  if (script === setTimer) return setFailoverTimer(values[0] ?? '', scene);
  if (script === handshakeScript) return hasHandshake(values[0] ?? '', scene);
  if (script === 'systemctl start keepalived.service && systemctl stop rainbow-edge-failover.timer') {
    serviceManager(['start', 'keepalived.service'], scene);
    return serviceManager(['stop', 'rainbow-edge-failover.timer'], scene);
  }
  if (script === recoveryScript) return setRecovery(scene);
  if (script === digestCommand([])[2]) return digests(values, scene);
  if (script === 'stat -c %a "$1" && cat "$1"') return fileWithMode(values[0] ?? '', scene);
  if (/^for one in "\$@"; do ping [^;]*; done; true$/.test(script))
    return says(
      values
        .filter((one) => isUp(one, scene.network))
        .map((one) => `${one}\n`)
        .join(''),
    );
  return undefined;
}

interface BlockDevice {
  readonly name: string;
  readonly size?: number;
  readonly type: string;
  readonly fstype?: string;
  readonly mountpoints?: readonly string[];
  readonly children?: readonly BlockDevice[];
}

/** The disk of the system, and the encrypted ones. `whole`: with sizes and file systems. */
function blockDevices({ facts }: Guest, whole: boolean): string {
  const devices = facts.disks.map((size, index): BlockDevice => {
    const name = `sd${String.fromCodePoint(97 + index)}`;
    if (index === 0) {
      const system = { name: 'sda1', size, type: 'part', fstype: 'ext4', mountpoints: ['/'] };
      return { name, size, type: 'disk', children: [system] };
    }
    const at = [`/srv/data${index}`];
    const open = { name: `edge-data${index}`, size, type: 'crypt', fstype: 'ext4', mountpoints: at };
    return { name, size, type: 'disk', fstype: 'crypto_LUKS', children: [open] };
  });
  const names = ({ name, type, children }: BlockDevice): BlockDevice => ({
    name,
    type,
    ...(children === undefined ? {} : { children: children.map(names) }),
  });
  return JSON.stringify({ blockdevices: whole ? devices : devices.map(names) }, undefined, 3);
}

function ping(args: readonly string[], { network }: Scene): CommandOutput {
  if (!isUp(args.at(-1) ?? '', network)) return fails(1);
  return says('rtt min/avg/max/mdev = 0.310/0.420/0.610/0.050 ms\n');
}

/** The sockets as `ss -H -l -n -t -u -p` lists them. */
const socketLines = (guest: Guest): string =>
  socketsOf(guest)
    .map(([protocol, port, program]) => {
      const users = program === '' ? '' : ` users:(("${program}",pid=400,fd=3))`;
      return `${protocol} ${protocol === 'udp' ? 'UNCONN' : 'LISTEN'} 0 0 0.0.0.0:${port} 0.0.0.0:*${users}\n`;
    })
    .join('');

/** What chrony says of its first source. */
const tracking = 'C0000235,192.0.2.53,3,1764380000.1,0.000012,0.000010,0.000020,1.2,0.0,0.1,0.01,0.001,64.0,Normal\n';

function packageCache([url = '']: readonly string[], { network }: Scene): CommandOutput {
  const [, host = '', port = ''] = /^http:\/\/([0-9.]+):(\d+)\/$/.exec(url) ?? [];
  const holder = holderOf(host, network);
  const isOpen = holder !== undefined && socketsOf(holder).some((one) => one[0] === 'tcp' && one[1] === port);
  // apt-cacher-ng shows its page of hints with this status.
  return isOpen ? says('406') : fails(7, '000');
}

function serviceManager(args: readonly string[], { guest: { disk } }: Scene): CommandOutput | undefined {
  const [verb = '', ...units] = args.filter((word) => !word.startsWith('-'));
  const set = (active: boolean): CommandOutput => {
    for (const unit of units) {
      delete disk.timers?.[unit];
      if (unit.endsWith('.timer') && !active) continue;
      const name = unit.includes('.') ? unit : `${unit}.service`;
      disk.units[name] = { ...unitOf(disk, name), active };
    }
    return says('');
  };
  switch (verb) {
    case 'is-active': {
      const active = units.every((unit) => unitOf(disk, unit).active);
      return active ? says('active\n') : fails(3, 'inactive\n');
    }
    case 'start':
    case 'restart':
    case 'reload':
      return set(true);
    case 'stop':
      return set(false);
    case 'show':
      // The nightly backup has not run yet.
      return says('Result=success\nExecMainExitTimestamp=\n');
    default:
      return undefined;
  }
}

/** Sets the recovery passphrase of the data disks. It is not kept: nothing is encrypted. */
function setRecovery({ guest: { disk }, input }: Scene): CommandOutput {
  if ((input.split('\n')[0] ?? '').length < 20) return fails(1);
  const path = '/run/edge/disks';
  const content = textOf(disk, path).replaceAll(/=(tpm|keyfile)(?!\+)/g, '=$1+recovery');
  disk.files[path] = { content, mode: '644' };
  return says('');
}

function catFiles(paths: readonly string[], { guest, now }: Scene): CommandOutput {
  const found = paths.map((path) =>
    path === '/var/lib/misc/dnsmasq.leases' ? leases(guest, Math.floor(now / 1000)) : guest.disk.files[path]?.content,
  );
  return { code: found.includes(undefined) ? 1 : 0, stdout: found.join('') };
}

const is = (args: readonly string[], text: string): boolean => args.join(' ') === text;

const answers: Readonly<Record<string, Answer>> = {
  sh: shell,
  '/bin/sh': shell,
  cat: (args, scene) => (args.some((word) => !word.startsWith('/')) ? undefined : catFiles(args, scene)),
  true: () => says(''),
  date: (args, { now }) => (is(args, '+%s') ? says(`${Math.floor(now / 1000)}\n`) : undefined),
  id: (args) => (is(args, '-u') ? says('0\n') : undefined),
  ip: (args, scene) => {
    const device = /^-j (?:-4 )?address(?: show)?(?: dev (\S+))?$/.exec(args.join(' '));
    if (device === null) return undefined;
    const json = addressJson(scene, device[1]);
    return json === '[]' ? fails(1) : says(`${json}\n`);
  },
  wg: (args, { guest, now }) =>
    is(args, 'show wg0 dump') ? orFails(tunnelDump(guest, Math.floor(now / 1000)), 1) : undefined,
  nft: (args, { guest: { disk } }) => (is(args, '-s list ruleset') ? says(`${disk.rules}\n`) : undefined),
  unshare: (args, { guest: { disk } }) =>
    is(args, '-n sh -c nft -f /etc/nftables.conf && nft -s list ruleset') ? says(`${loadedRules(disk)}\n`) : undefined,
  ss: (args, { guest }) => (is(args, '-H -l -n -t -u -p') ? says(socketLines(guest)) : undefined),
  getent: ([database, name = ''], { guest }) => {
    if (database !== 'ahostsv4') return undefined;
    const address = resolve(guest, name);
    return orFails(address === undefined ? undefined : `${address} STREAM ${name}\n`, 2);
  },
  chronyc: (args, { guest: { disk } }) =>
    is(args, '-c tracking') ? (unitOf(disk, 'chrony').active ? says(tracking) : fails(1)) : undefined,
  curl: (args, scene) => packageCache(args.slice(-1), scene),
  ping,
  // The simulated Internet answers.
  chronyd: ([option]) => (option === '-Q' ? says('') : undefined),
  timeout: (args) => (args[1] === 'bash' ? says('') : undefined),
  lsblk: (args, { guest }) => {
    if (is(args, '-J -o NAME,TYPE')) return says(`${blockDevices(guest, false)}\n`);
    return is(['lsblk', ...args], lsblkCommand.join(' ')) ? says(`${blockDevices(guest, true)}\n`) : undefined;
  },
  test: (args, { guest: { disk } }) =>
    is(args, `-d ${stateFolder}/transaction`) ? fails(disk.transaction === undefined ? 1 : 0) : undefined,
  systemctl: serviceManager,
  '/usr/lib/edge/edge-disks': (args, scene) => (is(args, 'recovery') ? setRecovery(scene) : undefined),
};

/** Commands that read their standard input. */
export const readsInput = ([name, , script]: readonly string[]): boolean =>
  name === '/usr/lib/edge/edge-disks' || script === recoveryScript;

export async function answerCommand([name = '', ...args]: readonly string[], scene: Scene): Promise<CommandOutput> {
  const answer = Object.hasOwn(answers, name) ? await answers[name]?.(args, scene) : undefined;
  return answer ?? fails(127);
}
