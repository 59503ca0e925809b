/** The worksheet of a site file as PDF and HTML. Accepts an incomplete file. */
import { basename, extname, join } from 'node:path';
import { cancelled, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { readDraft } from '../../core/site/read.ts';
import { renderHtml } from '../../core/documents/html.ts';
import type { DocumentModel } from '../../core/documents/model.ts';
import type { Text } from '../../core/base/text.ts';
import { makeWorksheet, type Worksheet } from '../../core/documents/worksheet/worksheet.ts';
import { worksheetReport } from '../../core/documents/worksheet/report.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';
import type { SiteText } from './site-input.ts';

export interface MadeWorksheet {
  readonly sheet: Worksheet;
  readonly document: DocumentModel;
  /** File name without its ending. */
  readonly name: string;
}

/** Fails with `worksheet.unreadable` if the file is no YAML mapping; `findings` name the lines. */
export function worksheetOf(
  { path, text: content }: Pick<SiteText, 'path' | 'text'>,
  text: Text,
  { tool, now }: { readonly tool: string; readonly now: string },
): Result<MadeWorksheet> & { readonly findings: readonly Finding[] } {
  const { draft } = readDraft(content);
  const { plan, sized, findings } = checkSite(content);
  const unreadable = findings.find(({ rule, status }) => rule === 'site.yaml' && status === 'fail');
  if (unreadable !== undefined) {
    const reason = failure('input', 'worksheet.unreadable', { path, line: unreadable.line ?? 1 });
    return { ...fail(reason), findings };
  }
  const sheet = makeWorksheet(draft, findings);
  const input = {
    sheet,
    draft: draft as Readonly<Record<string, unknown>>,
    file: basename(path),
    tool,
    now,
    ...(plan === undefined ? {} : { plan }),
    ...(sized === undefined ? {} : { sized }),
  };
  // In a draft the site's name may be missing or invalid.
  const known = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(sheet.site) ? sheet.site : basename(path, extname(path));
  return { ...ok({ sheet, document: worksheetReport(input, text), name: `worksheet-${known}` }), findings };
}

/** Writes PDF and HTML into `folder`, which is created if missing, and returns their paths. Fails with `files.*`. */
export async function writeWorksheet(
  { document, name }: MadeWorksheet,
  folder: string,
  signal: AbortSignal,
): Promise<Result<string[]>> {
  const made = await makeFolder(folder);
  if (!made.ok) return made;
  const html = join(folder, `${name}.html`);
  const pdf = join(folder, `${name}.pdf`);
  const page = await writeFileAtomic(html, renderHtml(document, ''));
  if (!page.ok) return page;
  // Loaded on use: fonts and layout are slow to load.
  const { renderPdf } = await import('../adapters/pdf/pdf.ts');
  const bytes = await renderPdf(document, '');
  if (!bytes.ok) return bytes;
  if (signal.aborted) return fail(cancelled);
  const written = await writeFileAtomic(pdf, bytes.value);
  return written.ok ? ok([pdf, html]) : written;
}
