/**
 * The worksheet: every question of the site file by the person who can answer it, with known, missing and wrong answers
 * and the progress. The partner collects the missing ones before the visit.
 */
import { withoutUserInfo } from '../../base/secret-in-text.ts';
import { type Finding, isBlocking } from '../../base/findings.ts';
import type { MessageParams } from '../../base/errors.ts';
import { allPlatforms, platformNamed } from '../../platform/layout.ts';
import type { Platform } from '../../platform/platform.ts';
import { type Fields, isAtOrBelow, valueAtKeys } from '../../site/draft/path.ts';
import type { SiteDraft } from '../../site/read.ts';

/** Who can answer. Words under `worksheet.person`. */
export const persons = ['customer', 'network', 'vmware', 'certificates', 'mail', 'backup', 'ale'] as const;
export type Person = (typeof persons)[number];

/**
 * `known`: filled in. `wrong`: filled in, but a finding blocks. `missing`: needed and empty. `open`: may stay empty.
 * A task has no field: a person does it, and the product cannot see whether it is done.
 */
export type ItemState = 'known' | 'wrong' | 'missing' | 'open' | 'task';

export interface WorksheetItem {
  /**
   * A field: its path in the site file; words under `site.fields.<field>`. A task: words under `worksheet.tasks.<id>`.
   */
  readonly id: string;
  readonly kind: 'field' | 'task';
  /** Path of the field's words: list indexes left out. */
  readonly field: string;
  readonly person: Person;
  readonly state: ItemState;
  /** The answer for print; empty for a blank. */
  readonly value: string;
  readonly params: MessageParams;
  /** Blocking findings of this field. */
  readonly findings: readonly Finding[];
}

export interface Worksheet {
  /** Empty while unknown. */
  readonly site: string;
  readonly customer: string;
  readonly items: readonly WorksheetItem[];
  readonly groups: readonly { readonly person: Person; readonly items: readonly WorksheetItem[] }[];
  /** Needed fields that are filled in and right, in whole percent; 100 only when nothing blocks. */
  readonly readiness: number;
  /** Everything that blocks, whether or not a field shows it. */
  readonly blocking: readonly Finding[];
}

const at = (draft: unknown, path: string): unknown => valueAtKeys(draft, path.split('.'));

const shown = (value: unknown): string => {
  if (typeof value === 'string') return withoutUserInfo(value.trim());
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value)
    ? value
        .map(shown)
        .filter((one) => one !== '')
        .join(', ')
    : '';
};

type Need = 'needed' | 'open' | 'hidden';

interface FieldRow {
  readonly field: string;
  readonly person: Person;
  readonly need?: (draft: Fields) => Need;
}

const is = (draft: Fields, path: string, ...values: readonly string[]): boolean => {
  const value = at(draft, path);
  return typeof value === 'string' && values.includes(value);
};

const open = (): Need => 'open';
const severalDatacentres = (draft: Fields): Need => {
  const list = at(draft, 'datacentres');
  return Array.isArray(list) && list.length > 1 ? 'needed' : 'hidden';
};
const relay = (draft: Fields): Need => (is(draft, 'mail.mode', 'mailer') ? 'hidden' : 'needed');

