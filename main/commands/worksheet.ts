/**
 * `worksheet FILE --out DIR`: the values that the partner must still collect, to print. Accepts an incomplete site
 * file.
 */
import { resolve } from 'node:path';
import { exitCodes } from '../../core/base/errors.ts';
import { isBlocking } from '../../core/base/findings.ts';
import { findingInWords } from '../../core/base/text.ts';
import type { Worksheet } from '../../core/documents/worksheet/worksheet.ts';
import { itemReason, itemTitle } from '../../core/documents/worksheet/form.ts';
import { countItems } from '../../core/documents/worksheet/report.ts';
import { readSiteText } from '../runner/site-input.ts';
import { worksheetOf, writeWorksheet } from '../runner/worksheet.ts';
import type { Flag } from './command.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';

export const flags = ({ needed }: Flag) => [needed('--out <folder>', 'out')];

/** Exit code 2 only if the file is no YAML mapping: an incomplete file is the normal case. */
export async function run(
  context: CommandContext,
  file: string,
  { out, now = new Date().toISOString() }: { readonly out: string; readonly now?: string },
): Promise<number> {
  const { text, root } = context;
  const read = await readSiteText(file, { typed: true, signal: context.signal });
  if (!read.ok) return report(context, read.failure);
  const made = worksheetOf(read.value, text, { tool: `edge-installer ${root.version}`, now });
  if (!made.ok) {
    if (!context.json) sayFindings(text, made.findings.filter(isBlocking), { file });
    return report(context, made.failure, findingsDocument(text, made.findings));
  }
  const written = await writeWorksheet(made.value, resolve(out), context.signal);
  if (!written.ok) return report(context, written.failure);
  const { sheet } = made.value;
  print(context, { ...worksheetDocument(context, sheet), files: written.value }, () => {
    const counts = text('worksheet.written', { percent: sheet.readiness, ...countItems(sheet) });
    say(paint('bold', counts));
    for (const path of written.value) say(text('cli.written', { path }));
  });
  return context.signal.aborted ? exitCodes.cancelled : 0;
}

/** The worksheet for `--json`. */
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
