/** What the services of a simulated guest do, by their configuration files. */
import { interfaces } from '../../../core/gateway/view.ts';
import { publicKeyOf } from '../../adapters/wireguard/keys.ts';
import { type Guest, type GuestNetwork, textOf, unitOf } from './guest.ts';

const valueOf = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[1];

export interface GuestInterface {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
}

interface Vrrp {
  readonly priority: number;
  readonly addresses: readonly string[];
}

/** What keepalived competes for; undefined while it does not run. */
function vrrpOf({ disk }: Guest): Vrrp | undefined {
  if (!unitOf(disk, 'keepalived').active) return undefined;
  const text = textOf(disk, '/etc/keepalived/keepalived.conf');
  const block = valueOf(text, /virtual_ipaddress \{([^}]*)\}/) ?? '';
  return {
    priority: Number(valueOf(text, /^\s*priority (\d+)$/m) ?? 0),
    addresses: [...block.matchAll(/([0-9.]+)\/\d+/g)].map(([, address = '']) => address),
  };
}

/** The guest that holds a shared address: of those that compete for it the one with the highest priority. */
export function holderOf(address: string, network: GuestNetwork): Guest | undefined {
  const competing = network().flatMap((guest) => {
    const vrrp = vrrpOf(guest);
    return vrrp?.addresses.includes(address) === true ? [{ guest, priority: vrrp.priority }] : [];
  });
  return competing.toSorted((a, b) => b.priority - a.priority)[0]?.guest;
}

/** The interfaces with their addresses; with a VLAN file the LAN's address is on the VLAN. */
export function interfacesOf(guest: Guest, network: GuestNetwork): readonly GuestInterface[] {
  const { facts, disk } = guest;
  const vlan = valueOf(textOf(disk, '/etc/systemd/network/20-edge-vlan.netdev'), /^Name=(\S+)$/m);
  const shared = (vrrpOf(guest)?.addresses ?? []).filter((one) => holderOf(one, network) === guest);
  const lan = [facts.lan.address, ...shared].map((address) => ({ address, prefix: facts.lan.prefix }));
  const [wan] = facts.wan;
  const tunnel = valueOf(textOf(disk, '/etc/wireguard/wg0.conf'), /^Address = ([0-9.]+)/m);
  return [
    { name: 'lo', mac: '00:00:00:00:00:00', addresses: [{ address: '127.0.0.1', prefix: 8 }] },
    { name: interfaces.lan, mac: facts.lan.mac, addresses: vlan === undefined ? lan : [] },
    ...(vlan === undefined ? [] : [{ name: vlan, mac: facts.lan.mac, addresses: lan }]),
    ...(wan === undefined ? [] : [{ name: interfaces.wan, mac: wan.mac, addresses: facts.wan }]),
    ...(tunnel !== undefined && unitOf(disk, 'wg-quick@wg0').active
      ? [{ name: interfaces.tunnel, mac: '', addresses: [{ address: tunnel, prefix: 32 }] }]
      : []),
  ];
}

/** Whether a machine answers at an address of the LAN. */
export const isUp = (address: string, network: GuestNetwork): boolean =>
  holderOf(address, network) !== undefined || network().some(({ facts }) => facts.lan.address === address);

/** s between two handshakes while packets flow. Source: the WireGuard paper, REKEY_AFTER_TIME. */
const rekey = 120;

/** `wg show wg0 dump`; undefined while the tunnel has no interface. `seconds` since 1970. */
export function tunnelDump({ disk }: Guest, seconds: number): string | undefined {
  const text = textOf(disk, '/etc/wireguard/wg0.conf');
  const field = (part: string, name: string): string => valueOf(part, new RegExp(`^${name} = (.+)$`, 'm')) ?? '(none)';
  if (!unitOf(disk, 'wg-quick@wg0').active || text === '') return undefined;
  const [own = '', ...peers] = text.split('[Peer]');
  const privateKey = field(own, 'PrivateKey');
  const publicKey = publicKeyOf(privateKey);
  const rows = peers.map((peer) => [
    field(peer, 'PublicKey'),
    field(peer, 'PresharedKey'),
    field(peer, 'Endpoint'),
    field(peer, 'AllowedIPs').replaceAll(', ', ','),
    // The NOC answers at once: it is simulated too.
    String(seconds - (seconds % rekey)),
    '18428',
    '20180',
    field(peer, 'PersistentKeepalive'),
  ]);
  const first = [privateKey, publicKey.ok ? publicKey.value : '(none)', field(own, 'ListenPort'), 'off'];
  return `${[first, ...rows].map((row) => row.join('\t')).join('\n')}\n`;
}

/** The line of the configuration that gives a name its address. */
function addressIn(config: string, name: string): string | undefined {
  for (const line of config.split('\n')) {
    const [kind = '', value = ''] = line.split('=');
    const words = value.split(kind === 'address' ? '/' : ',').filter((one) => one !== '');
    const names = words.slice(0, -1);
    const isBelow = kind === 'address' && names.some((one) => name === one || name.endsWith(`.${one}`));
    if (isBelow || (kind === 'host-record' && names.includes(name))) return words.at(-1);
    if (kind === 'cname' && words[0] === name) return addressIn(config, words.at(-1) ?? '');
  }
  return undefined;
}

/** An address of the Internet for documentation: RFC 5737. */
const outside = '192.0.2.53';

/** The address of a name by dnsmasq: of the edge, or from a forwarder. Undefined while none answers. */
export function resolve({ disk }: Guest, name: string): string | undefined {
  const config = textOf(disk, '/etc/dnsmasq.conf');
  if (!unitOf(disk, 'dnsmasq').active) return undefined;
  return addressIn(config, name) ?? (/^server=/m.test(config) ? outside : undefined);
}

/** The file of leases: one client of the LAN has asked for an address. */
export function leases({ disk }: Guest, seconds: number): string | undefined {
  const first = valueOf(textOf(disk, '/etc/dnsmasq.conf'), /^dhcp-range=([0-9.]+),[0-9]/m);
  if (first === undefined || !unitOf(disk, 'dnsmasq').active) return undefined;
  return `${seconds + 3600} 02:00:00:00:00:01 ${first} simulated-client *\n`;
}

/** Sockets that other machines can reach, as protocol, port and program. */
export function socketsOf({ disk }: Guest): readonly (readonly [protocol: string, port: string, program: string])[] {
  const when = (unit: string, sockets: readonly (readonly [string, string | undefined, string])[]) =>
    unitOf(disk, unit).active
      ? sockets.flatMap(([protocol, port, program]) => (port === undefined ? [] : [[protocol, port, program] as const]))
      : [];
  const isLeasing = /^dhcp-range=/m.test(textOf(disk, '/etc/dnsmasq.conf'));
  const cachePort = valueOf(textOf(disk, '/etc/apt-cacher-ng/zz_edge.conf'), /^Port: (\d+)$/m);
  const tunnelPort = valueOf(textOf(disk, '/etc/wireguard/wg0.conf'), /^ListenPort = (\d+)$/m);
  return [
    ...when('ssh', [['tcp', '22', 'sshd']]),
    ...when('dnsmasq', [
      ['udp', '53', 'dnsmasq'],
      ['tcp', '53', 'dnsmasq'],
      ['udp', isLeasing ? '67' : undefined, 'dnsmasq'],
    ]),
    ...when('chrony', [['udp', '123', 'chronyd']]),
    ...when('apt-cacher-ng', [['tcp', cachePort, 'apt-cacher-ng']]),
    // The kernel's socket has no program.
    ...when('wg-quick@wg0', [['udp', tunnelPort, '']]),
  ];
}
