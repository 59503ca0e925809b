/** The plan as files: firewall rules, DNS zone, spreadsheets, and manual steps. */
import { join } from 'node:path';
import { ok, type Result } from '../../core/base/errors.ts';
import { manualSteps } from '../../core/documents/manual-steps.ts';
import { domainFile } from '../../core/network/fqdn.ts';
import { firewallCsv, planDocument, vmsCsv, zoneFile } from '../../core/plan/export.ts';
import type { Plan } from '../../core/plan/model.ts';
import type { Site } from '../../core/site/schema.ts';
import { renderHtml } from '../../core/documents/html.ts';
import type { Text } from '../../core/base/text.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';

const manualStepsFile = 'manual-steps.html';

interface Planned {
  readonly site: Site;
  readonly plan: Plan;
}

interface By {
  readonly tool: string;
  readonly now: string;
}

/** Undefined if there are no manual steps. */
function manualStepsPage(text: Text, { site, plan }: Planned, by: By): string | undefined {
  const { datacentres, site: names } = site;
  const steps = manualSteps({ plan, datacentres, customer: names.customer, ...by }, text);
  return steps && renderHtml(steps, '');
}

/** Writes the manual steps into `out`, which is created if missing; returns the path. Fails with `files.*`. */
export async function writeManualSteps(text: Text, planned: Planned, out: string, by: By): Promise<Result<string>> {
  const made = await makeFolder(out);
  if (!made.ok) return made;
  const path = join(out, manualStepsFile);
  const written = await writeFileAtomic(path, manualStepsPage(text, planned, by) ?? '');
  return written.ok ? ok(path) : written;
}

/** Writes the files into `out`, which is created if missing, and returns the paths. Fails with `files.*`. */
export async function writePlanFiles(
  text: Text,
  { site, plan }: Planned,
  out: string,
  by: By,
): Promise<Result<string[]>> {
  const made = await makeFolder(out);
  if (!made.ok) return made;
  const [{ drawEdge }, { printTheme }] = await Promise.all([
    import('../../core/documents/drawing/svg.ts'),
    import('../../core/documents/drawing/theme.ts'),
  ]);
  const files: (readonly [string, string])[] = [
    ['plan.json', `${JSON.stringify(planDocument(plan), undefined, 2)}\n`],
    ['vms.csv', vmsCsv(plan, text)],
    ['firewall.csv', firewallCsv(plan, text)],
    [domainFile(plan.fqdn, 'zone'), zoneFile(plan)],
    ['edge.svg', await drawEdge(plan, text, printTheme)],
  ];
  const byHand = manualStepsPage(text, { site, plan }, by);
  if (byHand !== undefined) files.push([manualStepsFile, byHand]);
  for (const [name, content] of files) {
    const written = await writeFileAtomic(join(out, name), content);
    if (!written.ok) return written;
  }
  return ok(files.map(([name]) => join(out, name)));
}
