import { describe, expect, it } from 'vitest';
import { isBlocking } from '../../../../core/base/findings.ts';
import { checkDraft, checkSite } from '../../../../core/preflight/check-site.ts';
import { siteRules } from '../../../../core/preflight/site-rules.ts';
import { exampleSite } from '../../../../core/site/example.ts';
import { readDraft } from '../../../../core/site/read.ts';
import type { SiteInput } from '../../../../core/site/schema.ts';
import { findingInWords } from '../../../../core/base/text.ts';
import { plainInput, sampleNames, sampleText } from '../../../fixtures/sample-sites.ts';
import { english } from '../../../fixtures/words.ts';

type Changes = { readonly [Section in keyof SiteInput]?: unknown };

/** From the age specification's own examples. */
const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const network = (changes: object): Changes => ({ network: { ...plainInput.network, ...changes } });
const lan = (cidr: string, rest: object = {}): Changes => network({ lan: { cidr, ...rest } });
const wan = (cidr: string, gateway: string, rest: object = {}): Changes => network({ wan: { cidr, gateway, ...rest } });
const nat = (publicAddresses?: object): Changes => wan('203.0.113.0/28', '203.0.113.1', { nat: true, publicAddresses });
const pin = (name: string, value: unknown): Changes => network({ addresses: { [name]: value } });
const sizing = (changes: object): Changes => ({ sizing: { ...plainInput.sizing, ...changes } });
const footprint = (changes: object): Changes => ({ footprint: changes });
const override = (component: string, value: object): Changes =>
  footprint({ option: 'large', overrides: { [component]: value } });
const fqdn = (name: string): Changes => ({ domain: { fqdn: name } });
const mail = (changes: object): Changes => ({ mail: { ...plainInput.mail, ...changes } });
const backup = (changes: object): Changes => ({ backup: { ...plainInput.backup, ...changes } });
const vsphere = (changes: object = {}, hosts: readonly string[] = ['https://a', 'https://b']): object => ({
  endpoints: hosts.map((url) => ({ url, username: 'root' })),
  datastores: { standard: 's', premium: 'p' },
  networks: { lan: 'l', wan: 'w' },
  ...changes,
});
const centres = (...list: readonly object[]): Changes => ({
  datacentres: list.map((one, index) => ({ name: `dc${index + 1}`, platform: 'vsphere', ...one })),
});
const two = (changes: object = {}): Changes => ({
  datacentres: [
    { name: 'dc1', platform: 'kvm' },
    { name: 'dc2', platform: 'kvm' },
  ],
  ...network(changes),
});

/** What is wrong, as `status rule[:variant]`. */
const judged = (changes: Changes): string[] =>
  checkDraft({ ...plainInput, ...changes })
    .findings.filter(({ status }) => !['pass', 'skipped'].includes(status))
    .map(({ rule, status, variant }) => `${status} ${rule}${variant === undefined ? '' : `:${variant}`}`);

const plain = judged({});

