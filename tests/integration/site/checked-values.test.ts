/**
 * No value that passes the site check fails a later stage. Every field of the schema gets seeded values, likely and
 * unlikely ones; accepted values are planned, exported and passed to the modules that use them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { createGovc } from 'govc-wrapper';
import { SaxesParser } from 'saxes';
import { beforeAll, describe, expect, it } from 'vitest';
import { isBlocking } from '../../../core/base/findings.ts';
import { guestProperties } from '../../../core/deploy/guest-properties.ts';
import { csvTables } from '../../../core/documents/csv.ts';
import { drawEdge } from '../../../core/documents/drawing/svg.ts';
import { printTheme } from '../../../core/documents/drawing/theme.ts';
import { renderHtml } from '../../../core/documents/html.ts';
import { renderJson } from '../../../core/documents/json.ts';
import { manualSteps } from '../../../core/documents/manual-steps.ts';
import { buildReport } from '../../../core/documents/summary/summary.ts';
import { worksheetReport } from '../../../core/documents/worksheet/report.ts';
import { makeWorksheet } from '../../../core/documents/worksheet/worksheet.ts';
import { buildHandoverBundle, parseHandoverBundle, serialiseHandoverBundle } from '../../../core/handover/bundle.ts';
import { publicText, qrPayload } from '../../../core/handover/public-text.ts';
import { isRecipient } from '../../../core/handover/recipient.ts';
import { wireguardPeers } from '../../../core/handover/wireguard-config.ts';
import { parseEndpointUrl } from '../../../core/network/endpoint-url.ts';
import { domainFile } from '../../../core/network/fqdn.ts';
import { firewallCsv, planDocument, vmsCsv, zoneFile } from '../../../core/plan/export.ts';
import type { Plan } from '../../../core/plan/model.ts';
import { checkDraft, checkSite } from '../../../core/preflight/check-site.ts';
import { writeSite } from '../../../core/site/edit.ts';
import { parseCidr } from '../../../core/network/ipv4.ts';
import type { Site, SiteInput } from '../../../core/site/schema.ts';
import { vsphereSecretName } from '../../../core/platform/vsphere/secret.ts';
import { hostSecretName, secretNameForms } from '../../../core/site/secret-name.ts';
import { isDeep } from '../../fixtures/depth.ts';
import { type Fields, setAt, type Keys } from '../../fixtures/altered-sites.ts';
import { type Field, fieldsOf, valueFor } from '../../fixtures/field-values.ts';
import { fixedSeed, randomNumbers } from '../../fixtures/random-numbers.ts';
import { fingerprintOf, recordOf, sha256Of } from '../../fixtures/run-record.ts';
import { english } from '../../fixtures/words.ts';

const valuesPerField = 30;

const base: SiteInput = {
  apiVersion: 'edge-site/v1',
  site: { name: 'acme', customer: 'ACME SA', partner: 'P', contacts: [{ role: 'network', name: 'A. N.' }] },
  sizing: { registeredUsers: 4000, concurrentUsers: 800 },
  footprint: { options: ['mailer'] },
  datacentres: [
    {
      name: 'dc1',
      platform: 'vsphere',
      vsphere: {
        endpoints: [{ url: 'https://esx1.acme.com', username: 'root' }],
        datastores: { standard: 's', premium: 'p' },
        networks: { lan: 'l', wan: 'w' },
      },
    },
  ],
  network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/27', gateway: '203.0.113.1' } },
  domain: { fqdn: 'edge.acme.com' },
  mail: { mode: 'mailer', from: 'rainbow@edge.acme.com' },
  backup: { type: 'sftp', host: 'backup.example.com', path: '/rainbow', location: 'Lyon' },
};

/** The same without a Mailer, manual, and with many servers: another branch of most stages. */
const bases: readonly SiteInput[] = [
  base,
  {
    ...base,
    footprint: { option: 'large' },
    datacentres: [{ name: 'dc1', platform: 'kvm' }],
    mail: { mode: 'corporate', host: 'smtp.acme.com', from: 'x@edge.acme.com' },
  },
  {
    ...base,
    network: { lan: { cidr: '10.0.0.0/8' }, wan: { cidr: '203.0.112.0/20', gateway: '203.0.112.1' } },
  },
];

