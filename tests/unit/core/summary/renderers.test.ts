import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { drawEdge } from '../../../../core/drawing/svg.ts';
import { pageTheme } from '../../../../core/drawing/theme.ts';
import type { RunRecord } from '../../../../core/run-record.ts';
import { renderCsv } from '../../../../core/summary/csv.ts';
import { renderHtml } from '../../../../core/summary/html.ts';
import { renderJson } from '../../../../core/summary/json.ts';
import { buildReport } from '../../../../core/summary/model.ts';
import { hostileRecord, hostileWords } from '../../../fixtures/hostile-record.ts';
import { englishText, recordOf } from '../../../fixtures/run-record.ts';

const text = englishText();
const html = async (record: RunRecord): Promise<string> =>
  renderHtml(buildReport(record, text), await drawEdge(record.plan, text, pageTheme));

/** RFC 4180, strictly: every field quoted or free of specials, CRLF between records. */
function parseCsv(csv: string): string[][] {
  const records: string[][] = [[]];
  let rest = csv.replace(/^\ufeff/, '');
  while (rest !== '') {
    const match = /^"((?:[^"]|"")*)"(,|\r\n)/.exec(rest);
    if (match === null) throw new Error(`not RFC 4180: ${JSON.stringify(rest.slice(0, 60))}`);
    records.at(-1)?.push((match[1] ?? '').replaceAll('""', '"'));
    if (match[2] === '\r\n') records.push([]);
    rest = rest.slice(match[0].length);
  }
  records.pop();
  return records;
}

const secretWords = ['canary-password', 'canary-private-key', 'canary-preshared', 'canary-user'];

/** A record that carries more than it should, as if somebody upstream had made a mistake. */
function recordWithSecrets(): RunRecord {
  const record = recordOf();
  const { handover, site } = record;
  return {
    ...record,
    site: {
      ...site,
      mail: { ...site.mail, username: 'canary-user', password: 'canary-password' } as typeof site.mail,
      backup: { ...site.backup, username: 'canary-user' },
    },
    endpoints: record.endpoints.map((facts) => ({
      ...facts,
      ...(facts.seen && {
        seen: {
          ...facts.seen,
          vms: facts.seen.vms.map((vm) => ({
            ...vm,
            extraConfig: { ...vm.extraConfig, 'guestinfo.password': 'canary-password' },
          })),
        },
      }),
    })),
    ...(handover && {
      handover: {
        ...handover,
        gateways: handover.gateways.map((gateway) => ({
          ...gateway,
          privateKey: 'canary-private-key',
          presharedKey: 'canary-preshared',
        })),
      },
    }),
  };
}

describe('HTML', () => {
  it('is one file that asks for nothing from outside and runs nothing', async () => {
    const page = await html(recordOf({ size: 'large' }));
    expect(page).not.toMatch(/<(script|link|iframe|img|object|embed|base|form)\b/i);
    expect(page).not.toMatch(/\s(src|srcset|action|on\w+)=/i);
    expect(page).not.toMatch(/@import|url\(/i);
    for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
    expect(page).toContain("default-src 'none'");
  });

  it('has a language, one first heading, and tables with captions and scopes', async () => {
    const page = await html(recordOf());
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<h1/g)).toHaveLength(1);
    const tables = page.match(/<table>.*?<\/table>/gs) ?? [];
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) {
      expect(table).toMatch(/^<table><caption>[^<]+<\/caption><thead>/);
      expect(table).toContain('<th scope="col"');
      expect(table).toContain('<th scope="row"');
    }
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('holds every name, address and hash', async () => {
    const record = recordOf({ size: 'multi' });
    const page = await html(record);
    for (const vm of record.plan.vms) {
      expect(page).toContain(vm.name);
      for (const address of vm.nics.flatMap(({ addresses }) => addresses)) expect(page).toContain(address);
    }
    for (const { sha256 } of record.media?.images ?? []) expect(page).toContain(sha256);
    for (const { seen } of record.endpoints) expect(page).toContain(seen?.fingerprint);
  });

  it('shows hostile words as words', async () => {
    const page = await html(hostileRecord());
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('[U+202E]');
    expect(page).toContain(hostileWords.emoji);
    expect(page).toContain(hostileWords.long);
    expect(page).toContain(hostileWords.placeholder);
    // oxlint-disable-next-line no-control-regex
    expect(page).not.toMatch(/[\u0000-\u0008\u001b]/);
  });

  it('is well-formed where it is made of our own tags', async () => {
    const page = await html(hostileRecord());
    const body = /<main>.*<\/main>/s.exec(page)?.[0].replaceAll('&ensp;', ' ') ?? '';
    const parser = new SaxesParser();
    const errors: string[] = [];
    parser.on('error', (error) => errors.push(error.message));
    parser.write(body).close();
    expect(errors).toEqual([]);
  });
});

