/** Compares two versions of a site: changed fields of the file, and their consequences for each group of people. */
import type { Finding } from '../base/findings.ts';
import { type PlanDifference, differenceInWords, planDifferences, siteDifferences } from './diff.ts';
import type { Plan, Totals } from './model.ts';
import type { Site } from '../site/schema.ts';
import type { Text } from '../base/text.ts';

export interface PlannedVersion {
  readonly site: Site;
  readonly plan: Plan;
  readonly findings?: readonly Finding[];
}

/** In the order in which they are shown. Words under `compare.group`. */
export const differenceGroups = ['file', 'edge', 'servers', 'vips', 'dns', 'firewall'] as const;
export type DifferenceGroup = (typeof differenceGroups)[number];

export interface PlanComparison {
  /** Groups that are not empty. */
  readonly groups: readonly { readonly group: DifferenceGroup; readonly differences: readonly PlanDifference[] }[];
  /** Totals that differ; sizes in GB. */
  readonly totals: readonly { readonly name: keyof Totals; readonly from: number; readonly to: number }[];
  /** New reasons for the footprint, as locale key suffixes under `plan.why`. */
  readonly newReasons: readonly string[];
  /** Differences that would change a server that may exist already. */
  readonly moves: number;
}

const groupOf = ({ kind }: PlanDifference): DifferenceGroup => {
  if (kind.startsWith('field-')) return 'file';
  if (kind.startsWith('server-')) return 'servers';
  if (kind.startsWith('vip-')) return 'vips';
  if (kind.startsWith('dns-')) return 'dns';
  return kind.startsWith('firewall-') ? 'firewall' : 'edge';
};

/** The first version is the one that may be deployed already. */
export function comparePlans(before: PlannedVersion, after: PlannedVersion): PlanComparison {
  const all = [...siteDifferences(before.site, after.site), ...planDifferences(before.plan, after.plan)];
  const names = Object.keys(after.plan.totals) as (keyof Totals)[];
  return {
    groups: differenceGroups
      .map((group) => ({ group, differences: all.filter((one) => groupOf(one) === group) }))
      .filter(({ differences }) => differences.length > 0),
    totals: names
      .map((name) => ({ name, from: before.plan.totals[name], to: after.plan.totals[name] }))
      .filter(({ from, to }) => from !== to),
    newReasons: after.plan.why.filter((reason) => !before.plan.why.includes(reason)),
    moves: all.filter(({ moves }) => moves).length,
  };
}

/** One sentence; a field of the site file by its title and its path. */
export function comparedInWords(text: Text, difference: PlanDifference): string {
  const field = difference.params['field'];
  if (typeof field !== 'string') return differenceInWords(text, difference);
  const key = `site.fields.${field.replaceAll(/\.\d+(?=\.|$)/g, '')}`;
  const title = [`${key}.title`, key].find((one) => text.has(one));
  if (title === undefined) return differenceInWords(text, difference);
  return differenceInWords(text, {
    ...difference,
    params: { ...difference.params, field: text('compare.field', { title: text(title), path: field }) },
  });
}