/** Makes the maps and lists on the way, then sets the value. */
function withValue(site: Fields, path: Keys, value: unknown): Fields {
  const copy = structuredClone(site);
  let node = copy as Record<string | number, unknown>;
  for (const [index, key] of path.slice(0, -1).entries()) {
    if (typeof node[key] !== 'object' || node[key] === null) node[key] = typeof path[index + 1] === 'number' ? [] : {};
    node = node[key] as Record<string | number, unknown>;
  }
  if (path.at(-2) === 'contacts' || path.at(-3) === 'contacts') node['name'] ??= 'N';
  if (path.at(-2) === 'dhcp') Object.assign(node, { from: '10.20.0.205', to: '10.20.0.225' });
  // Only a map's own keys count: `__proto__` as a value is plain text.
  setAt(copy, path, value);
  return copy;
}

interface Passed {
  readonly draft: Fields;
  readonly site: Site;
  readonly plan: Plan;
  readonly what: string;
}

const passed: Passed[] = [];
const fields: readonly Field[] = fieldsOf();
const refused = new Map<string, number>();

beforeAll(() => {
  const random = randomNumbers(fixedSeed);
  for (const field of fields) {
    for (let count = 0; count < valuesPerField; count += 1) {
      // Every text refuses a control character.
      const value = field.kind === 'text' && count % valuesPerField === 0 ? 'tab\there' : valueFor(field, random);
      const draft = withValue(bases[count % bases.length] ?? base, field.path, value);
      const { site, plan, findings } = checkDraft(draft);
      const path = field.path.join('.');
      if (findings.some(isBlocking)) refused.set(path, (refused.get(path) ?? 0) + 1);
      else if (site !== undefined && plan !== undefined) {
        passed.push({ draft, site, plan, what: `${path}: ${JSON.stringify(value)}` });
      } else throw new Error(`${path}: ${JSON.stringify(value)} passes, and there is no plan`);
    }
  }
}, 300_000);

/** Runs `make` at the first call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const byDraft = once((): readonly Passed[] => [
  ...new Map(passed.map((one) => [JSON.stringify(one.draft), one])).values(),
]);

/** Every third value; all of them with `EDGE_DEEP=1`. */
const sampleOf = (values: readonly Passed[]): readonly Passed[] =>
  values.filter((_, index) => isDeep || index % 3 === 0);

/** Only the first values of each field, since documents are slow to write. */
function fewOfEachField(): readonly Passed[] {
  const counts = new Map<string, number>();
  return byDraft().filter(({ what }) => {
    const field = what.slice(0, what.indexOf(': '));
    const count = (counts.get(field) ?? 0) + 1;
    counts.set(field, count);
    return count <= 3;
  });
}

/** One site for each plan: results that depend only on the plan are checked once. */
const byPlan = once((): readonly Passed[] => [
  ...new Map(passed.map((one) => [JSON.stringify(planDocument(one.plan)), one])).values(),
]);

const controls = /\p{Cc}|\p{Zl}|\p{Zp}|\p{Cs}/u;

/** Records of a CSV file, read as RFC 4180 says. */
function recordsOf(text: string): readonly number[] {
  const counts: number[] = [];
  let cells = 1;
  let isQuoted = false;
  for (const character of text.slice(1)) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) cells += 1;
    else if (character === '\n' && !isQuoted) {
      counts.push(cells);
      cells = 1;
    }
  }
  expect(isQuoted).toBe(false);
  return counts;
}

function expectTable(content: string, rows?: number): void {
  const counts = recordsOf(content);
  expect(new Set(counts).size).toBeLessThanOrEqual(1);
  if (rows !== undefined) expect(counts).toHaveLength(rows + 1);
}

