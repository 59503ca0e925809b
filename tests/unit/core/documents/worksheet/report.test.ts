import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../../../core/preflight/check-site.ts';
import { readDraft } from '../../../../../core/site/read.ts';
import { siteSchema } from '../../../../../core/site/schema.ts';
import { renderHtml } from '../../../../../core/documents/html.ts';
import type { Block, DocumentModel, FormItem } from '../../../../../core/documents/model.ts';
import { makeWorksheet } from '../../../../../core/documents/worksheet/worksheet.ts';
import { choicesOfFields } from '../../../../../core/documents/worksheet/form.ts';
import { countItems, worksheetReport } from '../../../../../core/documents/worksheet/report.ts';
import { plainInput, sampleNames, sampleText } from '../../../../fixtures/sample-sites.ts';
import { english } from '../../../../fixtures/words.ts';

type Draft = Readonly<Record<string, unknown>>;

const sheetOf = (draft: Draft) => makeWorksheet(draft, checkDraft(draft).findings);

function reportOf(draft: Draft): DocumentModel {
  const { plan, sized, findings } = checkDraft(draft);
  const sheet = makeWorksheet(draft, findings);
  const base = { sheet, draft, file: 'site.yaml', tool: 'edge-installer 1.0.0', now: '2026-11-20T10:00:00.000Z' };
  return worksheetReport(
    { ...base, ...(plan === undefined ? {} : { plan }), ...(sized === undefined ? {} : { sized }) },
    english,
  );
}

const sampleDraft = (name: (typeof sampleNames)[number]): Draft => readDraft(sampleText(name)).draft;
const blocksOf = (report: DocumentModel, id: string): readonly Block[] =>
  report.sections.find((section) => section.id === id)?.blocks ?? [];
const formItems = (report: DocumentModel, id: string): readonly FormItem[] =>
  blocksOf(report, id).flatMap((block) => (block.kind === 'form' ? block.items : []));
const tableRows = (report: DocumentModel, id: string): readonly string[] =>
  report.sections
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'table' && block.id === id ? block.rows : []))
    .map((row) => row.map(({ text }) => text).join(' | '));

