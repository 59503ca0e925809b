/**
 * The report as `edge-summary/v1`, for programs. Keys of facts, tables and columns are the same in every language;
 * values are numbers, ISO times and lists where the words show amounts, times and lines.
 *
 * ```json
 * { "format": "edge-summary/v1", "created": "<ISO 8601, UTC>", "language": "en", "tool": "...", "title": "...",
 *   "outcome": { "status": "complete", "title": "...", "text": "..." },
 *   "facts": { "site": { "customer": "..." }, "plan": {}, "media": {}, "siteFile": {}, "handover": {} },
 *   "tables": { "vms": [ { "name": "...", "vcpu": 2 } ], "existing": [], "capacity": [], "images": [] },
 *   "recipes": { "recheck": [ "minisign ..." ] },
 *   "sections": [ { "id": "overview", "number": 1, "title": "...", "notes": [ "..." ], "contains": [ "vms" ] } ] }
 * ```
 * A status stands in `result` (`as-planned | differs | missing | unknown | foreign`) of `tables.existing`, its reasons in
 * `result-text`: a cell whose words say more than its value has them under `<column>-text`.
 */
import type { Block, Cell, ReportModel, TableBlock, Value } from './model.ts';

type JsonValue = Value | readonly Value[];

const valueOf = ({ text, value }: Cell): JsonValue => (value === undefined ? text : value);

function rowOf(table: TableBlock, cells: readonly Cell[]): Record<string, JsonValue> {
  const row: Record<string, JsonValue> = {};
  table.columns.forEach(({ key }, position) => {
    const one = cells[position];
    if (one === undefined) return;
    row[key] = valueOf(one);
    const said = typeof one.value === 'string' ? one.value : one.value === null ? '–' : one.text;
    const isTime = /^\d{4}-\d{2}-\d{2}T.*Z$/.test(said);
    if (!isTime && one.text !== said && one.text !== '') row[`${key}-text`] = one.text;
  });
  return row;
}

const idOf = (block: Block): readonly string[] => ('id' in block ? [block.id] : []);

/** The document as text, indented, with a line feed at its end. */
export function renderJson(report: ReportModel): string {
  const blocks = report.sections.flatMap((section) => section.blocks);
  const facts: Record<string, Record<string, JsonValue>> = {};
  const tables: Record<string, readonly Readonly<Record<string, JsonValue>>[]> = {};
  const recipes: Record<string, readonly string[]> = {};
  for (const block of [report.titleBlock, ...blocks]) {
    if (block.kind === 'facts') {
      facts[block.id] = Object.fromEntries(block.items.map(({ key, value }) => [key, valueOf(value)]));
    } else if (block.kind === 'table') {
      tables[block.id] = block.rows.map((row) => rowOf(block, row));
    } else if (block.kind === 'bars') {
      tables[block.id] = block.items.map(({ value, label }) => ({ ...value, 'free-text': label }));
    } else if (block.kind === 'recipe') {
      recipes[block.id] = block.lines;
    } else if (block.kind === 'form') {
      tables[block.id] = block.items.map(({ key, label, why }) => ({ key, label, why }));
    }
  }
  const { status, title, text } = report.outcome;
  const document = {
    format: 'edge-summary/v1',
    created: report.created,
    language: report.language,
    tool: report.tool,
    title: report.title,
    outcome: { status, title, text },
    facts,
    tables,
    recipes,
    sections: report.sections.map((section) => ({
      id: section.id,
      number: section.number,
      title: section.title,
      notes: section.blocks.flatMap((block) => (block.kind === 'note' ? [block.text] : [])),
      contains: section.blocks.flatMap(idOf),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
