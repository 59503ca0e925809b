/** Rules for users, option, scale and overrides. Source: footprint chapters of the technical overview. */
import { catalogue, type CatalogueRow, limits } from '../plan/footprint/catalogue.ts';
import {
  conferencingServers,
  minimumQuantity,
  neededScale,
  reasonsForLarge,
  serverCount,
  sizeFootprint,
  type Sizing,
} from '../plan/footprint/size.ts';
import type { Site } from '../site/schema.ts';
import type { Observation } from '../base/findings.ts';
import type { Context, Rule } from './rule.ts';

const step = 'site' as const;

interface Overridden {
  readonly row: CatalogueRow;
  readonly path: string;
  readonly override: NonNullable<Site['footprint']['overrides'][CatalogueRow['component']]>;
  /** Servers that the table asks for; 0: not part of this footprint. */
  readonly minimum: number;
}

const overridden = (site: Site, { option, scale }: Sizing): Overridden[] =>
  catalogue.flatMap((row) => {
    const override = site.footprint.overrides[row.component];
    if (override === undefined) return [];
    const minimum = minimumQuantity(row, option, scale, site);
    return [{ row, path: `footprint.overrides.${row.component}`, override, minimum }];
  });

const belowMinimum = ({ row, path, override, minimum }: Overridden): Observation[] => {
  const component = row.component;
  const below = (variant: string, at: string, given: number | undefined, least: number): Observation[] =>
    given === undefined || given >= least
      ? []
      : [{ path: `${path}.${at}`, variant, params: { component, given, least } }];
  return [
    ...(minimum === 0 ? [] : below('quantity', 'quantity', override.quantity, minimum)),
    ...below('vcpu', 'vcpu', override.vcpu, row.vcpu),
    ...below('memory', 'memoryGb', override.memoryGb, row.memoryGb),
    ...row.disks.flatMap((disk, index) => below('disk', `disks.${index}`, override.disks?.[index], disk.sizeGb)),
    ...((override.disks?.length ?? 0) > row.disks.length
      ? [
          {
            path: `${path}.disks`,
            variant: 'disk-count',
            params: { component, given: override.disks?.length ?? 0, least: row.disks.length },
          },
        ]
      : []),
  ];
};

const raisedFixedDisks = ({ row, path, override }: Overridden): Observation[] =>
  row.disks.flatMap((disk, index) => {
    const given = override.disks?.[index] ?? 0;
    return disk.grows || given <= disk.sizeGb
      ? []
      : [{ path: `${path}.disks.${index}`, params: { component: row.component, given, least: disk.sizeGb } }];
  });

const overrides = ({ site }: Context): Overridden[] => overridden(site, sizeFootprint(site));

export const footprintRules: readonly Rule[] = [
  {
    id: 'sizing.users',
    step,
    severity: 'fail',
    path: 'sizing.concurrentUsers',
    needs: [],
    check: ({ site: { sizing } }) => [
      ...(sizing.registeredUsers === 0 ? [{ path: 'sizing.registeredUsers', variant: 'nobody' }] : []),
      ...(sizing.concurrentUsers > sizing.registeredUsers
        ? [{ params: { concurrent: sizing.concurrentUsers, registered: sizing.registeredUsers } }]
        : []),
    ],
  },
  {
    id: 'sizing.conference-users',
    step,
    severity: 'warn',
    path: 'sizing.conferenceUsers',
    needs: [],
    check: ({ site: { sizing } }) =>
      sizing.conferenceUsers > sizing.concurrentUsers
        ? [{ params: { conference: sizing.conferenceUsers, concurrent: sizing.concurrentUsers } }]
        : [],
  },
  {
    id: 'sizing.remote-access',
    step,
    severity: 'warn',
    path: 'sizing.remoteAccess',
    needs: [],
    check: ({ site }) => (site.sizing.remoteAccess === 'on-demand' ? [{}] : []),
  },
  {
    id: 'footprint.small-limits',
    step,
    severity: 'fail',
    path: 'footprint.option',
    needs: [],
    applies: ({ site }) => site.footprint.option === 'small',
    check: ({ site }) => {
      const { concurrentUsers: concurrent, registeredUsers: registered } = site.sizing;
      const params = { concurrent, registered, datacentres: site.datacentres.length };
      return reasonsForLarge(site).map((variant) => ({ variant, params }));
    },
  },
  {
    id: 'footprint.scale-enough',
    step,
    severity: 'fail',
    path: 'footprint.scale',
    needs: [],
    applies: ({ site }) => site.footprint.scale !== 'auto' && sizeFootprint(site).option === 'large',
    check: ({ site }) => {
      const { scale } = site.footprint;
      const needed = neededScale(site);
      return scale !== 'auto' && scale < needed ? [{ params: { scale, needed } }] : [];
    },
  },
  {
    id: 'footprint.servers',
    step,
    severity: 'fail',
    path: 'footprint',
    needs: [],
    check: ({ site }) => {
      const servers = serverCount(sizeFootprint(site));
      return servers > limits.servers ? [{ params: { servers, limit: limits.servers } }] : [];
    },
  },
  {
    id: 'footprint.large-only',
    step,
    severity: 'warn',
    path: 'footprint.scale',
    needs: [],
    check: ({ site }) =>
      sizeFootprint(site).option === 'small' && site.footprint.scale !== 'auto' && site.footprint.scale > 1
        ? [{ params: { scale: site.footprint.scale } }]
        : [],
  },
  {
    id: 'footprint.small-only',
    step,
    severity: 'warn',
    path: 'footprint.redundantMedia',
    needs: [],
    check: ({ site }) => (sizeFootprint(site).option === 'large' && site.footprint.redundantMedia ? [{}] : []),
  },
  {
    id: 'footprint.options-unique',
    step,
    severity: 'warn',
    path: 'footprint.options',
    needs: [],
    check: ({ site: { footprint } }) =>
      footprint.options.flatMap((option, index) =>
        footprint.options.indexOf(option) < index ? [{ path: `footprint.options.${index}`, params: { option } }] : [],
      ),
  },
  {
    id: 'footprint.overrides-minimum',
    step,
    severity: 'fail',
    path: 'footprint.overrides',
    needs: [],
    check: (context) => overrides(context).flatMap(belowMinimum),
  },
  {
    id: 'footprint.overrides-used',
    step,
    severity: 'warn',
    path: 'footprint.overrides',
    needs: [],
    check: (context) =>
      overrides(context).flatMap(({ row, path, minimum }) =>
        minimum === 0 ? [{ path, params: { component: row.component } }] : [],
      ),
  },
  {
    id: 'footprint.overrides-fixed-disks',
    step,
    severity: 'warn',
    path: 'footprint.overrides',
    needs: [],
    check: (context) => overrides(context).flatMap(raisedFixedDisks),
  },
  {
    id: 'footprint.conferencing-enough',
    step,
    severity: 'warn',
    path: 'footprint.overrides.conferencing.quantity',
    needs: [],
    applies: ({ site }) => site.footprint.overrides.conferencing?.quantity !== undefined,
    check: ({ site }) => {
      const given = site.footprint.overrides.conferencing?.quantity ?? 0;
      const needed = conferencingServers(site);
      const { conferenceUsers: users, conferenceUsersPerServer: perServer } = site.sizing;
      return given < needed ? [{ params: { given, needed, users, perServer } }] : [];
    },
  },
];
