/**
 * CSV files (RFC 4180) that Excel, LibreOffice and scripts open alike: UTF-8 with a byte order mark, CRLF, one line per
 * record. A cell that a spreadsheet would take for a formula gets an apostrophe in front. A number stays a number.
 * Source: OWASP, CSV injection.
 */
export type CsvCell = string | number | null;

export const csvSeparators = [',', ';', '\t'] as const;
export type CsvSeparator = (typeof csvSeparators)[number];

/** Signs that begin a formula in a spreadsheet, their full-width forms included. */
const formula = /^\s*[=+\-@\uFF0B\uFF0D\uFF1D\uFF20]/u;

/** Line breaks, and other characters that no cell can show. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

function cell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const line = value
    .replaceAll('\u00a0', ' ')
    .replace(/\s*(?:\r\n|[\n\r\u0085\u2028\u2029])\s*/gu, ', ')
    .replace(unprintable, ' ');
  const safe = formula.test(line) ? `'${line}` : line;
  // Quoted for every separator, so that a file stays whole when it is opened with another one.
  return /["',;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The header and the rows as a file, each record ended by CRLF. Line breaks inside a cell become `, `. */
export const csv = (
  separator: CsvSeparator,
  header: readonly string[],
  rows: readonly (readonly CsvCell[])[],
): string => `\ufeff${[header, ...rows].map((row) => `${row.map(cell).join(separator)}\r\n`).join('')}`;
