/** The differences between two versions of a draft. */
import { comparePlans, type DifferenceGroup } from '../../core/plan/comparison.ts';
import { type PlanDifference, siteDifferences } from '../../core/plan/diff.ts';
import { checkDraft } from '../../core/preflight/check-site.ts';
import type { DraftFields } from './draft/site-text.ts';

/** The shown differences of a group; `more` counts the rest. */
export interface DifferenceList {
  readonly group: DifferenceGroup;
  readonly differences: readonly PlanDifference[];
  readonly more: number;
}

/** More lines in a dialog would not be read. */
const mostShown = 12;

const listOf = (group: DifferenceGroup, all: readonly PlanDifference[]): DifferenceList => ({
  group,
  differences: all.slice(0, mostShown),
  more: Math.max(0, all.length - mostShown),
});

/** Compares fields; for two complete sites also servers and networks. `before` is the file's version. */
export function versionDifferences(before: DraftFields, after: DraftFields): readonly DifferenceList[] {
  const file = listOf('file', siteDifferences(before, after));
  const [old, now] = [checkDraft(before), checkDraft(after)];
  if (old.site === undefined || old.plan === undefined || now.site === undefined || now.plan === undefined) {
    return [file];
  }
  const { groups } = comparePlans({ site: old.site, plan: old.plan }, { site: now.site, plan: now.plan });
  const consequences = groups.filter(({ group }) => group !== 'file');
  return [file, ...consequences.map(({ group, differences }) => listOf(group, differences))];
}