/** Names that are valid on each system: no separator, no device of Windows, at most 255 bytes. */
function expectFileName(name: string): void {
  expect(posix.basename(name)).toBe(name);
  expect(win32.basename(name)).toBe(name);
  expect(name).not.toMatch(/[<>:"|?*]|[. ]$|^\.{1,2}$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
  expect(name).not.toMatch(controls);
  expect(Buffer.byteLength(name)).toBeLessThan(200);
}

/** Runs `work` for each site and names the value that failed. */
function expectForAll(sites: readonly Passed[], work: (one: Passed) => void): void {
  for (const one of sites) {
    try {
      work(one);
    } catch (error) {
      throw new Error(`${one.what}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

describe('a value that passes the site check', () => {
  it('exists for every field, and every free text has a refused one', () => {
    const tried = new Set(passed.map(({ what }) => what.slice(0, what.indexOf(': '))));
    expect(fields.map(({ path }) => path.join('.')).filter((path) => !tried.has(path))).toEqual([
      // A VIP has no address on the WAN.
      'network.addresses.edge-gw-vip.wan',
      'network.addresses.edge-gw-vip.wan.0',
    ]);
    const texts = fields.filter(({ kind }) => kind === 'text').map(({ path }) => path.join('.'));
    expect(texts.filter((path) => !refused.has(path))).toEqual([]);
    expect(passed.length).toBeGreaterThan(700);
  });

  it('is read back from the site file that the wizard writes', () => {
    expectForAll(sampleOf(byDraft()), ({ draft, site, plan }) => {
      const read = checkSite(writeSite(draft));
      expect(read.site).toEqual(site);
      expect(read.plan).toEqual(plan);
    });
  });

  it('is exported as JSON and CSV, with the planned networks', () => {
    expectForAll(byPlan(), ({ plan }) => {
      expect(JSON.parse(JSON.stringify(planDocument(plan)))).toEqual(planDocument(plan));
      expectTable(vmsCsv(plan, english), plan.vms.length);
      expectTable(firewallCsv(plan, english), plan.firewall.length);
      for (const { cidr } of [plan.lan, plan.wan]) expect(parseCidr(cidr).ok).toBe(true);
    });
  });

  it('gives a zone that BIND accepts', ({ skip }) => {
    if (spawnSync('named-checkconf', ['-v']).status !== 0) {
      skip('named-checkconf is not installed (Debian package bind9-utils).');
    }
    const folder = mkdtempSync(join(tmpdir(), 'edge-zones-'));
    try {
      const zones = new Map(passed.map(({ plan }) => [zoneFile(plan), plan.fqdn]));
      const views = [...zones].map(([zone, fqdn], index) => {
        writeFileSync(join(folder, `${index}.zone`), zone);
        const at = `zone "${fqdn}" { type primary; check-names fail; check-integrity no; file "${folder}/${index}.zone"; };`;
        return `view "v${index}" { match-clients { any; }; ${at} };`;
      });
      expect(views.length).toBeGreaterThan(25);
      const config = join(folder, 'named.conf');
      writeFileSync(config, `options { directory "${folder}"; };\n${views.join('\n')}\n`);
      // Loads every zone at once, and ends with an error where one does not load.
      const { status, stdout } = spawnSync('named-checkconf', ['-z', config], { encoding: 'utf8' });
      const bad = stdout.split('\n').filter((line) => line !== '' && !line.includes('loaded serial'));
      expect({ status, bad: bad.slice(0, 10) }).toEqual({ status: 0, bad: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is drawn as well-formed SVG', async () => {
    const layouts = new Map(byPlan().map((one) => [JSON.stringify([one.plan.totals, one.plan.datacentres]), one]));
    for (const { plan, what } of layouts.values()) {
      const svg = await drawEdge(plan, english, printTheme);
      const faults: string[] = [];
      const parser = new SaxesParser();
      parser.on('error', (error) => faults.push(error.message));
      parser.write(svg).close();
      expect(faults, what).toEqual([]);
    }
  }, 300_000);

  it('appears in worksheet, summary and manual steps', () => {
    const small = fewOfEachField().filter(({ plan }) => plan.vms.length < 60);
    expectForAll(small, ({ draft, site, plan }) => {
      const { findings, sized } = checkDraft(draft);
      const sheet = makeWorksheet(draft, findings);
      const by = { tool: 'edge-installer 1.0.0', now: '2026-11-20T10:00:00.000Z' };
      const worksheet = worksheetReport(
        { sheet, draft, plan, file: 'site.yaml', ...by, ...(sized === undefined ? {} : { sized }) },
        english,
      );
      const byHand = manualSteps({ plan, datacentres: site.datacentres, customer: site.site.customer, ...by }, english);
      const summary = buildReport(recordOf({ site }), english);
      for (const document of [worksheet, summary, ...(byHand === undefined ? [] : [byHand])]) {
        const html = renderHtml(document, '');
        expect(html).not.toMatch(/<script>alert|\[object Object\]|>undefined<|>NaN</);
      }
      for (const { content } of csvTables(summary, ',')) expectTable(content);
      expect(JSON.parse(renderJson(summary))).toHaveProperty('format', 'edge-summary/v1');
    });
  }, 300_000);

  it('is passed to the guests in one line each', () => {
    expectForAll(byPlan(), ({ plan }) => {
      for (const vm of plan.vms) {
        for (const [key, value] of Object.entries(guestProperties(plan, vm))) {
          // Characters that govc cannot write into the guest's XML, or that the guest cannot read from one line.
          expect(`${key}=${value}`).not.toMatch(/[&<>"\r\n=].*=|[&<>"\r\n]/);
          expect(value).not.toBe('');
        }
        expect(vm.name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      }
    });
  });

  it('is in the handover', () => {
    const key = (of: string): string => Buffer.from(sha256Of(of), 'hex').toString('base64');
    const unique = new Map(passed.map((one) => [JSON.stringify([one.site.site, planDocument(one.plan)]), one]));
    expectForAll([...unique.values()], ({ site, plan }) => {
      const gateways = plan.vms.filter(({ component }) => component === 'edge-gw').slice(0, 200);
      const bundle = buildHandoverBundle({
        site: { ...site.site, ...site.sizing, fqdn: site.domain.fqdn },
        gateways: gateways.map((vm, index) => ({
          vm: vm.name,
          wireguardAddress: `${vm.nics[1]?.addresses[0] ?? ''}:${site.network.wireguard.port}`,
          lan: vm.nics[0]?.addresses[0] ?? '',
          tunnel: `100.64.0.${index + 1}/32`,
          publicKey: key(vm.name),
          presharedKey: key(`${vm.name} psk`),
          sshHostKeys: [],
        })),
        network: { lan: site.network.lan.cidr, wan: site.network.wan.cidr, vips: plan.vips },
        media: { release: '1', catalogueSha256: sha256Of('c'), signer: 's' },
        vms: plan.vms.map((vm) => ({
          name: vm.name,
          component: vm.component,
          addresses: vm.nics.flatMap(({ addresses }) => addresses),
          imageSha256: sha256Of(vm.component),
        })),
        createdIso: '2026-11-20T10:00:00.000Z',
      });
      if (!bundle.ok) throw new Error(JSON.stringify(bundle.failure));
      expect(parseHandoverBundle(JSON.parse(serialiseHandoverBundle(bundle.value)))).toEqual(bundle);
      const part = { bundle: bundle.value, fileName: `handover-${site.site.name}.age`, sha256: sha256Of('bundle') };
      const text = publicText(english, part);
      expect(text.split('\n').filter((line) => controls.test(line))).toEqual([]);
      expect(text).toContain(site.site.customer);
      expect(JSON.parse(qrPayload(part))).toHaveProperty('site', site.site.name);
      expect(wireguardPeers(bundle.value).match(/^Endpoint = /gm)).toHaveLength(gateways.length);
    });
    expectForAll(passed, ({ site }) => expect(site.handover.recipients.every(isRecipient)).toBe(true));
  }, 120_000);

  it('gives an endpoint, an argument and a secret name that vSphere and the keychain accept', async () => {
    for (const { site, plan, what } of passed) {
      for (const { vsphere } of site.datacentres) {
        const words = [vsphere?.datacenter, vsphere?.cluster, vsphere?.folder, vsphere?.resourcePool];
        const names = Object.values({ ...vsphere?.datastores, ...vsphere?.networks });
        for (const word of [...words, ...names]) expect(word ?? '', what).not.toMatch(controls);
        for (const { url, username, fingerprint } of vsphere?.endpoints ?? []) {
          const read = parseEndpointUrl(url);
          if (!read.ok) throw new Error(what);
          const secret = vsphereSecretName(url);
          expect(secret.ok && secretNameForms(secret.value).ok, what).toBe(true);
          const govc = createGovc({
            binary: 'govc',
            ...read.value,
            username,
            password: 'p',
            fingerprint: fingerprint ?? fingerprintOf('a'),
            ...(vsphere?.datacenter === undefined ? {} : { datacenter: vsphere.datacenter }),
          });
          await govc.dispose();
        }
      }
      const { mail, backup } = site;
      const hosts = [hostSecretName('backup', backup.host), ...(mail.host ? [hostSecretName('mail', mail.host)] : [])];
      for (const name of hosts) expect(name !== undefined && secretNameForms(name).ok, what).toBe(true);
      const [vm] = plan.vms;
      for (const name of [`wireguard/${vm?.name ?? ''}`, `ssh/${site.site.name}`, `certificate/${site.domain.fqdn}`]) {
        expect(secretNameForms(name).ok, `${what}: ${name}`).toBe(true);
      }
    }
  });

  it('gives file names that every system accepts', () => {
    expect(passed.length).toBeGreaterThan(0);
    expectForAll(passed, ({ site, plan }) => {
      const { name } = site.site;
      for (const file of [domainFile(plan.fqdn, 'zone'), `handover-${name}.age`, `worksheet-${name}.pdf`, name]) {
        expectFileName(file);
      }
    });
  });
});
