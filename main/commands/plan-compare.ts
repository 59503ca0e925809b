/** `plan FILE --against OTHER`: the differences of FILE to OTHER, as text. Only the two files are read. */
import { basename, resolve } from 'node:path';
import { isBlocking } from '../../core/base/findings.ts';
import { comparedInWords, comparePlans, type PlanComparison, type PlannedVersion } from '../../core/plan/comparison.ts';
import { readPlannedSite } from '../runner/site-input.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';

/** A version, or the exit code after its findings were printed. */
async function readVersion(context: CommandContext, file: string): Promise<PlannedVersion | number> {
  const planned = await readPlannedSite(file, { typed: true, signal: context.signal });
  if (planned.ok) return planned.value;
  const { findings } = planned;
  if (findings === undefined) return report(context, planned.failure);
  if (!context.json) sayFindings(context.text, findings.filter(isBlocking), { file });
  return report(context, planned.failure, findingsDocument(context.text, findings));
}

/**
 * Exit code 0 whether or not there are differences; 2 when one of the files cannot be planned.
 * @param other the earlier version, which may be deployed already
 */
export async function showComparison(context: CommandContext, file: string, other: string): Promise<number> {
  const before = await readVersion(context, other);
  if (typeof before === 'number') return before;
  const after = await readVersion(context, file);
  if (typeof after === 'number') return after;
  const comparison = comparePlans(before, after);
  const paths = { file: resolve(file), other: resolve(other) };
  print(context, { ...paths, ...comparisonDocument(context, comparison, after) }, () =>
    sayComparison(context, comparison, after, { file: basename(file), other: basename(other) }),
  );
  return 0;
}

const signed = (by: number): string => (by > 0 ? `+${by}` : String(by));

function comparisonDocument(
  { text }: CommandContext,
  { groups, totals, newReasons, moves }: PlanComparison,
  after: PlannedVersion,
) {
  return {
    same: groups.length === 0,
    moves,
    differences: groups.flatMap(({ group, differences }) =>
      differences.map((difference) => ({
        group,
        kind: difference.kind,
        ...difference.params,
        moves: difference.moves,
        message: comparedInWords(text, difference),
      })),
    ),
    why: newReasons.map((reason) => text(`plan.why.${reason}`, after.plan.whyParams)),
    totals: Object.fromEntries(totals.map(({ name, from, to }) => [name, { from, to, by: to - from }])),
  };
}

function sayComparison(
  { text }: CommandContext,
  { groups, totals, newReasons, moves }: PlanComparison,
  after: PlannedVersion,
  files: { readonly file: string; readonly other: string },
): void {
  say(paint('bold', text('compare.title', files)));
  if (groups.length === 0) {
    say(text('compare.same'));
    return;
  }
  for (const { group, differences } of groups) {
    say(paint('bold', text(`compare.group.${group}`)));
    for (const difference of differences) {
      say(`${difference.moves ? paint('yellow', '!') : ' '} ${comparedInWords(text, difference)}`);
    }
  }
  if (newReasons.length > 0) {
    say(paint('bold', text('compare.reasons')));
    for (const reason of newReasons) say(`  ${text(`plan.why.${reason}`, after.plan.whyParams)}`);
  }
  if (totals.length > 0) {
    say(paint('bold', text('compare.totals')));
    for (const { name, from, to } of totals)
      say(`  ${text(`compare.total.${name}`, { from, to, by: signed(to - from) })}`);
  }
  say(
    moves > 0
      ? text('compare.moves', { other: files.other, count: moves })
      : text('compare.no-moves', { other: files.other }),
  );
}
