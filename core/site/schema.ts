/**
 * The site file `edge-site/v1`: the one description of an edge that wizard, command line and second laptop share.
 * Shape only; what a value means is judged by the rules in `core/preflight`. Sizes are in GB, bandwidth in Gbit/s.
 */
import { z } from 'zod';
import { parseEndpointUrl, type EndpointUrlFault } from '../network/endpoint-url.ts';
import { canonicalFingerprint, fingerprintFault } from '../network/fingerprint.ts';
import { asciiHost } from '../network/host-name.ts';
import { invisibleIn } from '../invisible.ts';
import { holdsUserInfo } from './secret-in-text.ts';

// Compiled parsers need `new Function`, which the wizard's content security policy forbids.
z.config({ jitless: true });

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

/** RFC 1035 label in lower case: it prefixes every VM name. */
const dnsLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, { error: 'dns-label' });

/** SHA-256 of an SSH host key: 32 bytes in base64 without padding, in canonical form. */
export const hostKeyPattern = /^SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

type Refuse = z.core.$RefinementCtx<string>;

/** An issue whose message is the name of its sentence, `rules.site.schema.format.<message>`. */
const refuse = (context: Refuse, message: string, params: Readonly<Record<string, string>> = {}): void =>
  context.addIssue({ code: 'custom', message, params });

/** Every text of the site file: it can be read as it is written, and holds no password in a URL. */
function checkText(value: string, context: Refuse): void {
  if (holdsUserInfo(value)) return refuse(context, 'secret');
  const strange = invisibleIn(value);
  if (strange === undefined) return;
  const { character, index, isControl } = strange;
  refuse(context, isControl ? 'control' : 'invisible', {
    character,
    before: value.slice(Math.max(0, index - 20), index),
  });
}

/** `user:password` in a field for a user. Neither Windows nor vSphere allows a colon in the name of an account. */
const checkUser = (value: string, context: Refuse): void =>
  value.includes(':') ? refuse(context, 'secret') : checkText(value, context);

const checkHost = (value: string, context: Refuse): void =>
  value.includes('@') ? refuse(context, 'secret') : checkText(value, context);

const variantOfUrl: Readonly<Record<EndpointUrlFault, string>> = {
  empty: 'endpoint-url',
  secret: 'secret',
  invisible: 'endpoint-invisible',
  scheme: 'endpoint-url',
  backslash: 'endpoint-backslash',
  path: 'endpoint-path',
  port: 'endpoint-port',
  'trailing-dot': 'endpoint-trailing-dot',
  'not-ascii': 'endpoint-not-ascii',
  host: 'endpoint-host',
};

function checkUrl(value: string, context: Refuse): void {
  const read = parseEndpointUrl(value);
  if (read.ok) return;
  const host = value.replace(/^https:\/\//, '').replace(/\/$/, '');
  refuse(context, variantOfUrl[read.fault], { ascii: asciiHost(host.replace(/:[0-9]*$/, '')) ?? '' });
}

function checkFingerprint(value: string, context: Refuse): void {
  const fault = fingerprintFault(value);
  if (fault !== undefined) refuse(context, fault, { character: invisibleIn(value)?.character ?? '' });
}

/** An SSH host key's fingerprint as `ssh-keygen -l` prints it. */
const checkHostKey = (value: string, context: Refuse): void => {
  if (!hostKeyPattern.test(value)) refuse(context, 'host-key');
};

const line = z.string().superRefine(checkText);
const text = z.string().trim().min(1).max(200).superRefine(checkText);
const user = z.string().trim().min(1).max(200).superRefine(checkUser);
/** A file or folder; longer than any file system takes is refused before it is asked. */
export const pathText = z.string().min(1).max(4096).superRefine(checkText);
const users = z.number().int().min(0).max(10_000_000);
const vlan = z.number().int().min(1).max(4094);
const hostName = z.string().trim().min(1).max(253).superRefine(checkHost);

const sshHostKey = z.string().max(100).superRefine(checkHostKey);

const contact = z.strictObject({
  role: text,
  name: text,
  email: line.max(254).optional(),
  phone: line.max(40).optional(),
});

export const endpointSchema = z.strictObject({
  url: z.string().superRefine(checkUrl).meta({ pattern: '^https://[^\\s/?#@\\\\]+/?$' }),
  username: user,
  /** SHA-256 of the endpoint's TLS certificate; missing: not yet pinned. */
  fingerprint: z.string().max(400).overwrite(canonicalFingerprint).superRefine(checkFingerprint).optional(),
});

const vsphere = z.strictObject({
  endpoints: z.array(endpointSchema).min(1).max(64),
  datacenter: text.optional(),
  cluster: text.optional(),
  folder: text.optional(),
  resourcePool: text.optional(),
  datastores: z.strictObject({ standard: text, premium: text }),
  networks: z.strictObject({ lan: text, wan: text }),
});

const override = z.strictObject({
  quantity: z.number().int().min(1).max(1000).optional(),
  vcpu: z.number().int().min(1).max(768).optional(),
  memoryGb: z.number().int().min(1).max(24_576).optional(),
  /** GB per disk in the catalogue's order; a shorter list leaves the rest at their minimum. */
  disks: z.array(z.number().int().min(1).max(63_488)).min(1).max(8).optional(),
});

const datacentre = z.strictObject({
  name: dnsLabel,
  platform: z.enum(['vsphere', 'kvm', 'bare-metal']),
  vsphere: vsphere.optional(),
});

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
    /** Who survives the loss of a server: the hypervisor restarts it, or the application goes on (large only). */
    redundancy: z.enum(['virtualisation', 'application']).default('virtualisation'),
    /** Assumed users per conferencing server; the technical overview gives no figure, so it can be changed. */
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
      /** The gateway tags the VLAN itself; otherwise the port group or bridge does. */
      trunk: z.boolean().default(false),
      /** Addresses that the gateways lease. Missing: they lease none. */
      dhcp: z.strictObject({ from: line, to: line }).optional(),
    }),
    wan: z.strictObject({
      cidr: line,
      gateway: line,
      vlan: vlan.optional(),
      nicGbps: z.number().positive().max(800).optional(),
      nat: z.boolean().default(false),
      /** Behind NAT only: the address under which the NOC reaches each gateway, by name without the site prefix. */
      publicAddresses: z.record(line, line).optional(),
    }),
    addresses: z.record(line, pin).default({}),
    dnsForwarders: z.array(line).max(8).default([]),
    ntp: z.array(hostName).max(8).default([]),
    wireguard: z.strictObject({ port: z.number().int().min(1).max(65_535) }).prefault({ port: 51_820 }),
    interDatacentreRttMs: z.number().min(0).max(1000).optional(),
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
    bucket: z.string().trim().min(1).max(200).superRefine(checkText).optional(),
    region: z.string().trim().min(1).max(200).superRefine(checkText).optional(),
  }),
  /** Only where the platform cannot tell them, by name without the site prefix. */
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
/** A site as somebody writes it. */
export type SiteInput = z.input<typeof siteSchema>;
export type Datacentre = Site['datacentres'][number];
export type VsphereSite = NonNullable<Datacentre['vsphere']>;
export type Endpoint = VsphereSite['endpoints'][number];