/** Fields outside of lists, in the order in which they are asked. A default of the schema leaves a field open. */
const fieldRows: readonly FieldRow[] = [
  { field: 'site.name', person: 'customer' },
  { field: 'site.customer', person: 'customer' },
  { field: 'site.partner', person: 'customer', need: open },
  { field: 'sizing.registeredUsers', person: 'customer' },
  { field: 'sizing.concurrentUsers', person: 'customer' },
  { field: 'sizing.conferenceUsers', person: 'customer', need: open },
  { field: 'sizing.visibility', person: 'customer', need: open },
  { field: 'sizing.remoteAccess', person: 'customer', need: open },
  { field: 'sizing.mobileApps', person: 'customer', need: open },
  { field: 'footprint.options', person: 'customer', need: open },
  { field: 'network.lan.cidr', person: 'network' },
  {
    field: 'network.lan.vlan',
    person: 'network',
    need: (draft) => (severalDatacentres(draft) === 'needed' ? 'needed' : 'open'),
  },
  { field: 'network.lan.nicGbps', person: 'network', need: open },
  { field: 'network.wan.cidr', person: 'network' },
  { field: 'network.wan.gateway', person: 'network' },
  {
    field: 'network.wan.vlan',
    person: 'network',
    need: (draft) => (severalDatacentres(draft) === 'needed' ? 'needed' : 'open'),
  },
  { field: 'network.wan.nat', person: 'network', need: open },
  { field: 'network.dnsForwarders', person: 'network', need: open },
  { field: 'network.ntp', person: 'network', need: open },
  { field: 'network.wireguard.port', person: 'network', need: open },
  { field: 'network.interDatacentreRttMs', person: 'network', need: severalDatacentres },
  { field: 'domain.fqdn', person: 'certificates' },
  { field: 'domain.administration', person: 'certificates', need: open },
  { field: 'certificate.administration', person: 'certificates', need: open },
  { field: 'certificate.chain', person: 'certificates' },
  { field: 'mail.mode', person: 'mail' },
  { field: 'mail.host', person: 'mail', need: relay },
  { field: 'mail.port', person: 'mail', need: (draft) => (relay(draft) === 'hidden' ? 'hidden' : 'open') },
  { field: 'mail.tls', person: 'mail', need: (draft) => (relay(draft) === 'hidden' ? 'hidden' : 'open') },
  { field: 'mail.from', person: 'mail' },
  { field: 'backup.type', person: 'backup' },
  { field: 'backup.host', person: 'backup' },
  { field: 'backup.path', person: 'backup' },
  { field: 'backup.location', person: 'backup' },
  { field: 'media', person: 'ale' },
];

interface Asked {
  readonly path: string;
  readonly field: string;
  readonly person: Person;
  readonly need: Need;
}

/** A platform that is not chosen yet may be the first one. One that is not in the table is set up by hand. */
const automaticPlatform = (platform: unknown): Platform | undefined =>
  platform === undefined ? allPlatforms()[0] : typeof platform === 'string' ? platformNamed(platform) : undefined;

const datacentreFields = (draft: Fields): Asked[] => {
  const list = at(draft, 'datacentres');
  const datacentres: readonly unknown[] = Array.isArray(list) && list.length > 0 ? list : [{}];
  return datacentres.flatMap((datacentre, index): Asked[] => {
    const base = `datacentres.${index}`;
    const asked = (rest: string, words = rest): Asked => ({
      path: `${base}.${rest}`,
      field: `datacentres.${words}`,
      person: 'vmware',
      need: 'needed',
    });
    const head = [asked('name'), asked('platform')];
    const platform = automaticPlatform(at(datacentre, 'platform'));
    if (platform === undefined) return head;
    const { name: section, endpointList: endpoints, worksheet } = platform;
    const { ofEndpoint, ofSection } = worksheet;
    const listed = at(datacentre, `${section}.${endpoints}`);
    const count = Array.isArray(listed) ? Math.max(1, listed.length) : 1;
    return [
      ...head,
      ...Array.from({ length: count }, (_, number) =>
        ofEndpoint.map((name) => asked(`${section}.${endpoints}.${number}.${name}`, `${section}.${endpoints}.${name}`)),
      ).flat(),
      ...ofSection.map((name) => asked(`${section}.${name}`)),
    ];
  });
};

interface TaskRow {
  readonly id: string;
  readonly person: Person;
  readonly applies: (draft: Fields) => boolean;
}

const always = (): boolean => true;
const defaulted = (draft: Fields, path: string, value: string, otherwise: string): boolean =>
  (at(draft, path) ?? otherwise) === value;

const platformsOf = (draft: Fields): readonly unknown[] => {
  const list = at(draft, 'datacentres');
  return Array.isArray(list) && list.length > 0 ? list.map((one) => at(one, 'platform')) : [undefined];
};
const hasManualSteps = (draft: Fields): boolean =>
  platformsOf(draft).some((platform) => automaticPlatform(platform) === undefined);

/** What each platform asks its administrator to do. */
const platformTasks: readonly TaskRow[] = allPlatforms().flatMap(({ name, worksheet }) =>
  worksheet.tasks.map((id): TaskRow => ({
    id,
    person: 'vmware',
    applies: (draft) => platformsOf(draft).some((platform) => automaticPlatform(platform)?.name === name),
  })),
);

