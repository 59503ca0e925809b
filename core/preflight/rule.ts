/** A rule is a row: its inputs, its severity, its source, and a pure check. */
import type { PreflightFacts } from './facts.ts';
import type { Finding, Observation, Step } from '../base/findings.ts';
import type { Plan } from '../plan/model.ts';
import type { Site } from '../site/schema.ts';

/** The inputs of rules. `plan` is missing if no plan is possible, `facts` if no system was queried. */
export interface Context {
  readonly site: Site;
  readonly plan?: Plan;
  readonly facts?: PreflightFacts;
}

export interface Rule {
  readonly id: string;
  readonly step: Step;
  /** The status of a broken rule: mandatory rules fail, recommended rules warn. */
  readonly severity: 'fail' | 'warn';
  readonly path: string;
  /** Required facts; the rule is pending without them. */
  readonly needs: readonly ('plan' | 'endpoints' | 'media' | 'secrets' | 'deployed')[];
  readonly applies?: (context: Context) => boolean;
  /** No observations: the rule passes. */
  readonly check: (context: Context) => readonly Observation[];
}

const isKnown = (need: Rule['needs'][number], { plan, facts }: Context): boolean =>
  need === 'plan' ? plan !== undefined : facts?.[need] !== undefined;

/** Runs all rules. Every rule gives at least one finding, so that the list of checks is complete. */
export function applyRules(rules: readonly Rule[], context: Context): Finding[] {
  return rules.flatMap((rule): Finding[] => {
    const base = { rule: rule.id, step: rule.step, path: rule.path, params: {} };
    if (rule.applies?.(context) === false) return [{ ...base, status: 'skipped' }];
    if (!rule.needs.every((need) => isKnown(need, context))) return [{ ...base, status: 'pending' }];
    const observations = rule.check(context);
    if (observations.length === 0) return [{ ...base, status: 'pass' }];
    return observations.map((one) => ({
      ...base,
      status: one.status ?? rule.severity,
      path: one.path ?? rule.path,
      params: one.params ?? {},
      ...(one.variant === undefined ? {} : { variant: one.variant }),
    }));
  });
}
