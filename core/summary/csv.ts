/** The report's facts and tables as one CSV file (RFC 4180), for spreadsheets and scripts. */
import type { Block, Cell, ReportModel } from './report-types.ts';

/**
 * A spreadsheet takes a field that begins like a formula for one; an apostrophe in front makes it text.
 * Source: OWASP, CSV injection.
 */
const harmless = (field: string): string => (/^[=+\-@\t\r\n]/.test(field) ? `'${field}` : field);

// A comma is RFC 4180's separator. Everything is quoted, so that spreadsheets of every language agree on the fields.
const quoted = (field: string): string => `"${harmless(field.replaceAll('\u0000', '')).replaceAll('"', '""')}"`;

const fieldOf = ({ text, value }: Cell): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return text.replaceAll('\u00a0', ' ');
};

function recordsOf(block: Block): readonly (readonly string[])[] {
  switch (block.kind) {
    case 'facts':
      return block.items.map(({ label, value }) => [block.id, label, fieldOf(value)]);
    case 'table':
      return [
        [block.id, ...block.columns.map(({ title }) => title)],
        ...block.rows.map((row) => [block.id, ...row.map(fieldOf)]),
      ];
    case 'bars': {
      const keys = Object.keys(block.items[0]?.value ?? {});
      const row = (values: Readonly<Record<string, unknown>>): readonly string[] =>
        keys.map((key) => String(values[key]));
      return [[block.id, ...keys], ...block.items.map(({ value }) => [block.id, ...row(value)])];
    }
    case 'recipe':
      return block.lines.map((line) => [block.id, line]);
    case 'signatures':
      return block.items.map(({ role, name }) => [block.id, role, name]);
    case 'form':
      return block.items.map(({ label, why }) => [block.id, label, why]);
    case 'note':
      return [['note', block.text]];
    case 'drawing':
      return [];
  }
}

/**
 * CSV with CRLF and a byte order mark (without it, Excel takes UTF-8 for something else). The first field of a record
 * names its table; the first record of a table holds its column titles. Every record has the same number of fields.
 */
export function renderCsv(report: ReportModel): string {
  const { outcome } = report;
  const records = [
    ['summary', report.title, report.created],
    ['outcome', outcome.status, outcome.title, outcome.text],
    ...recordsOf(report.titleBlock),
    ...report.sections.flatMap((section) => [
      ['section', String(section.number), section.title],
      ...section.blocks.flatMap(recordsOf),
    ]),
  ];
  const width = Math.max(...records.map(({ length }) => length));
  const lines = records.map((record) =>
    [...record, ...Array.from({ length: width - record.length }, () => '')].map(quoted).join(','),
  );
  return `\ufeff${lines.join('\r\n')}\r\n`;
}