describe('the printed worksheet', () => {
  it('of an empty site file has a page with blanks for every person', () => {
    const report = reportOf({});
    expect(report.outcome).toMatchObject({ tone: 'info', title: '0 % ready' });
    expect(report.sections.map(({ id, number, ownPage }) => [id, number, ownPage === true])).toEqual([
      ['readiness', 1, false],
      ['customer', 2, true],
      ['network', 3, true],
      ['vmware', 4, true],
      ['certificates', 5, true],
      ['mail', 6, true],
      ['backup', 7, true],
      ['ale', 8, true],
    ]);
    const blanks = report.sections.flatMap(({ id }) => formItems(report, id)).map(({ key }) => key);
    for (const { id } of sheetOf({}).items) expect(blanks).toContain(id);
    expect(blanks.filter((key) => key.endsWith('-answered'))).toHaveLength(7);
  });

  it('gives a reason for everything that it asks, in words without gaps', () => {
    for (const draft of [{}, { datacentres: [{}, {}] }, ...sampleNames.map(sampleDraft)]) {
      const report = reportOf(draft);
      for (const item of report.sections.flatMap(({ id }) => formItems(report, id))) {
        expect(item.why, item.key).toMatch(/\S/);
        expect(`${item.label} ${item.why} ${item.example}`).not.toMatch(/[{}]|worksheet\.|site\.fields/);
      }
    }
  });

  it('asks by ticking exactly where the schema has a few answers', () => {
    for (const [field, values] of Object.entries(choicesOfFields)) {
      const [section = '', ...rest] = field.split('.');
      const accepted = (value: unknown): boolean => {
        const nest = rest.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
        const plain = (plainInput as Draft)[section];
        const merged = Array.isArray(plain)
          ? [{ ...(plain[0] as object), ...(nest as object) }]
          : mergeDeep(plain, nest);
        return siteSchema.safeParse({ ...plainInput, [section]: merged }).success;
      };
      const typed = (value: string): unknown =>
        field === 'footprint.options' ? [value] : field === 'network.wan.nat' ? value === 'true' : value;
      for (const value of values) expect(accepted(typed(value)), `${field} ${value}`).toBe(true);
      expect(accepted(field === 'footprint.options' ? ['other'] : 'other'), field).toBe(false);
    }
    const form = formItems(reportOf({}), 'mail').find(({ key }) => key === 'mail.mode');
    expect(form?.answer).toEqual({
      kind: 'choices',
      options: ['Our own mail relay', "A partner's mail service", "The edge's mailer servers"],
    });
  });

  it('shows a wrong value above its blank, and names it among what blocks', () => {
    const report = reportOf({ ...plainInput, domain: { fqdn: 'co.uk' } });
    const item = formItems(report, 'certificates').find(({ key }) => key === 'domain.fqdn');
    expect(item?.given).toEqual({
      tone: 'bad',
      text: expect.stringMatching(/^Now: co\.uk\nco\.uk is a public suffix/),
    });
    expect(tableRows(report, 'blocking')).toContainEqual(
      expect.stringMatching(/^Owner of the domain and the certificate \| domain\.fqdn \| co\.uk is a public suffix/),
    );
    expect(report.outcome.tone).toBe('warn');
  });

  it('says once what is missing, not again for each finding about its absence', () => {
    const rows = tableRows(reportOf({ site: { name: 'a', customer: 'A' } }), 'blocking');
    expect(rows.filter((row) => row.startsWith('Backup'))).toEqual([
      'Backup administrator | – | Not known yet: Kind of backup, Backup host, Path on the backup host, Where the backup is. | Fill in section 7.',
    ]);
    // apiVersion is nobody's question, so its absence must show.
    expect(rows).toContainEqual(expect.stringContaining('apiVersion'));
  });

  it('lists every blocking finding of a complete file', () => {
    const draft = {
      ...plainInput,
      mail: { ...plainInput.mail, host: 'no such host!' },
      backup: { ...plainInput.backup, host: '10.20.0.9' },
    };
    const { blocking } = sheetOf(draft);
    const rows = tableRows(reportOf(draft), 'blocking');
    expect(blocking.length).toBeGreaterThan(1);
    for (const { path } of blocking)
      expect(
        rows.some((row) => row.includes(`| ${path} |`)),
        path,
      ).toBe(true);
  });

  it('tells network and VMware what the edge needs as soon as the users are known', () => {
    const facts = (report: DocumentModel, person: string): string[] =>
      blocksOf(report, person).flatMap((block) =>
        block.kind === 'facts' && block.id.startsWith('needs-')
          ? block.items.map(({ label, value }) => `${label}: ${value.text}`)
          : [],
      );
    expect(facts(reportOf({}), 'vmware')).toEqual([]);
    const sizing = reportOf({ sizing: plainInput.sizing });
    // The table of the technical overview: small, one of each.
    expect(facts(sizing, 'vmware')).toEqual([
      'Servers: 9',
      'vCPU: 34',
      'Memory: 102\u00a0GB',
      'Standard disks: 5,632\u00a0GB',
      'Premium disks: 2,048\u00a0GB',
    ]);
    expect(facts(sizing, 'network')).toEqual([
      'LAN addresses: 10, in a /28 or larger',
      'WAN addresses: 6, in a /28 or larger',
    ]);
    expect(tableRows(reportOf(sampleDraft('multi-dc')), 'needs-datacentres')).toHaveLength(3);
  });

  it('shows known answers and contacts to the person they concern', () => {
    const draft = {
      ...plainInput,
      site: { ...plainInput.site, contacts: [{ role: 'Network team', name: 'N. Etworker', phone: '+33 1' }] },
    };
    const report = reportOf(draft);
    expect(formItems(report, 'network').find(({ key }) => key === 'network-answered')?.given?.text).toBe(
      'N. Etworker, +33 1',
    );
    expect(formItems(report, 'mail').find(({ key }) => key === 'mail-answered')?.given).toBeUndefined();
    const known = blocksOf(report, 'network').find((block) => block.kind === 'facts' && block.id === 'network-known');
    expect(JSON.stringify(known)).toContain('203.0.113.0/28');
  });

  it('counts what the first page says', () => {
    expect(countItems(sheetOf(plainInput))).toMatchObject({ wrong: 0 });
    const all = countItems(sheetOf({}));
    expect(all.missing).toBe(sheetOf({}).items.filter(({ state }) => state === 'missing').length);
    expect(all.tasks).toBeGreaterThan(5);
  });

  it('takes any value of a draft for text and never for markup', () => {
    const hostile = '<img src=x onerror=alert(1)>\u202e';
    const draft = {
      site: { name: hostile, customer: hostile, contacts: [{ role: 'mail', name: hostile }, 7, null] },
      domain: { fqdn: hostile },
      datacentres: [{ name: hostile, vsphere: { endpoints: [{ url: hostile }] } }, 'x'],
      mail: [1, 2],
      network: null,
    };
    const html = renderHtml(reportOf(draft), '');
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&lt;img');
    expect(renderHtml(reportOf({}), '')).toMatch(/<div class="blank"><\/div>/);
  });
});

function mergeDeep(one: unknown, other: unknown): unknown {
  const isMap = (value: unknown): value is Draft =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(one) || !isMap(other)) return other;
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      key in other ? mergeDeep(one[key], other[key]) : one[key],
    ]),
  );
}
