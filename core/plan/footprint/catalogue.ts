/**
 * Every server of a Rainbow Standalone Edge as one table. Source: "Rainbow Edge - Technical Overview", edition 08,
 * footprint tables of option 1 (large) and option 2 (small). Sizes in GB; a disk that `grows` may be raised.
 */
import type { DiskClass } from '../model.ts';
import type { Component } from '../../site/schema.ts';

export interface CatalogueDisk {
  readonly sizeGb: number;
  readonly class: DiskClass;
  /** "+" in the tables: a minimum that may be raised. */
  readonly grows: boolean;
}

/**
 * How one footprint option uses a server: always, when chosen, or never. `quantity` is per footprint; `redundant` is
 * the quantity of the small option with `redundantMedia` (reading of the tables' "*1 only").
 */
export type Use =
  | { readonly kind: 'always' | 'option'; readonly quantity: number; readonly redundant?: number }
  | { readonly kind: 'never' };

/** `M/S`: one master, the others stand by. `M/M`: all work. `none`: a single server. */
export type HighAvailability = 'M/S' | 'M/M' | 'none';

export interface CatalogueRow {
  readonly component: Component;
  readonly ha: HighAvailability;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly disks: readonly CatalogueDisk[];
  /** Addresses per server. */
  readonly lanAddresses: number;
  readonly wanAddresses: number;
  /** Floating LAN addresses per footprint, shared by its servers. */
  readonly vips: number;
  readonly large: Use;
  readonly small: Use;
  /** More servers with more simultaneous conference users. */
  readonly growsWithConferences: boolean;
  /**
   * Where placement starts. Server n goes to data centre (site + n - 1) modulo their number, and there to the host that
   * follows `host`. Chosen by search so that vCPU, memory and disk split evenly over one to three data centres and two
   * to four hosts. Never change one: servers would move.
   */
  readonly start: { readonly site: number; readonly host: number };
}

const std = (sizeGb: number): CatalogueDisk => ({ sizeGb, class: 'standard', grows: false });
const stdPlus = (sizeGb: number): CatalogueDisk => ({ sizeGb, class: 'standard', grows: true });
const premPlus = (sizeGb: number): CatalogueDisk => ({ sizeGb, class: 'premium', grows: true });
const always = (quantity: number, redundant?: number): Use =>
  redundant === undefined ? { kind: 'always', quantity } : { kind: 'always', quantity, redundant };
const option: Use = { kind: 'option', quantity: 1 };
const never: Use = { kind: 'never' };

const row = (
  component: Component,
  ha: HighAvailability,
  [vcpu, memoryGb]: readonly [vcpu: number, memoryGb: number],
  disks: readonly CatalogueDisk[],
  [lanAddresses, wanAddresses, vips]: readonly [lan: number, wan: number, vips: number],
  uses: { readonly large: Use; readonly small: Use },
  [site, host]: readonly [site: number, host: number],
): CatalogueRow => ({
  component,
  ha,
  vcpu,
  memoryGb,
  disks,
  lanAddresses,
  wanAddresses,
  vips,
  ...uses,
  growsWithConferences: component === 'conferencing',
  start: { site, host },
});

const both = (use: Use) => ({ large: use, small: use });
const largeOnly = (use: Use) => ({ large: use, small: never });
const smallOnly = (use: Use) => ({ large: never, small: use });

export const catalogue: readonly CatalogueRow[] = [
  row('edge-gw', 'M/S', [2, 2], [std(64), std(256)], [1, 1, 1], both(always(2)), [0, 0]),
  row('logs', 'none', [4, 32], [premPlus(1024)], [1, 0, 0], both(always(1)), [3, 11]),
  row('backup', 'none', [1, 2], [std(64), stdPlus(2048)], [1, 0, 0], both(always(1)), [5, 7]),
  row('metrics', 'none', [2, 4], [std(64), std(512)], [1, 0, 0], both(always(1)), [3, 3]),
  row('datalake', 'none', [1, 4], [std(64)], [1, 0, 0], both(option), [0, 5]),
  row('message-bus', 'none', [2, 8], [std(64)], [1, 0, 0], both(option), [3, 6]),
  row('repository-noc', 'none', [2, 4], [std(256)], [1, 0, 0], both(option), [1, 9]),
  row('mailer', 'none', [1, 1], [std(64)], [1, 1, 1], both(option), [2, 1]),
  row('core', 'M/S', [4, 16], [std(64)], [1, 0, 0], largeOnly(always(2)), [2, 2]),
  row('messages-db', 'M/S', [4, 64], [std(64), premPlus(256), premPlus(256)], [1, 0, 0], largeOnly(always(2)), [1, 11]),
  row('business-db', 'M/S', [4, 64], [std(64), premPlus(256), premPlus(256)], [1, 0, 0], largeOnly(always(3)), [4, 4]),
  row('private-lb', 'M/M', [4, 4], [std(64)], [1, 0, 2], largeOnly(always(2)), [2, 3]),
  row('public-lb', 'M/M', [4, 4], [std(64)], [1, 2, 0], largeOnly(always(2)), [4, 0]),
  row(
    'files-storage',
    'M/M',
    [6, 16],
    [std(64), stdPlus(1024), stdPlus(1024), stdPlus(1024)],
    [1, 0, 0],
    largeOnly(always(3)),
    [4, 0],
  ),
  row('stun-turn', 'M/M', [1, 4], [std(64)], [1, 1, 0], { large: always(2), small: always(1, 2) }, [2, 10]),
  row('conferencing', 'M/M', [8, 8], [std(64)], [1, 1, 0], { large: always(2), small: always(1, 2) }, [4, 1]),
  row('api', 'M/M', [4, 16], [std(64)], [1, 0, 0], largeOnly(always(2)), [0, 6]),
  row('pbx-gateway', 'M/M', [4, 4], [std(128)], [1, 0, 0], largeOnly(always(2)), [0, 3]),
  row('all-in-one', 'none', [8, 32], [std(64), premPlus(512), premPlus(512)], [1, 2, 0], smallOnly(always(1)), [3, 0]),
  row(
    'object-storage',
    'M/M',
    [6, 16],
    [std(64), stdPlus(1024), stdPlus(1024)],
    [1, 0, 0],
    smallOnly(always(1, 3)),
    [1, 8],
  ),
];

const byComponent: ReadonlyMap<Component, CatalogueRow> = new Map(catalogue.map((one) => [one.component, one]));

/** The row of a component. Every component of the site file has one; a missing row is a bug. */
export function catalogueRow(component: Component): CatalogueRow {
  const found = byComponent.get(component);
  if (found === undefined) throw new Error(`The catalogue has no row for ${component}.`);
  return found;
}

/** Limits of the small option and the reach of one large footprint. Source: the overview's footprint chapters. */
export const limits = {
  smallConcurrent: 1000,
  smallRegistered: 5000,
  footprintConcurrent: 20_000,
  footprintRegistered: 100_000,
  /** Servers of one site: above 1024 footprints with every option. Ours: a plan beyond it would not fit into memory. */
  servers: 40_000,
} as const;
