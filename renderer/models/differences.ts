/** The differences between two versions of a draft, as many as a dialog shows. */
import type { DifferenceGroup } from '../../core/plan/comparison.ts';
import type { PlanDifference } from '../../core/plan/diff.ts';
import { compareDrafts } from '../../core/preflight/compare-drafts.ts';
import type { DraftFields } from './draft/site-text.ts';

/** The shown differences of a group; `more` counts the rest. */
export interface DifferenceList {
  readonly group: DifferenceGroup;
  readonly differences: readonly PlanDifference[];
  readonly more: number;
}

/** More lines in a dialog would not be read. */
const mostShown = 12;

/** `before` is the file's version. */
export const versionDifferences = (before: DraftFields, after: DraftFields): readonly DifferenceList[] =>
  compareDrafts(before, after).map(({ group, differences }) => ({
    group,
    differences: differences.slice(0, mostShown),
    more: Math.max(0, differences.length - mostShown),
  }));
