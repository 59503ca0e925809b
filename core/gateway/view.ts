/** The inputs of a gateway's files: the plan's facts about one VM, and material outside the plan. */
import { type Failure, FailureSignal, failure, unwrap } from '../base/errors.ts';
import { alternateTunnelAddressFor, tunnelAddressFor } from '../handover/tunnel-address.ts';
import type { NocPeer } from '../media/peers.ts';
import { addressesOn } from '../plan/network/dns.ts';
import { formatCidr, overlaps, subnetOf } from '../network/ipv4.ts';
import { keyFault } from '../network/wireguard.ts';
import { planDigestOf } from '../plan/digest.ts';
import type { Plan, PlannedVip, PlannedVm } from '../plan/model.ts';
import type { Site } from '../site/schema.ts';
import * as quote from './quote.ts';

/**
 * Interface names on a gateway, assigned by MAC address. With a trunk, the LAN is a VLAN on top of the first interface.
 */
export const interfaces = { lan: 'lan0', wan: 'wan0', tunnel: 'wg0' } as const;

/** The inputs of a gateway's files beside site and plan. */
export interface GatewayMaterial {
  readonly privateKey: string;
  readonly presharedKey: string;
  /** The keys have the other tunnel address: see `alternateTunnelAddressFor`. */
  readonly alternate?: boolean | undefined;
  /** From the signed catalogue. */
  readonly peers: readonly NocPeer[];
  /** ALE's keys, `noc.sshAuthorizedKeys` of the signed catalogue. */
  readonly sshAuthorizedKeys: readonly string[];
  /** The account of the image; by default root. */
  readonly sshUser?: string | undefined;
  /** The public part of the bootstrap key. Undefined after the seal. */
  readonly bootstrapKey: string | undefined;
  /** Addresses of the installer. Empty after the seal. */
  readonly installers: readonly string[];
  /** MAC addresses by VM name, read back after the import. */
  readonly macs: Readonly<Record<string, { readonly lan?: string; readonly wan?: string }>>;
  /** The secret `backup/<host>`: password or private key (sftp), secret key (s3). */
  readonly backupSecret: string | undefined;
}

export interface GatewayInput {
  readonly site: Site;
  readonly plan: Plan;
  readonly vm: PlannedVm;
  readonly material: GatewayMaterial;
}

export interface Gateway extends GatewayInput {
  readonly planDigest: string;
  /** Interface with the LAN address. */
  readonly lanInterface: string;
  readonly lan: string;
  readonly wan: string;
  /** Its shared VIP, if it has one. */
  readonly vip: PlannedVip | undefined;
  /** LAN addresses of the other gateways with this VIP. */
  readonly partners: readonly string[];
  /** Its index among the gateways with this VIP: 0 is the master. */
  readonly rank: number;
  /** Its address in the tunnel, `/32`. */
  readonly tunnel: string;
  /** IPv4 networks behind the NOC's peers. */
  readonly nocNetworks: readonly string[];
  readonly lanCidr: string;
}

/** The gateways of a plan in order. The order decides their tunnel addresses. */
export const gatewaysOf = (plan: Pick<Plan, 'vms'>): readonly PlannedVm[] =>
  plan.vms.filter(({ component }) => component === 'edge-gw');

/** The name of a gateway in `network.addresses`, `publicAddresses` and `sshHostKeys`: without the site prefix. */
export const shortName = (vm: Pick<PlannedVm, 'component' | 'index'>): string => `${vm.component}-${vm.index}`;

/** The interface with the LAN's address. */
export const lanInterfaceOf = ({ network: { lan } }: Pick<Site, 'network'>): string =>
  lan.trunk ? `${interfaces.lan}.${lan.vlan ?? 0}` : interfaces.lan;

/** The fields of a peer that tell its networks. */
interface NocNetworks {
  readonly allowedIps: readonly string[];
}

/** The IPv4 networks of the peers, for routes of the gateway. An edge does not use IPv6. */
export function nocNetworksOf(peers: readonly NocNetworks[]): string[] {
  const subnets = peers.flatMap(({ allowedIps }) => allowedIps.flatMap((one) => subnetOf(one) ?? []));
  return [...new Set(subnets.map(formatCidr))];
}

/** The first network of the NOC that overlaps the edge's own networks or is a default route. */
export function nocClash(site: Pick<Site, 'network'>, peers: readonly NocNetworks[]): string | undefined {
  const own = [site.network.lan.cidr, site.network.wan.cidr].flatMap((cidr) => subnetOf(cidr) ?? []);
  const isClash = (text: string): boolean => {
    const subnet = subnetOf(text);
    return subnet !== undefined && (subnet.prefix === 0 || own.some((one) => overlaps(one, subnet)));
  };
  return peers.flatMap(({ allowedIps }) => allowedIps).find((text) => text.endsWith('/0') || isClash(text));
}

const stop = (reason: Failure): never => {
  throw new FailureSignal(reason);
};

/** Derives the inputs. Signals the failures that `gatewayFiles` lists. */
export function gatewayOf(input: GatewayInput): Gateway {
  const { site, plan, vm, material } = input;
  const [lan] = addressesOn(vm, 'lan');
  const [wan] = addressesOn(vm, 'wan');
  const gateways = gatewaysOf(plan);
  const index = gateways.findIndex(({ name }) => name === vm.name);
  if (index < 0 || lan === undefined || wan === undefined)
    return stop(failure('input', 'gateway.not-a-gateway', { vm: vm.name }));
  if (site.network.lan.trunk && site.network.lan.vlan === undefined)
    return stop(failure('input', 'gateway.trunk-without-vlan', {}));
  if (keyFault(material.privateKey) !== undefined || keyFault(material.presharedKey) !== undefined) {
    return stop(failure('input', 'gateway.key', { vm: vm.name }));
  }
  const [first] = material.peers;
  if (first === undefined) return stop(failure('input', 'gateway.no-noc-peer', {}));
  const clash = nocClash(site, material.peers);
  if (clash !== undefined) return stop(failure('input', 'gateway.noc-network', { network: clash }));
  const tunnel = unwrap(
    material.alternate === true
      ? alternateTunnelAddressFor(first.allowedIps, index, gateways.length)
      : tunnelAddressFor(first.allowedIps, index),
  );
  if (tunnel.includes(':')) return stop(failure('input', 'gateway.noc-ipv6', { network: tunnel }));

  const vip = plan.vips.find(({ name, members }) => name.startsWith('edge-gw-vip') && members.includes(vm.name));
  const members = (vip?.members ?? []).flatMap((name) => plan.vms.find((one) => one.name === name) ?? []);
  return {
    ...input,
    planDigest: planDigestOf(plan),
    lanInterface: quote.interfaceName('network.lan.vlan', lanInterfaceOf(site)),
    lan: quote.address('network.addresses', lan),
    wan: quote.address('network.addresses', wan),
    vip,
    partners: members.filter(({ name }) => name !== vm.name).flatMap((one) => addressesOn(one, 'lan').slice(0, 1)),
    rank: Math.max(
      0,
      members.findIndex(({ name }) => name === vm.name),
    ),
    tunnel,
    nocNetworks: nocNetworksOf(material.peers),
    lanCidr: quote.network('network.lan.cidr', plan.lan.cidr),
  };
}
