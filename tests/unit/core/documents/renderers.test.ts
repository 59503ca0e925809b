import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { drawEdge } from '../../../../core/documents/drawing/svg.ts';
import { pageTheme } from '../../../../core/documents/drawing/theme.ts';
import type { RunRecord } from '../../../../core/run/record.ts';
import { csvTables } from '../../../../core/documents/csv.ts';
import { renderHtml } from '../../../../core/documents/html.ts';
import { renderJson } from '../../../../core/documents/json.ts';
import { buildReport } from '../../../../core/documents/summary/summary.ts';
import { hostileRecord, hostileWords } from '../../../fixtures/hostile-record.ts';
import { englishText, recordOf } from '../../../fixtures/run-record.ts';

const text = englishText();
const html = async (record: RunRecord): Promise<string> =>
  renderHtml(buildReport(record, text), await drawEdge(record.plan, text, pageTheme));

/** RFC 4180, strictly: one line per record, CRLF between records. */
function parseCsv(csv: string, separator = ','): string[][] {
  const lines = csv.split('\r\n');
  expect(lines[0]?.startsWith('\ufeff')).toBe(true);
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const fields: string[] = [];
    for (let rest = `${line.replace(/^\ufeff/, '')}${separator}`; rest !== '';) {
      const [whole, quoted, bare] = /^(?:"((?:[^"]|"")*)"|([^"\r\n,;\t]*))[,;\t]/.exec(rest) ?? [];
      if (whole === undefined || !whole.endsWith(separator)) throw new Error(`not RFC 4180: ${JSON.stringify(rest)}`);
      fields.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
      rest = rest.slice(whole.length);
    }
    return fields;
  });
}

const secretWords = ['canary-password', 'canary-private-key', 'canary-preshared', 'canary-user'];

/** A record that carries more than it should, as after a fault in the caller. */
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
    endpoints: record.endpoints.map((reading) => ({
      ...reading,
      ...(reading.inventory && {
        inventory: {
          ...reading.inventory,
          machines: reading.inventory.machines.map((vm) => ({ ...vm, password: 'canary-password' })),
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
  it('is one file without external resources and scripts', async () => {
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
    for (const { inventory } of record.endpoints) expect(page).toContain(inventory?.fingerprint);
  });

  it('escapes hostile text', async () => {
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
  it.each([',', ';', '\t'] as const)('is one file per table, with titles and rows, separated by %j', (separator) => {
    const report = buildReport(recordOf({ size: 'large' }), text);
    const files = csvTables(report, separator);
    expect(new Set(files.map(({ table }) => table)).size).toBe(files.length);
    for (const block of report.sections.flatMap((section) => section.blocks)) {
      if (block.kind !== 'table') continue;
      const [titles = [], ...rows] = parseCsv(files.find(({ table }) => table === block.id)?.content ?? '', separator);
      expect(titles).toHaveLength(block.columns.length);
      expect(rows).toHaveLength(block.rows.length);
      for (const [index, row] of rows.entries()) {
        const expected = block.rows[index]?.map(({ text: words, value }) =>
          typeof value === 'number' ? String(value) : words.replaceAll('\u00a0', ' ').replaceAll('\n', ', '),
        );
        // An apostrophe guards a cell that a spreadsheet would compute.
        expect(row.map((field) => field.replace(/^'(?=\s*[=+\-@])/, ''))).toEqual(expected);
      }
    }
  });

  it('names the unit of every column of numbers in its title', () => {
    const tables = csvTables(buildReport(recordOf(), text), ',');
    const titlesOf = (id: string): string => tables.find(({ table }) => table === id)?.content.split('\r\n')[0] ?? '';
    expect(titlesOf('vms')).toContain('RAM (GB)');
    expect(titlesOf('images')).toMatch(/bytes/i);
  });

  it('has no line break in a cell, and no cell that a spreadsheet would compute', () => {
    const files = csvTables(buildReport(hostileRecord(), text), ',');
    const fields = files.flatMap(({ content }) => parseCsv(content)).flat();
    for (const field of fields) expect(field).not.toMatch(/^\s*[=+\-@]|\p{Cc}/u);
    expect(fields).toContain(`'${hostileWords.formula}`);
    expect(fields).toContain(hostileWords.quotes.replace('\r\n', ', '));
    expect(fields).toContain(hostileWords.script);
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

  it('keeps hostile text exactly', () => {
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
    const outputs = [
      JSON.stringify(report),
      renderJson(report),
      ...csvTables(report, ',').map(({ content }) => content),
      await html(record),
    ];
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
