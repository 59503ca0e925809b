/** The whole judgement on a site file that needs nothing but the file: read, plan, rules, positions. */
import { type Finding, isBlocking } from '../findings.ts';
import type { Plan } from '../plan-model.ts';
import { makePlan } from '../plan.ts';
import { checkShape, readLocatedSite, type SiteDraft } from '../site/read.ts';
import { type Site, type SiteInput, siteSchema } from '../site/schema.ts';
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
  const params = { ...made.failure.params, code: made.failure.code };
  const finding: Finding = { rule: 'site.plan', status: 'fail', step: 'network', path: 'network', params };
  return { site, findings: [...findings, finding] };
};

/** Stands in for parts of a draft that have no valid shape yet; no rule is judged by it. */
const standIn: SiteInput = {
  apiVersion: 'edge-site/v1',
  site: { name: 'edge', customer: '-' },
  sizing: { registeredUsers: 1, concurrentUsers: 1 },
  datacentres: [{ name: 'dc1', platform: 'vsphere' }],
  network: { lan: { cidr: '10.20.0.0/24' }, wan: { cidr: '203.0.113.0/28', gateway: '203.0.113.1' } },
  domain: { fqdn: 'edge.invalid' },
  mail: { mode: 'corporate', from: '-----' },
  backup: { type: 'sftp', host: '-', path: '/', location: '-' },
};

/**
 * Rules for a draft whose shape is not complete: each rule that reads only parts with a valid shape is judged, the
 * others are pending. Which parts a rule reads is observed, so that no row has to declare it.
 */
function judgeParts(draft: unknown): Finding[] {
  if (typeof draft !== 'object' || draft === null) return [];
  const parts: Record<string, unknown> = { ...standIn };
  const missing = new Set<PropertyKey>();
  for (const [name, schema] of Object.entries(siteSchema.shape)) {
    const value: unknown = Object.hasOwn(draft, name) ? (draft as Record<string, unknown>)[name] : undefined;
    if (schema.safeParse(value).success) parts[name] = value;
    else missing.add(name);
  }
  const whole = siteSchema.safeParse(parts);
  if (!whole.success) return [];
  return siteRules.flatMap((rule): Finding[] => {
    let guessed = false;
    const site = new Proxy(whole.data, {
      get: (target, key, receiver): unknown => {
        guessed ||= missing.has(key);
        return Reflect.get(target, key, receiver);
      },
    });
    const findings = applyRules([rule], { site });
    return guessed ? [{ rule: rule.id, status: 'pending', step: rule.step, path: rule.path, params: {} }] : findings;
  });
}

/** Judges a site file's text. Every finding has the line and column of its path. Never throws. */
export function checkSite(text: string): CheckedSite {
  const { site, value, findings, locate } = readLocatedSite(text);
  if (site === undefined) return { findings: [...findings, ...judgeParts(value)].map(locate) };
  const judged = judge(site);
  return { ...judged, findings: judged.findings.map(locate) };
}

/** Judges a draft that the wizard holds: the same findings without positions. */
export function checkDraft(draft: SiteDraft | Readonly<Record<string, unknown>>): CheckedSite {
  const { site, findings } = checkShape(draft);
  return site === undefined ? { findings: [...findings, ...judgeParts(draft)] } : judge(site);
}
