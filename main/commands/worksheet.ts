/** `worksheet FILE --out DIR`: what the partner must still collect, to print. Works on a site file that is half written. */
import { mkdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { cancelled, exitCodes, fail, failure, ok, type Result } from '../../core/errors.ts';
import { isBlocking } from '../../core/findings.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { readDraft } from '../../core/site/read.ts';
import { renderHtml } from '../../core/summary/html.ts';
import type { DocumentModel } from '../../core/summary/report-types.ts';
import { findingInWords } from '../../core/text.ts';
import { makeWorksheet, type Worksheet } from '../../core/worksheet.ts';
import { itemReason, itemTitle } from '../../core/worksheet-form.ts';
import { countItems, worksheetReport } from '../../core/worksheet-report.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { fileFailure } from '../adapters/files/file-failure.ts';
import { readSiteText } from '../runner/site-input.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';

/** Exit code 2 only where the file is no YAML with fields: anything less than complete is what this is for. */
export async function worksheet(
  context: CommandContext,
  file: string,
  { out, now = new Date().toISOString() }: { readonly out: string; readonly now?: string },
): Promise<number> {
  const { text, root } = context;
  const read = await readSiteText(file);
  if (!read.ok) return report(context, read.failure);
  const { draft } = readDraft(read.value.text);
  const { plan, findings } = checkSite(read.value.text);
  const unreadable = findings.find(({ rule, status }) => rule === 'site.yaml' && status === 'fail');
  if (unreadable !== undefined) {
    if (!context.json) sayFindings(text, findings.filter(isBlocking), { file });
    const reason = failure('input', 'worksheet.unreadable', { path: read.value.path, line: unreadable.line ?? 1 });
    return report(context, reason, findingsDocument(text, findings));
  }
  const sheet = makeWorksheet(draft, findings);
  const input = {
    sheet,
    draft: draft as Readonly<Record<string, unknown>>,
    file: basename(read.value.path),
    tool: `edge-installer ${root.version}`,
    now,
    ...(plan === undefined ? {} : { plan }),
  };
  const written = await writeSheet(worksheetReport(input, text), resolve(out), sheetName(sheet, file), context.signal);
  if (!written.ok) return report(context, written.failure);
  print(context, { ...worksheetDocument(context, sheet), files: written.value }, () => {
    const counts = text('worksheet.written', { percent: sheet.readiness, ...countItems(sheet) });
    say(paint('bold', counts));
    for (const path of written.value) say(text('cli.written', { path }));
  });
  return context.signal.aborted ? exitCodes.cancelled : 0;
}

/** The site's name may be missing or anything at all while the file is a draft. */
function sheetName({ site }: Worksheet, file: string): string {
  const known = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(site) ? site : basename(file, extname(file));
  return `worksheet-${known}`;
}

async function writeSheet(
  document: DocumentModel,
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<Result<string[]>> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    return fail(fileFailure(folder, error));
  }
  const html = join(folder, `${name}.html`);
  const pdf = join(folder, `${name}.pdf`);
  const page = await writeFileAtomic(html, renderHtml(document, ''));
  if (!page.ok) return page;
  // Fonts and layout take a moment to load; only this command and the summary need them.
  const { renderPdf } = await import('../adapters/summary/pdf.ts');
  const bytes = await renderPdf(document, '');
  if (!bytes.ok) return bytes;
  if (signal.aborted) return fail(cancelled);
  const written = await writeFileAtomic(pdf, bytes.value);
  return written.ok ? ok([pdf, html]) : written;
}

/** The worksheet as `--json` gives it. */
function worksheetDocument({ text }: CommandContext, sheet: Worksheet) {
  const names = sheet.items.filter(({ field }) => field === 'datacentres.name').map(({ value }) => value);
  return {
    site: sheet.site,
    customer: sheet.customer,
    readiness: sheet.readiness,
    ...countItems(sheet),
    persons: sheet.groups.map(({ person, items }) => ({
      person,
      name: text(`worksheet.person.${person}`),
      items: items.map((item) => ({
        id: item.id,
        kind: item.kind,
        state: item.state,
        title: itemTitle(text, item, names),
        why: itemReason(text, item),
        value: item.value,
        findings: item.findings.map((finding) => findingInWords(text, finding)),
      })),
    })),
    blocking: sheet.blocking.map((finding) => findingInWords(text, finding)),
  };
}
