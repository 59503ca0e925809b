/** The whole judgement on a site file that needs nothing but the file: read, plan, rules, positions. */
import { type Finding, isBlocking } from '../findings.ts';
import type { Plan } from '../plan-model.ts';
import { makePlan } from '../plan.ts';
import { checkShape, readLocatedSite, type SiteDraft } from '../site/read.ts';
import type { Site } from '../site/schema.ts';
import { applyRules } from './rule.ts';
import { siteRules } from './site-rules.ts';

export interface CheckedSite {
  /** Missing where the text has not the shape of a site file. */
  readonly site?: Site;
  /** Missing where no address plan can be made; then a finding fails. */
  readonly plan?: Plan;
  readonly findings: readonly Finding[];
}

const judge = (site: Site): CheckedSite => {
  const made = makePlan(site);
  const plan = made.ok ? { plan: made.value } : {};
  const findings = applyRules(siteRules, { site, ...plan });
  if (made.ok || findings.some(isBlocking)) return { site, ...plan, findings };
  // No rule explains why there is no plan: say so rather than nothing.
  const { code, params } = made.failure;
  const finding: Finding = {
    rule: 'site.plan',
    status: 'fail',
    step: 'network',
    path: 'network',
    params: { ...params, code },
  };
  return { site, findings: [...findings, finding] };
};

/** Judges a site file's text. Every finding has the line and column of its path. Never throws. */
export function checkSite(text: string): CheckedSite {
  const { site, findings, locate } = readLocatedSite(text);
  if (site === undefined) return { findings };
  const judged = judge(site);
  return { ...judged, findings: judged.findings.map(locate) };
}

/** Judges a draft that the wizard holds: the same findings without positions. */
export function checkDraft(draft: SiteDraft): CheckedSite {
  const { site, findings } = checkShape(draft);
  return site === undefined ? { findings } : judge(site);
}
