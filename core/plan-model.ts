/** The plan: what shall exist. Read-only result of `core/plan.ts`; sizes in GB as domain tables give them. */
import type { Component } from './site/schema.ts';

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

export interface PlannedVm {
  /** `<site.name>-<component>-<n>` */
  readonly name: string;
  readonly component: Component;
  /** Number within its component, from 1. */
  readonly index: number;
  /** Name of the data centre that hosts it. */
  readonly datacentre: string;
  /** Index of the vSphere endpoint in its data centre; 0 for vCenter and other platforms. */
  readonly endpoint: number;
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

export interface FirewallRow {
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'vrrp' | 'any';
  /** `443`, `49152-65535`, `any` */
  readonly port: string;
  readonly action: 'allow' | 'deny';
  /** Locale key suffix under `plan.firewall.reason`. */
  readonly reason: string;
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

export interface Plan {
  readonly site: string;
  readonly fqdn: string;
  readonly footprint: { readonly option: 'small' | 'large'; readonly scale: number };
  /** Why this footprint was proposed: locale key suffixes under `plan.why`. */
  readonly why: readonly string[];
  readonly vms: readonly PlannedVm[];
  readonly vips: readonly PlannedVip[];
  readonly totals: Totals;
  readonly dns: readonly DnsRecord[];
  readonly firewall: readonly FirewallRow[];
}
