/**
 * The site file `edge-site/v1` describes an edge. The schema checks the shape, the rules in `core/preflight` check the
 * meaning; sizes are in GB, bandwidth in Gbit/s.
 */
import { z } from 'zod';
import { checkUser, dnsLabel, hostName, line, pathText, sshHostKey, text } from '../base/text-fields.ts';
import { platforms } from '../platform/platforms.ts';

export const components = [
  'edge-gw',
  'logs',
  'backup',
  'metrics',
  'datalake',
  'message-bus',
  'repository-noc',
  'mailer',
  'core',
  'messages-db',
  'business-db',
  'private-lb',
  'public-lb',
  'files-storage',
  'stun-turn',
  'conferencing',
  'api',
  'pbx-gateway',
  'all-in-one',
  'object-storage',
] as const;
export type Component = (typeof components)[number];

export const optionalComponents = ['datalake', 'message-bus', 'repository-noc', 'mailer'] as const;

/** YAML has a negative zero, JSON has none. */
const positiveZero = (value: number): number => (value === 0 ? 0 : value);
const users = z.number().int().min(0).max(10_000_000).overwrite(positiveZero);
const vlan = z.number().int().min(1).max(4094);
const contact = z.strictObject({
  role: text,
  name: text,
  email: line.max(254).optional(),
  phone: line.max(40).optional(),
});

const override = z.strictObject({
  quantity: z.number().int().min(1).max(1000).optional(),
  vcpu: z.number().int().min(1).max(768).optional(),
  memoryGb: z.number().int().min(1).max(24_576).optional(),
  /** GB per disk in the catalogue's order; disks beyond the list keep their minimum. */
  disks: z.array(z.number().int().min(1).max(63_488)).min(1).max(8).optional(),
});

type Platforms = typeof platforms;
type Sections = { [Name in keyof Platforms]: z.ZodOptional<Platforms[Name]['section']> };

/** Every section is optional on every platform, so a change of platform loses no data. */
const sections = Object.fromEntries(
  Object.entries(platforms).map(([name, { section }]) => [name, section.optional()]),
) as Sections;

const onPlatform = <const Name extends string>(platform: Name) =>
  z.strictObject({ name: dnsLabel, platform: z.literal(platform), ...sections });

/** Platforms that are set up by hand, except those with a row in the table of platforms. */
const byHand = ['kvm', 'bare-metal'] as const;
export type PlatformName = keyof Platforms | (typeof byHand)[number];

/** Platforms of a data centre: the automatic ones, then the manual ones. */
export const platformNames = [...new Set([...Object.keys(platforms), ...byHand])] as [PlatformName, ...PlatformName[]];

const [firstPlatform, ...otherPlatforms] = platformNames;
const datacentre = z.discriminatedUnion('platform', [
  onPlatform(firstPlatform),
  ...otherPlatforms.map((name) => onPlatform(name)),
]);

const pin = z.union([
  line,
  z.strictObject({ lan: line.optional(), wan: z.union([line, z.array(line).min(1)]).optional() }),
]);

export const siteSchema = z.strictObject({
  apiVersion: z.literal('edge-site/v1'),
  site: z.strictObject({
    name: dnsLabel,
    customer: text,
    partner: text.optional(),
    contacts: z.array(contact).max(50).optional(),
  }),
  sizing: z.strictObject({
    registeredUsers: users,
    concurrentUsers: users,
    conferenceUsers: users.default(0),
    visibility: z.enum(['internet', 'lan']).default('internet'),
    remoteAccess: z.enum(['permanent', 'on-demand']).default('permanent'),
    mobileApps: z.enum(['mdm', 'location-api']).default('location-api'),
    /**
     * How the edge survives the loss of a server: the hypervisor restarts it, or the application continues (large
     * only).
     */
    redundancy: z.enum(['virtualisation', 'application']).default('virtualisation'),
    /** Assumed users per conferencing server. The technical overview gives no figure, so users can change it. */
    conferenceUsersPerServer: z.number().int().min(1).max(10_000).default(100),
  }),
  footprint: z
    .strictObject({
      option: z.enum(['auto', 'small', 'large']).default('auto'),
      scale: z.union([z.literal('auto'), z.number().int().min(1).max(1024)]).default('auto'),
      options: z.array(z.enum(optionalComponents)).default([]),
      redundantMedia: z.boolean().default(false),
      overrides: z.partialRecord(z.enum(components), override).default({}),
    })
    .prefault({}),
  datacentres: z.array(datacentre).min(1).max(3),
  network: z.strictObject({
    lan: z.strictObject({
      cidr: line,
      vlan: vlan.optional(),
      nicGbps: z.number().positive().max(800).optional(),
      gateway: line.optional(),
      /** Whether the gateway tags the VLAN; otherwise the port group or bridge does. */
      trunk: z.boolean().default(false),
      /** Address range for DHCP leases. If missing, the gateways give no leases. */
      dhcp: z.strictObject({ from: line, to: line }).optional(),
    }),
    wan: z.strictObject({
      cidr: line,
      gateway: line,
      vlan: vlan.optional(),
      nicGbps: z.number().positive().max(800).optional(),
      nat: z.boolean().default(false),
      /** Behind NAT only: the public address of each gateway for the NOC, by name without the site prefix. */
      publicAddresses: z.record(line, line).optional(),
    }),
    addresses: z.record(line, pin).default({}),
    dnsForwarders: z.array(line).max(8).default([]),
    ntp: z.array(hostName).max(8).default([]),
    wireguard: z.strictObject({ port: z.number().int().min(1).max(65_535) }).prefault({ port: 51_820 }),
    interDatacentreRttMs: z.number().min(0).max(1000).overwrite(positiveZero).optional(),
  }),
  domain: z.strictObject({
    fqdn: line.min(1).max(253),
    administration: z.enum(['technical-information', 'ale', 'customer']).default('customer'),
  }),
  certificate: z
    .strictObject({
      administration: z.enum(['technical-information', 'ale']).default('technical-information'),
      chain: pathText.optional(),
    })
    .prefault({}),
  mail: z.strictObject({
    mode: z.enum(['corporate', 'external', 'mailer']),
    host: hostName.optional(),
    port: z.number().int().min(1).max(65_535).optional(),
    tls: z.enum(['none', 'starttls', 'tls']).default('starttls'),
    from: line.min(3).max(320),
    username: z.string().max(200).superRefine(checkUser).optional(),
  }),
  backup: z.strictObject({
    type: z.enum(['sftp', 'nfs', 's3']),
    host: hostName,
    port: z.number().int().min(1).max(65_535).optional(),
    path: text,
    location: text,
    username: z.string().max(200).superRefine(checkUser).optional(),
    /** sftp: the fingerprint of the host key. */
    hostKey: sshHostKey.optional(),
    /** s3: the bucket, and the region that requests are signed for. The user name is the access key. */
    bucket: text.optional(),
    region: text.optional(),
  }),
  /** Only if the platform cannot tell them, by name without the site prefix. */
  gateways: z.strictObject({ sshHostKeys: z.record(line, sshHostKey).default({}) }).optional(),
  handover: z
    .strictObject({
      recipients: z.array(line).default([]),
      /** ALE's answer, `edge-ack/v1`. */
      acknowledgement: pathText.optional(),
    })
    .prefault({}),
  media: pathText.optional(),
});

/** A site with every default filled in. */
export type Site = z.output<typeof siteSchema>;
/** A site as a person writes it, without defaults. */
export type SiteInput = z.input<typeof siteSchema>;
export type Datacentre = Site['datacentres'][number];
