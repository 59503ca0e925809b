/**
 * The plan of a site: a read-only result of `core/plan/make-plan.ts`. Sizes in GB, as in the tables of the catalogue.
 */
import type { MessageParams } from '../base/errors.ts';
import type { Component, PlatformName } from '../site/schema.ts';

/** Bytes in 1 GB of the catalogue: 2^30, as hypervisors show it. */
export const bytesPerGb = 1024 ** 3;

/** Round trip between data centres, in milliseconds. */
export const maxRttMs = 5;

export type DiskClass = 'standard' | 'premium';
export type NetworkName = 'lan' | 'wan';

export interface PlannedDisk {
  readonly sizeGb: number;
  readonly class: DiskClass;
}

export interface PlannedNic {
  readonly network: NetworkName;
  /** IPv4 addresses in dotted notation; the first one is the primary address. */
  readonly addresses: readonly string[];
}

export type VmRole = 'master' | 'slave' | 'active' | 'single';

export interface PlannedVm {
  /** `<site.name>-<component>-<n>` */
  readonly name: string;
  readonly component: Component;
  /** Number within its component, from 1. */
  readonly index: number;
  /** The footprint it belongs to, from 1. */
  readonly footprint: number;
  /** `master` or `slave` in a pair or triple, `active` among equal servers, `single` alone. */
  readonly role: VmRole;
  /** Name of the data centre that hosts it. */
  readonly datacentre: string;
  /** Index of the endpoint in its data centre; 0 where servers are made by hand. */
  readonly endpointIndex: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly disks: readonly PlannedDisk[];
  readonly nics: readonly PlannedNic[];
}

export interface PlannedVip {
  /** Without the site prefix, e.g. `edge-gw-vip`. */
  readonly name: string;
  readonly address: string;
  readonly network: NetworkName;
  /** VM names that share it by VRRP. */
  readonly members: readonly string[];
}

export interface DnsRecord {
  /** Absolute name without the trailing dot. */
  readonly name: string;
  readonly type: 'A' | 'CNAME' | 'MX' | 'TXT' | 'SRV' | 'CAA' | 'PTR';
  readonly value: string;
  /** Locale key suffix under `plan.dns.purpose`. */
  readonly purpose: string;
}

/** One line for the customer's firewall team; the first line that matches decides. */
export interface FirewallRow {
  /** An IPv4 address, a subnet, a host name, or a place: locale key suffix under `plan.firewall.place`. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'vrrp' | 'any';
  /** `443`, `49152-65535`, `any` */
  readonly port: string;
  readonly action: 'allow' | 'deny';
  /** Locale key suffix under `plan.firewall.reason`. */
  readonly reason: string;
  /** VM or VIP names behind the addresses, where there are any. */
  readonly sourceName?: string;
  readonly destinationName?: string;
}

export interface Totals {
  readonly vms: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  readonly premiumGb: number;
  readonly lanAddresses: number;
  readonly wanAddresses: number;
}

/** One of the two networks, normalised. */
export interface PlannedSubnet {
  /** `network/prefix` with the host bits cleared. */
  readonly cidr: string;
  readonly network: string;
  readonly broadcast: string;
  readonly prefix: number;
  readonly netmask: string;
  /** LAN: the Edge GW VIP. WAN: the router of the Internet link. */
  readonly gateway: string;
  readonly vlan: number | null;
  /** Usable host addresses, and how many of them the plan takes (VMs, VIPs, and the gateway of the WAN). */
  readonly usable: number;
  readonly used: number;
}

/** Addresses that the Edge GW may lease on the LAN; no planned address is in it. */
export interface DhcpPool {
  readonly from: string;
  readonly to: string;
  readonly size: number;
}

/** The servers and sizes of one data centre. */
export interface PlannedDatacentre {
  readonly name: string;
  readonly platform: PlatformName;
  readonly vms: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  readonly premiumGb: number;
}

export interface Plan {
  readonly site: string;
  readonly fqdn: string;
  readonly footprint: { readonly option: 'small' | 'large'; readonly scale: number };
  /** Why this footprint was proposed: locale key suffixes under `plan.why`. */
  readonly why: readonly string[];
  /** Values for the parameters of every sentence of `why`. */
  readonly whyParams: MessageParams;
  readonly datacentres: readonly PlannedDatacentre[];
  readonly lan: PlannedSubnet;
  readonly wan: PlannedSubnet;
  /** Null if the LAN has no free range. */
  readonly dhcpPool: DhcpPool | null;
  readonly vms: readonly PlannedVm[];
  readonly vips: readonly PlannedVip[];
  readonly totals: Totals;
  readonly dns: readonly DnsRecord[];
  readonly firewall: readonly FirewallRow[];
}
