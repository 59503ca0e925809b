/** Writes the deployment summary in its four formats: PDF, HTML, JSON and one CSV per table. */
import { join } from 'node:path';
import { cancelled, fail, ok, type Result } from '../../../core/base/errors.ts';
import { drawEdge } from '../../../core/documents/drawing/svg.ts';
import { pageTheme, printTheme } from '../../../core/documents/drawing/theme.ts';
import type { RunRecord } from '../../../core/run/record.ts';
import { csvTables } from '../../../core/documents/csv.ts';
import { renderHtml } from '../../../core/documents/html.ts';
import { renderJson } from '../../../core/documents/json.ts';
import { buildReport } from '../../../core/documents/summary/summary.ts';
import type { Text } from '../../../core/base/text.ts';
import { renderPdf } from './pdf.ts';

export interface SummaryRequest {
  readonly record: RunRecord;
  readonly outDir: string;
  readonly text: Text;
  /** Writes one file whole or not at all. */
  readonly writeFile: (path: string, data: string | Uint8Array) => Promise<Result<unknown>>;
  readonly signal?: AbortSignal;
}

/**
 * Writes `summary-<site>.html`, `.json`, `.pdf` and `summary-<site>-<table>.csv` into `outDir` and returns their paths,
 * the PDF first. The PDF is made last: if it fails (`summary.pdf`), the others are written. Failures of `writeFile`
 * pass through; after an abort no further file is written (`common.cancelled`).
 */
export async function writeSummary(request: SummaryRequest): Promise<Result<{ readonly files: readonly string[] }>> {
  const { record, outDir, text, writeFile, signal } = request;
  const stopped = (): boolean => signal?.aborted === true;
  if (stopped()) return fail(cancelled);
  const report = buildReport(record, text);
  const base = join(outDir, `summary-${record.site.site.name}`);
  const html = renderHtml(report, await drawEdge(record.plan, text, pageTheme));
  const plain: readonly (readonly [path: string, data: string])[] = [
    [`${base}.html`, html],
    [`${base}.json`, renderJson(report)],
    ...csvTables(report, text.separator).map(({ table, content }) => [`${base}-${table}.csv`, content] as const),
  ];
  for (const [path, data] of plain) {
    if (stopped()) return fail(cancelled);
    const written = await writeFile(path, data);
    if (!written.ok) return written;
  }
  const pdf = await renderPdf(report, await drawEdge(record.plan, text, printTheme));
  if (!pdf.ok) return pdf;
  if (stopped()) return fail(cancelled);
  const written = await writeFile(`${base}.pdf`, pdf.value);
  if (!written.ok) return written;
  return ok({ files: [`${base}.pdf`, ...plain.map(([path]) => path)] });
}
