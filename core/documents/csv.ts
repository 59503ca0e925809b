/** The tables of a report as CSV files, one per table. */
import { csv, type CsvCell, type CsvSeparator } from '../base/csv.ts';
import type { Block, Cell, ReportModel } from './model.ts';

export interface CsvTable {
  /** Id of the table, the same in every language. */
  readonly table: string;
  readonly content: string;
}

/** The unit of a column of numbers, by the end of its key. */
const units: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/Gb$/, 'GB'],
  [/Bytes$/, 'bytes'],
  [/Seconds$/, 's'],
];

function titled(key: string, title: string): string {
  const unit = units.find(([ending]) => ending.test(key))?.[1];
  return unit === undefined || title.includes(unit) ? title : `${title} (${unit})`;
}

const cellOf = ({ text, value }: Cell): CsvCell => (typeof value === 'number' ? value : text);

function tableOf(block: Block, separator: CsvSeparator): readonly CsvTable[] {
  if (block.kind === 'table') {
    const header = block.columns.map(({ key, title }) => titled(key, title));
    return [
      {
        table: block.id,
        content: csv(
          separator,
          header,
          block.rows.map((row) => row.map(cellOf)),
        ),
      },
    ];
  }
  if (block.kind === 'bars') {
    const keys = Object.keys(block.items[0]?.value ?? {});
    const rows = block.items.map(({ value }) =>
      keys.map((key): CsvCell => {
        const found = value[key] ?? null;
        return typeof found === 'boolean' ? String(found) : found;
      }),
    );
    return [{ table: block.id, content: csv(separator, keys, rows) }];
  }
  return [];
}

/**
 * Every table of the report, an empty one with its titles alone. Numbers stand without their unit, which the title
 * names.
 */
export const csvTables = (report: ReportModel, separator: CsvSeparator): readonly CsvTable[] =>
  report.sections.flatMap(({ blocks }) => blocks.flatMap((block) => tableOf(block, separator)));