// One row per way to break a rule: what is changed, and the finding that it brings.
const rows: readonly (readonly [finding: string, changes: Changes])[] = [
  ['fail sizing.users', sizing({ registeredUsers: 100, concurrentUsers: 101 })],
  ['fail sizing.users:nobody', sizing({ registeredUsers: 0, concurrentUsers: 0 })],
  ['warn sizing.conference-users', sizing({ conferenceUsers: 801 })],
  ['warn sizing.remote-access', sizing({ remoteAccess: 'on-demand' })],
  [
    'fail footprint.small-limits:concurrent-above-small',
    { ...sizing({ concurrentUsers: 1001 }), ...footprint({ option: 'small' }) },
  ],
  [
    'fail footprint.small-limits:registered-above-small',
    { ...sizing({ registeredUsers: 5001 }), ...footprint({ option: 'small' }) },
  ],
  [
    'fail footprint.small-limits:application-redundancy',
    { ...sizing({ redundancy: 'application' }), ...footprint({ option: 'small' }) },
  ],
  ['fail footprint.small-limits:several-datacentres', { ...two(), ...footprint({ option: 'small' }) }],
  [
    'fail footprint.scale-enough',
    { ...sizing({ registeredUsers: 100_000, concurrentUsers: 40_000 }), ...footprint({ scale: 1 }) },
  ],
  [
    'fail footprint.servers',
    sizing({ registeredUsers: 10_000_000, conferenceUsers: 10_000_000, conferenceUsersPerServer: 1 }),
  ],
  ['warn footprint.large-only', footprint({ scale: 2 })],
  ['warn footprint.small-only', footprint({ option: 'large', redundantMedia: true })],
  ['warn footprint.options-unique', footprint({ options: ['datalake', 'datalake'] })],
  ['fail footprint.overrides-minimum:quantity', override('core', { quantity: 1 })],
  ['fail footprint.overrides-minimum:vcpu', override('core', { vcpu: 3 })],
  ['fail footprint.overrides-minimum:memory', override('core', { memoryGb: 15 })],
  ['fail footprint.overrides-minimum:disk', override('logs', { disks: [1023] })],
  ['fail footprint.overrides-minimum:disk-count', override('logs', { disks: [1024, 1024] })],
  ['warn footprint.overrides-used', override('all-in-one', { vcpu: 16 })],
  ['warn footprint.overrides-used', override('mailer', { vcpu: 16 })],
  ['warn footprint.overrides-fixed-disks', override('core', { disks: [65] })],
  [
    'warn footprint.conferencing-enough',
    { ...sizing({ conferenceUsers: 500 }), ...override('conferencing', { quantity: 3 }) },
  ],

  ['fail network.lan-cidr:ipv6', lan('fd00::/64')],
  ['fail network.lan-cidr:leading-zero', lan('010.20.0.0/24')],
  ['fail network.lan-cidr:no-prefix', lan('10.20.0.0')],
  ['fail network.lan-cidr:prefix', lan('10.20.0.0/33')],
  ['fail network.lan-cidr:host-bits', lan('10.20.0.1/24')],
  ['fail network.lan-cidr:prefix-range', lan('10.20.0.0/31')],
  ['fail network.wan-cidr:empty', wan('', '203.0.113.1')],
  ['fail network.lan-private:public', lan('8.8.8.0/24')],
  ['fail network.lan-private:carrier-grade', lan('100.64.0.0/24')],
  ['fail network.lan-private:documentation', lan('192.0.2.0/24')],
  ['fail network.lan-private:multicast', lan('224.0.0.0/24')],
  ['warn network.wan-public:private', wan('192.168.7.0/28', '192.168.7.1')],
  ['warn network.wan-public:carrier-grade', wan('100.64.7.0/28', '100.64.7.1')],
  ['fail network.wan-public:multicast', wan('224.0.0.0/28', '224.0.0.1')],
  ['fail network.wan-public:loopback', wan('127.0.0.0/28', '127.0.0.1')],
  ['warn network.wan-nat', wan('203.0.113.0/28', '203.0.113.1', { nat: true })],
  ['warn network.wan-size', wan('203.0.113.0/29', '203.0.113.1')],
  ['fail network.size', wan('203.0.113.0/29', '203.0.113.1')],
  ['fail network.size', lan('10.20.0.0/29')],
  ['fail network.size', { ...wan('203.0.113.0/28', '203.0.113.1'), ...footprint({ option: 'large', scale: 2 }) }],
  ['fail network.gateway:outside', wan('203.0.113.0/28', '203.0.113.17')],
  ['fail network.gateway:network-address', wan('203.0.113.0/28', '203.0.113.0')],
  ['fail network.gateway:broadcast', wan('203.0.113.0/28', '203.0.113.15')],
  ['fail network.gateway:host-name', wan('203.0.113.0/28', 'router')],
  ['fail network.gateway:outside', lan('10.20.0.0/24', { gateway: '10.21.0.1' })],
  ['fail network.overlap', wan('10.20.0.0/28', '10.20.0.1')],
  [
    'warn network.vlan-distinct',
    network({ lan: { cidr: '10.20.0.0/24', vlan: 7 }, wan: { ...plainInput.network.wan, vlan: 7 } }),
  ],
  ['fail network.nic-speed', lan('10.20.0.0/24', { nicGbps: 0.1 })],
  ['warn network.nic-speed-large', { ...lan('10.20.0.0/24', { nicGbps: 1 }), ...footprint({ option: 'large' }) }],
  ['fail network.dns-forwarders:ipv6', network({ dnsForwarders: ['fe80::1'] })],
  ['fail network.dns-forwarders:planned', network({ dnsForwarders: ['10.20.0.1'] })],
  ['fail network.dns-forwarders:unusable', network({ dnsForwarders: ['224.0.0.1'] })],
  ['warn network.dns-forwarders:twice', network({ dnsForwarders: ['10.1.0.1', '10.1.0.1'] })],
  ['fail network.ntp:host-name-syntax', network({ ntp: ['-ntp.example'] })],
  ['fail network.ntp:leading-zero', network({ ntp: ['10.0.0.01'] })],
  ['fail network.wireguard-port', network({ wireguard: { port: 53 } })],
  ['fail network.wireguard-port', network({ wireguard: { port: 3478 } })],
  ['warn network.wireguard-port', network({ wireguard: { port: 1000 } })],
  ['fail network.datacentre-rtt', two({ interDatacentreRttMs: 5.1 })],
  ['pending network.datacentre-rtt', two()],
  ['warn datacentres.survives-loss', two()],
  ['pending network.datacentre-layer2', two()],

  ['fail network.pins:did-you-mean', pin('edge-gv-1', '10.20.0.9')],
  ['fail network.pins:unknown-name', pin('printer', '10.20.0.9')],
  ['fail network.pins:did-you-mean', pin('api-0', '10.20.0.9')],
  ['warn network.pins:not-in-option', pin('core-1', '10.20.0.9')],
  ['fail network.pins:no-such-network', pin('logs-1', { wan: '203.0.113.9' })],
  ['fail network.pins:too-many', pin('edge-gw-1', { wan: ['203.0.113.9', '203.0.113.10'] })],
  ['fail network.pins:leading-zero', pin('logs-1', '10.20.0.09')],
  ['fail network.pins:ipv6', pin('logs-1', 'fe80::1')],
  ['fail network.pins-inside:outside', pin('logs-1', '10.20.1.9')],
  ['fail network.pins-inside:network-address', pin('logs-1', '10.20.0.0')],
  ['fail network.pins-inside:broadcast', pin('logs-1', '10.20.0.255')],
  ['fail network.pins-inside:gateway', pin('edge-gw-1', { wan: '203.0.113.1' })],
  ['fail network.pins-unique', network({ addresses: { 'logs-1': '10.20.0.9', 'edge-gw-vip': '10.20.0.9' } })],
  ['warn network.pins-used', pin('mailer-1', '10.20.0.9')],

  ['fail gateway.trunk', lan('10.20.0.0/24', { trunk: true })],
  ['fail gateway.dhcp:address', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.0200', to: '10.20.0.230' } })],
  ['fail gateway.dhcp:address', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.200', to: '' } })],
  ['fail gateway.dhcp:outside', lan('10.20.0.0/24', { dhcp: { from: '10.20.1.200', to: '10.20.1.230' } })],
  ['fail gateway.dhcp:outside', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.200', to: '10.20.0.255' } })],
  ['fail gateway.dhcp:order', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.230', to: '10.20.0.200' } })],
  ['fail gateway.dhcp:planned', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.3', to: '10.20.0.230' } })],
  ['fail gateway.dhcp:planned', lan('10.20.0.0/24', { dhcp: { from: '10.20.0.1', to: '10.20.0.1' } })],
  ['fail gateway.public-addresses:missing', nat({ 'edge-gw-1': '198.51.100.20' })],
  ['fail gateway.public-addresses:missing', nat()],
  ['fail gateway.public-addresses:unknown-name', nat({ 'edge-gw-3': '198.51.100.20' })],
  ['fail gateway.public-addresses:address', nat({ 'edge-gw-1': 'nat.example' })],
  ['fail gateway.public-addresses:twice', nat({ 'edge-gw-1': '198.51.100.20', 'edge-gw-2': '198.51.100.20' })],
  ['warn gateway.public-addresses:not-public', nat({ 'edge-gw-1': '10.9.0.1' })],
  [
    'warn gateway.public-addresses:unused',
    wan('203.0.113.0/28', '203.0.113.1', { publicAddresses: { 'edge-gw-1': '198.51.100.20' } }),
  ],
  ['warn gateway.forwarders', network({ dnsForwarders: [] })],
  ['pending gateway.backup-target', backup({ username: 'edge' })],
  ['pending gateway.backup-target', backup({ type: 's3', username: 'A', bucket: 'b' })],
  ['warn gateway.backup-target:unused', backup({ type: 'nfs', bucket: 'b' })],
  ['fail gateway.backup-target:username', backup({ username: 'a b' })],
  ['fail gateway.backup-target:region', backup({ type: 's3', region: 'eu west' })],
  [
    'fail gateway.ssh-host-keys:unknown-name',
    { gateways: { sshHostKeys: { 'edge-gw-9': 'SHA256:vHYQZ0WFzdSLRgnG1o1Bx3oLyhYe2yHKKGmEZgMyEiE' } } },
  ],
  ['fail site.schema.format:host-key', { gateways: { sshHostKeys: { 'edge-gw-1': 'SHA256:AB:CD' } } }],
  [
    'fail network.lan-gateway',
    network({ lan: { cidr: '10.20.0.0/24', gateway: '10.20.0.1' }, addresses: { 'edge-gw-vip': '10.20.0.2' } }),
  ],

  ['fail domain.fqdn:address', fqdn('10.20.0.1')],
  ['fail domain.fqdn:address', fqdn('fe80::1')],
  ['fail domain.fqdn:trailing-dot', fqdn('edge.acme.com.')],
  ['fail domain.fqdn:not-ascii', fqdn('edge.müller.de')],
  ['fail domain.fqdn:underscore', fqdn('my_edge.acme.com')],
  ['fail domain.fqdn:wildcard', fqdn('*.acme.com')],
  ['fail domain.fqdn:label', fqdn('-edge.acme.com')],
  ['fail domain.fqdn:label', fqdn(`${'x'.repeat(64)}.acme.com`)],
  ['fail domain.fqdn:label', fqdn('edge acme.com')],
  ['fail domain.fqdn:too-long', fqdn(`${'x.'.repeat(122)}com`)],
  ['fail domain.fqdn:single-label', fqdn('edge')],
  ['fail domain.fqdn:public-suffix', fqdn('co.uk')],
  ['fail domain.fqdn:public-suffix', fqdn('github.io')],
  ['fail domain.fqdn:numeric-suffix', fqdn('edge.acme.123')],
  ['warn domain.public', fqdn('edge.acme.internal')],
  ['warn domain.public:unknown-suffix', fqdn('edge.acme.nosuchtld')],
  ['warn domain.mobile-apps', sizing({ visibility: 'lan' })],
  ['pending certificate.chain', {}],

  ['fail mail.host', mail({ host: undefined })],
  ['fail mail.host:host-name-syntax', mail({ host: 'smtp..acme.com' })],
  ['fail mail.host:with-port', mail({ host: 'smtp.acme.com:587' })],
  ['fail mail.host:with-scheme', mail({ host: 'smtp://smtp.acme.com' })],
  ['fail mail.host:trailing-dot', mail({ host: 'smtp.acme.com.' })],
  ['fail mail.host:not-ascii', mail({ host: 'smtp.müller.com' })],
  ['fail mail.host:ipv6', mail({ host: 'fe80::1' })],
  ['fail mail.mailer-option', mail({ mode: 'mailer' })],
  ['warn mail.mailer-option', footprint({ options: ['mailer'] })],
  ['fail mail.from', mail({ from: 'rainbow' })],
  ['fail mail.from', mail({ from: 'a b@acme.com' })],
  ['fail mail.from', mail({ from: 'rainbow@acme_x.com' })],
  [
    'warn mail.from:own-domain',
    { ...mail({ mode: 'mailer', from: 'rainbow@other.com' }), ...footprint({ options: ['mailer'] }) },
  ],
  ['warn mail.tls:none', mail({ tls: 'none' })],
  ['warn mail.tls', mail({ port: 465, tls: 'starttls' })],
  ['fail backup.host:host-name-syntax', backup({ host: 'a..b' })],
  ['fail backup.outside:location', backup({ location: 'DC1' })],
  ['fail backup.outside:network', backup({ host: '10.20.0.77' })],
  ['fail backup.outside:network', backup({ host: '203.0.113.9' })],
  ['fail backup.outside:edge', backup({ host: 'backup.edge.acme.example' })],
  [
    'fail backup.outside:hypervisor',
    { ...centres({ vsphere: vsphere({}, ['https://esx:8989', 'https://b']) }), ...backup({ host: 'ESX' }) },
  ],
  ['fail handover.recipients', { handover: { recipients: ['age1abc'] } }],
  ['fail handover.recipients', { handover: { recipients: [recipient.replace('l3z', 'l3y')] } }],
  ['fail handover.recipients:secret', { handover: { recipients: ['AGE-SECRET-KEY-1XYZ'] } }],
  ['warn handover.recipients:twice', { handover: { recipients: Array.from({ length: 2 }, () => recipient) } }],
  ['warn site.contacts', { site: { ...plainInput.site, contacts: [{ role: 'x', name: 'y', email: 'z' }] } }],

  [
    'fail datacentres.names',
    centres({ name: 'x', vsphere: vsphere() }, { name: 'x', vsphere: vsphere({}, ['https://c', 'https://d']) }),
  ],
  ['fail site.schema.missing', centres({})],
  ['warn datacentres.section', centres({ platform: 'kvm', vsphere: vsphere() })],
  ['warn datacentres.platform', centres({ platform: 'bare-metal' })],
  ['warn vsphere.hosts', centres({ vsphere: vsphere({}, ['https://a']) })],
  ['fail datacentres.endpoints-unique', centres({ vsphere: vsphere({}, ['https://a', 'https://A:443/']) })],
  ['fail vsphere.vcenter-alone', centres({ vsphere: vsphere({ cluster: 'c' }) })],
  ['warn vsphere.datastores-distinct', centres({ vsphere: vsphere({ datastores: { standard: 's', premium: 's' } }) })],
  ['warn vsphere.port-groups-distinct', centres({ vsphere: vsphere({ networks: { lan: 'l', wan: 'l' } }) })],
];

describe('the rules of the site file', () => {
  it.each(rows.map(([finding, changes], index) => ({ finding, changes, index })))(
    '$index: $finding',
    ({ finding, changes }) => {
      expect(judged(changes)).toContain(finding);
    },
  );

  it('have no further findings on a good site', () => {
    expect(plain.toSorted()).toEqual([
      'pending certificate.chain',
      'pending gateway.backup-target',
      'pending gateway.backup-target',
      'warn datacentres.platform',
      'warn domain.public',
      'warn gateway.forwarders',
      'warn network.ntp:none',
      'warn network.wan-public:documentation',
    ]);
    expect(judged(centres({ vsphere: vsphere() }))).not.toContain('warn datacentres.platform');
    expect(
      judged(centres({ vsphere: vsphere({ cluster: 'c' }, ['https://vc']) })).filter((line) =>
        line.includes('datacentres'),
      ),
    ).toEqual([]);
    const both = { 'edge-gw-1': '198.51.100.20', 'edge-gw-2': '198.51.100.21' };
    const dhcp = { trunk: true, vlan: 7, dhcp: { from: '10.20.0.200', to: '10.20.0.230' } };
    const hostKey = 'SHA256:vHYQZ0WFzdSLRgnG1o1Bx3oLyhYe2yHKKGmEZgMyEiE';
    for (const changes of [
      nat(both),
      lan('10.20.0.0/24', dhcp),
      backup({ username: 'CORP\\edge', hostKey }),
      { gateways: { sshHostKeys: { 'edge-gw-2': hostKey } } },
    ]) {
      const known = new Set(['pending gateway.backup-target', 'warn gateway.forwarders']);
      expect(judged(changes).filter((line) => line.includes('gateway.') && !known.has(line))).toEqual([]);
    }
    expect(judged(wan('8.8.8.0/28', '8.8.8.14')).filter((line) => line.includes('network.wan'))).toEqual([]);
    expect(
      judged(
        two({
          interDatacentreRttMs: 5,
          lan: { cidr: '10.20.0.0/24', vlan: 1, nicGbps: 10 },
          wan: { ...plainInput.network.wan, vlan: 2 },
        }),
      ).filter((line) => line.includes('datacentre-')),
    ).toEqual([]);
  });

  it.each(['edge.acme.com', 'acme.com', 'xn--mller-kva.de', 'edge.acme.co.uk', 'acme.github.io', '1.acme.com'])(
    'take %s',
    (name) => {
      expect(judged(fqdn(name)).filter((line) => line.includes('domain'))).toEqual([]);
    },
  );

  it('are each broken by at least one row above', () => {
    const broken = new Set(rows.map(([finding]) => finding.split(' ')[1]?.split(':')[0]));
    expect(siteRules.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual(['network.addresses']);
  });

  it('have words for their titles, every finding and its remedy', () => {
    // A platform has its words in an area of its own.
    const has = (key: string): boolean => english.has(`rules.${key}`) || english.has(key);
    for (const { id } of siteRules) expect(has(`${id}.title`), id).toBe(true);
    for (const [, changes] of rows) {
      for (const finding of checkDraft({ ...plainInput, ...changes }).findings) {
        if (['pass', 'skipped'].includes(finding.status)) continue;
        const { message, remedy } = findingInWords(english, finding);
        const about = JSON.stringify(finding);
        // What is pending for want of other fields has the same words for all rules.
        if (finding.status === 'pending' && !has(`${finding.rule}.pending`)) continue;
        expect(has(`${finding.rule}.${finding.variant ?? finding.status}`), about).toBe(true);
        expect(message, about).not.toMatch(/[{}]|undefined/);
        expect(remedy, about).not.toMatch(/^$|[{}]|undefined/);
      }
    }
  });

  it('have unique ids', () => {
    expect(new Set(siteRules.map(({ id }) => id)).size).toBe(siteRules.length);
  });
});

describe('checkSite', () => {
  it.each(sampleNames)('finds nothing that blocks in %s', (name) => {
    const { plan, findings } = checkSite(sampleText(name));
    expect(findings.filter(isBlocking)).toEqual([]);
    expect(plan?.vms.length).toBeGreaterThan(8);
  });

  it('finds nothing that blocks in the example, and gives every finding its place', () => {
    const { findings } = checkSite(exampleSite);
    expect(findings.filter(isBlocking)).toEqual([]);
    for (const { line, column } of findings) expect(Math.min(line ?? 0, column ?? 0)).toBeGreaterThan(0);
  });

  it('reports missing fields and wrong values together', () => {
    const text = exampleSite
      .replace(/ {2}fqdn.*\n/, '')
      .replace('203.0.113.0/28', '203.0.113.0/29')
      .replace('username: root', 'user: root');
    const { site, findings } = checkSite(text);
    expect(site).toBeUndefined();
    const lines = findings.filter(isBlocking).map(({ rule, path }) => `${rule} ${path}`);
    expect(lines).toContain('site.schema.missing domain.fqdn');
    expect(lines.some((line) => line.startsWith('site.schema.unknown-key datacentres.0'))).toBe(true);
    // Sizing, footprint and the number of data centres decide the size of the WAN, and all are known.
    expect(lines).toContain('network.size network.wan.cidr');
    expect(findings.find(({ rule }) => rule === 'network.wan-size')?.status).toBe('warn');
    expect(findings.find(({ rule }) => rule === 'domain.fqdn')?.status).toBe('pending');
  });

  it('gives a draft the findings of its text, without positions', () => {
    const strip = (findings: ReturnType<typeof checkSite>['findings']) =>
      findings.map(({ line: _line, column: _column, ...rest }) => rest);
    for (const name of sampleNames) {
      const { draft } = readDraft(sampleText(name));
      expect(checkDraft(draft).findings).toEqual(strip(checkSite(sampleText(name)).findings));
    }
    expect(checkDraft({}).findings.filter(isBlocking).length).toBeGreaterThan(5);
  });
});