/** Tasks besides the fields, by the chosen options. */
const taskRows: readonly TaskRow[] = [
  {
    id: 'domain-technical-information',
    person: 'ale',
    applies: (draft) => is(draft, 'domain.administration', 'technical-information'),
  },
  { id: 'domain-ale', person: 'ale', applies: (draft) => is(draft, 'domain.administration', 'ale') },
  {
    id: 'domain-customer',
    person: 'certificates',
    applies: (draft) => defaulted(draft, 'domain.administration', 'customer', 'customer'),
  },
  {
    id: 'certificate-request',
    person: 'certificates',
    applies: (draft) =>
      defaulted(draft, 'certificate.administration', 'technical-information', 'technical-information'),
  },
  { id: 'certificate-ale', person: 'ale', applies: (draft) => is(draft, 'certificate.administration', 'ale') },
  {
    id: 'certificate-approval',
    person: 'certificates',
    applies: (draft) => is(draft, 'certificate.administration', 'ale'),
  },
  { id: 'mdm', person: 'customer', applies: (draft) => is(draft, 'sizing.mobileApps', 'mdm') },
  {
    id: 'location-api',
    person: 'ale',
    applies: (draft) => defaulted(draft, 'sizing.mobileApps', 'location-api', 'location-api'),
  },
  { id: 'vpn', person: 'customer', applies: (draft) => is(draft, 'sizing.visibility', 'lan') },
  { id: 'firewall', person: 'network', applies: always },
  { id: 'wan-subnet', person: 'network', applies: always },
  { id: 'layer2', person: 'network', applies: (draft) => severalDatacentres(draft) === 'needed' },
  ...platformTasks,
  { id: 'manual-steps', person: 'vmware', applies: hasManualSteps },
  { id: 'mail-records', person: 'mail', applies: (draft) => is(draft, 'mail.mode', 'mailer') },
  { id: 'mail-password', person: 'mail', applies: (draft) => !is(draft, 'mail.mode', 'mailer') },
  { id: 'backup-account', person: 'backup', applies: always },
  { id: 'media', person: 'ale', applies: always },
  { id: 'smart-hands', person: 'customer', applies: always },
];

/** The findings of a field: those at its path or below it. */
const about = (findings: readonly Finding[], path: string): Finding[] =>
  findings.filter((finding) => isAtOrBelow(finding.path, [path]));

/**
 * The worksheet of an incomplete site file.
 * @param findings what the checks said about the same draft
 */
export function makeWorksheet(site: SiteDraft | Fields, findings: readonly Finding[]): Worksheet {
  const draft: Fields = site;
  const blocking = findings.filter(isBlocking);
  const asked: Asked[] = [
    ...fieldRows.map(({ field, person, need }): Asked => ({
      path: field,
      field,
      person,
      need: need?.(draft) ?? 'needed',
    })),
    ...datacentreFields(draft),
  ];
  const fields = asked
    .filter(({ need }) => need !== 'hidden')
    .map(({ path, field, person, need }): WorksheetItem => {
      const wrong = about(blocking, path);
      const isSecret = wrong.some(({ variant }) => variant === 'secret');
      const value = isSecret ? '***' : shown(at(draft, path));
      const empty: ItemState = need === 'needed' ? 'missing' : 'open';
      const state: ItemState = value === '' ? empty : wrong.length > 0 ? 'wrong' : 'known';
      return { id: path, kind: 'field', field, person, state, value, params: {}, findings: wrong };
    });
  const params = { fqdn: shown(at(draft, 'domain.fqdn')), site: shown(at(draft, 'site.name')) };
  const tasks = taskRows
    .filter(({ applies }) => applies(draft))
    .map(({ id, person }): WorksheetItem => ({
      id,
      kind: 'task',
      field: '',
      person,
      state: 'task',
      value: '',
      params,
      findings: [],
    }));
  const items = [...fields, ...tasks];
  const counted = fields.filter(({ state }) => state !== 'open');
  const done = counted.filter(({ state }) => state === 'known').length;
  const share = counted.length === 0 ? 100 : Math.floor((done / counted.length) * 100);
  return {
    site: params.site,
    customer: shown(at(draft, 'site.customer')),
    items,
    groups: persons
      .map((person) => ({ person, items: items.filter((item) => item.person === person) }))
      .filter((group) => group.items.length > 0),
    readiness: blocking.length > 0 ? Math.min(99, share) : share,
    blocking,
  };
}
