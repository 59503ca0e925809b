/**
 * Placeholder values for missing or malformed fields, in two sets that differ in each value. A result that is the same
 * with both sets does not depend on the placeholders.
 */

import { allPlatforms } from '../../platform/layout.ts';

interface Placeholder {
  readonly one: unknown;
  readonly other: unknown;
}

const both = (one: unknown, other: unknown): Placeholder => ({ one, other });

const datacentre = (mark: string): unknown => ({
  name: `datacentre-#${mark}`,
  platform: mark === '' ? 'vsphere' : 'kvm',
});

/** Placeholders for the platforms' sections. */
const ofPlatforms: Readonly<Record<string, Placeholder>> = Object.fromEntries(
  allPlatforms().flatMap(({ name, placeholders: rows }) =>
    Object.entries(rows).map(([path, [one, other]]) => [`datacentres.*.${name}.${path}`, both(one, other)]),
  ),
);

/** Placeholders by path; `*` is an index of a list, and `#` in a text its number from 1. */
const placeholders: Readonly<Record<string, Placeholder>> = {
  apiVersion: both('edge-site/v1', 'edge-site/v1'),
  site: both({ name: 'edge', customer: '-' }, { name: 'beta', customer: '--' }),
  'site.name': both('edge', 'beta'),
  'site.customer': both('-', '--'),
  'site.contacts.*': both({ role: '-', name: '-' }, { role: '--', name: '--' }),
  'site.contacts.*.role': both('-', '--'),
  'site.contacts.*.name': both('-', '--'),
  sizing: both(
    { registeredUsers: 100, concurrentUsers: 10 },
    { registeredUsers: 90_000, concurrentUsers: 19_000, visibility: 'lan', redundancy: 'application' },
  ),
  'sizing.registeredUsers': both(100, 90_000),
  'sizing.concurrentUsers': both(10, 19_000),
  datacentres: both([datacentre('')], [datacentre('-b'), datacentre('-c')]),
  'datacentres.*': both(datacentre(''), datacentre('-b')),
  'datacentres.*.name': both('datacentre-#', 'datacentre-#-b'),
  'datacentres.*.platform': both('vsphere', 'kvm'),
  ...ofPlatforms,
  network: both(
    { lan: { cidr: '10.211.0.0/22' }, wan: { cidr: '192.0.2.0/25', gateway: '192.0.2.1' } },
    { lan: { cidr: '10.117.0.0/24' }, wan: { cidr: '198.51.100.0/28', gateway: '198.51.100.1' } },
  ),
  'network.lan': both({ cidr: '10.211.0.0/22' }, { cidr: '10.117.0.0/24' }),
  'network.lan.cidr': both('10.211.0.0/22', '10.117.0.0/24'),
  'network.wan': both(
    { cidr: '192.0.2.0/25', gateway: '192.0.2.1' },
    { cidr: '198.51.100.0/28', gateway: '198.51.100.1' },
  ),
  'network.wan.cidr': both('192.0.2.0/25', '198.51.100.0/28'),
  'network.wan.gateway': both('192.0.2.1', '198.51.100.1'),
  'network.dnsForwarders.*': both('192.0.2.253', '198.51.100.253'),
  'network.ntp.*': both('ntp#.invalid', 'ntp#-b.invalid'),
  'network.wireguard.port': both(51_820, 51_821),
  domain: both({ fqdn: 'edge.invalid' }, { fqdn: 'edge.beta.invalid' }),
  'domain.fqdn': both('edge.invalid', 'edge.beta.invalid'),
  mail: both(
    { mode: 'corporate', host: 'mail.invalid', from: 'edge@one.invalid' },
    { mode: 'mailer', from: 'edge@two.invalid' },
  ),
  'mail.mode': both('corporate', 'mailer'),
  'mail.from': both('edge@one.invalid', 'edge@two.invalid'),
  backup: both(
    { type: 'sftp', host: 'backup.invalid', path: '/one', location: 'one' },
    { type: 's3', host: 'backup.two.invalid', path: '/two', location: 'two' },
  ),
  'backup.type': both('sftp', 's3'),
  'backup.host': both('backup.invalid', 'backup.two.invalid'),
  'backup.path': both('/one', '/two'),
  'backup.location': both('one', 'two'),
  'handover.recipients.*': both('-', '--'),
};

export type PlaceholderSet = keyof Placeholder;
export const placeholderSets = ['one', 'other'] as const satisfies readonly PlaceholderSet[];

const numbered = (value: unknown, number: number): unknown => {
  if (typeof value === 'string') return value.replaceAll('#', String(number));
  if (Array.isArray(value)) return value.map((item, index) => numbered(item, index + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbered(item, number)]));
};

/** A new placeholder for the field at a path of keys and indexes; undefined if the field may be left out. */
export function placeholderFor(path: readonly PropertyKey[], set: PlaceholderSet): unknown {
  const key = path.map((one) => (typeof one === 'number' ? '*' : String(one))).join('.');
  if (!Object.hasOwn(placeholders, key)) return undefined;
  const index = path.findLast((one) => typeof one === 'number');
  return numbered(placeholders[key]?.[set], typeof index === 'number' ? index + 1 : 1);
}
