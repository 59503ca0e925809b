/**
 * Sizes a site from its users and options: the footprint option, the number of footprints, and the servers with their
 * size.
 *
 * Reading of "one footprint carries 20,000 active and 100,000 registered users; double it for every further 20,000
 * active users": one footprint up to 20,000, two up to 40,000, three up to 60,000 and so on; every row is multiplied,
 * gateways included. `overrides.<component>.quantity` counts the servers of the whole site, not of one footprint.
 */
import type { MessageParams } from '../../base/errors.ts';
import type { PlannedDisk } from '../model.ts';
import type { Component, Site } from '../../site/schema.ts';
import { type CatalogueRow, type Use, catalogue, limits } from './catalogue.ts';

export type FootprintOption = 'small' | 'large';

/** All servers of one component: `quantity` in all, each of the given size. Memory and disks in GB. */
export interface SizedComponent {
  readonly row: CatalogueRow;
  readonly quantity: number;
  /** Servers per footprint in the catalogue; they share the VIPs of their footprint. */
  readonly perFootprint: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly disks: readonly PlannedDisk[];
}

export interface Sizing {
  readonly option: FootprintOption;
  readonly scale: number;
  /** Locale key suffixes under `plan.why`. */
  readonly why: readonly string[];
  readonly whyParams: MessageParams;
  readonly components: readonly SizedComponent[];
}

/** The inputs of sizing. */
export type SizingInput = Pick<Site, 'sizing' | 'footprint'> & {
  readonly datacentres: readonly unknown[];
};

/** Reasons that rule the small option out: locale key suffixes under `plan.why`. Empty: small is possible. */
export function reasonsForLarge({ sizing, datacentres }: SizingInput): readonly string[] {
  return [
    ...(sizing.concurrentUsers > limits.smallConcurrent ? ['concurrent-above-small'] : []),
    ...(sizing.registeredUsers > limits.smallRegistered ? ['registered-above-small'] : []),
    ...(datacentres.length > 1 ? ['several-datacentres'] : []),
    ...(sizing.redundancy === 'application' ? ['application-redundancy'] : []),
  ];
}

/** Large footprints that the users need. */
export const neededScale = ({ sizing }: Pick<Site, 'sizing'>): number =>
  Math.max(
    1,
    Math.ceil(sizing.concurrentUsers / limits.footprintConcurrent),
    Math.ceil(sizing.registeredUsers / limits.footprintRegistered),
  );

/** Conferencing servers for the simultaneous conference users, before any minimum. */
export const conferencingServers = ({ sizing }: Pick<Site, 'sizing'>): number =>
  Math.ceil(sizing.conferenceUsers / sizing.conferenceUsersPerServer);

export const useOf = (row: CatalogueRow, option: FootprintOption): Use => (option === 'small' ? row.small : row.large);

const isChosen = (row: CatalogueRow, use: Use, site: SizingInput): boolean =>
  use.kind === 'always' ||
  (use.kind === 'option' && (site.footprint.options as readonly Component[]).includes(row.component));

/** Servers that the table asks for, before overrides: none where the component is not part of this footprint. */
export function minimumQuantity(row: CatalogueRow, option: FootprintOption, scale: number, site: SizingInput): number {
  const use = useOf(row, option);
  if (use.kind === 'never' || !isChosen(row, use, site)) return 0;
  const listed = site.footprint.redundantMedia && option === 'small' ? (use.redundant ?? use.quantity) : use.quantity;
  return listed * scale;
}

const sized = (row: CatalogueRow, option: FootprintOption, scale: number, site: SizingInput): SizedComponent => {
  const minimum = minimumQuantity(row, option, scale, site);
  const override = site.footprint.overrides[row.component];
  const users = row.growsWithConferences ? conferencingServers(site) : 0;
  return {
    row,
    quantity: minimum === 0 ? 0 : Math.max(minimum, override?.quantity ?? users),
    perFootprint: minimum / scale,
    vcpu: Math.max(row.vcpu, override?.vcpu ?? 0),
    memoryGb: Math.max(row.memoryGb, override?.memoryGb ?? 0),
    disks: row.disks.map((disk, index) => ({
      sizeGb: Math.max(disk.sizeGb, override?.disks?.[index] ?? 0),
      class: disk.class,
    })),
  };
};

export function serverCount({ components }: Pick<Sizing, 'components'>): number {
  let count = 0;
  for (const { quantity } of components) count += quantity;
  return count;
}

/**
 * The footprint for a site. A wish of the site file (`option`, `scale`, overrides) is followed even where a rule of
 * preflight refuses it, so that both can be shown; only values below a minimum are raised to it.
 */
export function sizeFootprint(site: SizingInput): Sizing {
  const forLarge = reasonsForLarge(site);
  const wished = site.footprint.option;
  const option = wished === 'auto' ? (forLarge.length > 0 ? 'large' : 'small') : wished;
  const needed = neededScale(site);
  const scale = option === 'small' ? 1 : site.footprint.scale === 'auto' ? needed : site.footprint.scale;
  const components = catalogue
    .map((row) => sized(row, option, scale, site))
    .filter((component) => component.quantity > 0);
  const conferencing = components.find(({ row }) => row.growsWithConferences);
  const grown = conferencing !== undefined && conferencing.quantity > conferencing.perFootprint * scale;
  return {
    option,
    scale,
    why: [
      ...(wished === 'auto' ? [] : [`${wished}-chosen`]),
      ...(forLarge.length > 0 ? forLarge : ['fits-small']),
      ...(option === 'large' && scale > 1 ? ['scaled'] : []),
      ...(option === 'small' ? [site.footprint.redundantMedia ? 'redundant-media' : 'single-media'] : []),
      grown ? 'conferencing-grown' : 'conferencing-assumed',
    ],
    whyParams: {
      concurrent: site.sizing.concurrentUsers,
      registered: site.sizing.registeredUsers,
      conference: site.sizing.conferenceUsers,
      perServer: site.sizing.conferenceUsersPerServer,
      conferencing: conferencing?.quantity ?? 0,
      datacentres: site.datacentres.length,
      scale,
      needed,
      ...limits,
    },
    components,
  };
}
