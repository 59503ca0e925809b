/**
 * Comma-separated values (RFC 4180) that a spreadsheet can open safely: a cell that would start a formula gets an
 * apostrophe in front (OWASP, CSV injection). A number stays a number.
 */
export type CsvCell = string | number | null;

const cell = (value: CsvCell): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
};

/** Rows with CRLF at each end, the header first. */
export const csv = (header: readonly string[], rows: readonly (readonly CsvCell[])[]): string =>
  [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