describe('CSV', () => {
  it('comes back as the model: every table with its titles and rows', () => {
    const report = buildReport(recordOf({ size: 'large' }), text);
    const csv = renderCsv(report);
    expect(csv.startsWith('\ufeff"')).toBe(true);
    const records = parseCsv(csv);
    expect(new Set(records.map(({ length }) => length)).size).toBe(1);
    for (const block of report.sections.flatMap((section) => section.blocks)) {
      if (block.kind !== 'table') continue;
      const [titles, ...rows] = records
        .filter(([id]) => id === block.id)
        .map((record) => record.slice(1, block.columns.length + 1));
      expect(titles).toEqual(block.columns.map(({ title }) => title));
      const expected = block.rows.map((row) =>
        row.map(({ text: words, value }) =>
          typeof value === 'number' ? String(value) : words.replaceAll('\u00a0', ' '),
        ),
      );
      // An apostrophe guards what a spreadsheet would compute.
      expect(rows.map((row) => row.map((field) => field.replace(/^'(?=[=+\-@\t\r\n])/, '')))).toEqual(expected);
    }
  });

  it('never begins a field like a formula', () => {
    const records = parseCsv(renderCsv(buildReport(hostileRecord(), text)));
    for (const field of records.flat()) expect(field).not.toMatch(/^[=+\-@\t\r\n]/);
    expect(records.flat()).toContain(`'${hostileWords.formula}`);
    expect(records.flat()).toContain(hostileWords.quotes);
    expect(records.flat()).toContain(hostileWords.script);
  });
});

describe('JSON', () => {
  interface SummaryDocument {
    readonly format: string;
    readonly outcome: { readonly status: string };
    readonly facts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
    readonly sections: readonly { readonly contains: readonly string[] }[];
  }
  const documentOf = (record: RunRecord): SummaryDocument =>
    JSON.parse(renderJson(buildReport(record, text))) as SummaryDocument;

  it('is edge-summary/v1 with typed values under stable keys', () => {
    const record = recordOf();
    const document = documentOf(record);
    expect(document.format).toBe('edge-summary/v1');
    expect(document.outcome.status).toBe('complete');
    expect(document.facts['plan']).toMatchObject({ footprint: 'small', vms: 9, vcpu: 34, memoryGb: 102, diskGb: 7680 });
    expect(document.tables['vms']?.[0]).toMatchObject({
      name: 'acme-paris-edge-gw-1',
      component: 'edge-gw',
      vcpu: 2,
      memoryGb: 2,
      disks: ['64 standard', '256 standard'],
      lan: ['10.20.0.2'],
      wan: ['203.0.113.2'],
    });
    expect(document.tables['existing']?.map((row) => row['result'])).toEqual(record.plan.vms.map(() => 'as-planned'));
    expect(document.tables['images']?.[0]).toMatchObject({
      file: 'edge-gw.ova',
      sizeBytes: 1_073_741_824,
      verifiedAt: '2026-11-22T08:00:30Z',
    });
    expect(document.facts['handover']).toMatchObject({ confirmationCode: '4821 0937 5516' });
  });

  it('has no table that a section does not name', () => {
    const document = documentOf(recordOf({ size: 'multi' }));
    const named = document.sections.flatMap(({ contains }) => contains);
    for (const id of Object.keys(document.tables)) expect(named).toContain(id);
    expect(new Set(named).size).toBe(named.length);
  });

  it('keeps hostile words exactly', () => {
    const document = documentOf(hostileRecord());
    expect(document.facts['site']?.['customer']).toBe(hostileWords.script);
    expect(document.tables['contacts']?.[0]).toMatchObject({
      role: hostileWords.formula,
      name: hostileWords.rightToLeft,
    });
    expect(document.tables['contacts']?.[1]).toMatchObject({ role: hostileWords.quotes, name: hostileWords.control });
  });
});

describe('secrets', () => {
  it('are in none of the formats, even when the record carries some by mistake', async () => {
    const record = recordWithSecrets();
    for (const word of secretWords) expect(JSON.stringify(record)).toContain(word);
    const report = buildReport(record, text);
    const outputs = [JSON.stringify(report), renderJson(report), renderCsv(report), await html(record)];
    for (const output of outputs) {
      for (const word of secretWords) expect(output).not.toContain(word);
    }
  });

  it('have no place in the model: no key is named like one', () => {
    const keys = new Set<string>();
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) node.forEach(walk);
      else if (typeof node === 'object' && node !== null) {
        for (const [key, value] of Object.entries(node)) {
          keys.add(key);
          walk(value);
        }
      }
    };
    walk(buildReport(recordOf({ size: 'multi' }), text));
    walk(JSON.parse(renderJson(buildReport(recordOf({ size: 'multi' }), text))));
    expect(keys.size).toBeGreaterThan(50);
    expect([...keys].filter((key) => /password|secret|private|preshared|token|passphrase/i.test(key))).toEqual([]);
  });
});
