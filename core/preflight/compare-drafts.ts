/** Compares two versions of an unfinished site file. */
import { comparePlans, type PlanComparison } from '../plan/comparison.ts';
import { siteDifferences } from '../plan/diff.ts';
import { checkDraft } from './check-site.ts';

/**
 * The differences by group. The first group has those of the file and may be empty; the others, of servers and
 * networks, exist for two complete sites only. `before` is the file's version.
 */
export function compareDrafts(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): PlanComparison['groups'] {
  const file = { group: 'file', differences: siteDifferences(before, after) } as const;
  const [old, now] = [checkDraft(before), checkDraft(after)];
  if (old.site === undefined || old.plan === undefined || now.site === undefined || now.plan === undefined) {
    return [file];
  }
  const { groups } = comparePlans({ site: old.site, plan: old.plan }, { site: now.site, plan: now.plan });
  return [file, ...groups.filter(({ group }) => group !== 'file')];
}
