/** A rule is a row: what it needs to know, how strict it is, where the rule comes from, and a pure check. */
import type { Facts } from './facts.ts';
import type { Finding, Observation, Step } from '../base/findings.ts';
import type { Plan } from '../plan/model.ts';
import type { Site } from '../site/schema.ts';

/** What rules look at. `plan` is missing where none can be made; `facts` where nothing was asked of the real world. */
export interface Context {
  readonly site: Site;
  readonly plan?: Plan;
  readonly facts?: Facts;
}

export interface Rule {
  readonly id: string;
  readonly step: Step;
  /** What a broken rule means: mandatory rules fail, recommended ones warn. */
  readonly severity: 'fail' | 'warn';
  readonly path: string;
  /** Facts without which the rule is pending. */
  readonly needs: readonly ('plan' | 'endpoints' | 'media' | 'secrets' | 'deployed')[];
  readonly applies?: (context: Context) => boolean;
  /** Nothing noticed: the rule passes. */
  readonly check: (context: Context) => readonly Observation[];
}

const isKnown = (need: Rule['needs'][number], { plan, facts }: Context): boolean =>
  need === 'plan' ? plan !== undefined : facts?.[need] !== undefined;

/** Walks the rows. Every rule gives at least one finding, so that a list of what was checked is complete. */
export function applyRules(rules: readonly Rule[], context: Context): Finding[] {
  return rules.flatMap((rule): Finding[] => {
    const base = { rule: rule.id, step: rule.step, path: rule.path, params: {} };
    if (rule.applies?.(context) === false) return [{ ...base, status: 'skipped' }];
    if (!rule.needs.every((need) => isKnown(need, context))) return [{ ...base, status: 'pending' }];
    const seen = rule.check(context);
    if (seen.length === 0) return [{ ...base, status: 'pass' }];
    return seen.map((one) => ({
      ...base,
      status: one.status ?? rule.severity,
      path: one.path ?? rule.path,
      params: one.params ?? {},
      ...(one.variant === undefined ? {} : { variant: one.variant }),
    }));
  });
}
