/** The whole judgement on a site file that needs nothing but the file: read, plan, rules, positions. */
import { z } from 'zod';
import { type Finding, isBlocking } from '../base/findings.ts';
import type { Plan } from '../plan/model.ts';
import { makePlan } from '../plan/make-plan.ts';
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

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (value: unknown, name: string): unknown =>
  isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;

interface Completed {
  readonly value: Fields;
  /** Fields whose value stands in for one of the draft. */
  readonly guessed: ReadonlySet<PropertyKey>;
}

/** The draft's fields that have a valid shape, and stand-ins for the others. */
function complete(draft: unknown, schema: z.ZodObject, standIns: Fields): Completed {
  const value: Record<string, unknown> = { ...standIns };
  const guessed = new Set<PropertyKey>();
  for (const [name, field] of Object.entries(schema.shape)) {
    const given = own(draft, name);
    if (z.safeParse(field, given).success) value[name] = given;
    else guessed.add(name);
  }
  return { value, guessed };
}

/** Tells when a field of `target` is read that is only guessed. */
const watched = <T extends object>(target: T, guessed: ReadonlySet<PropertyKey>, tell: () => void): T =>
  new Proxy(target, {
    get(object, key, receiver): unknown {
      if (guessed.has(key)) tell();
      return Reflect.get(object, key, receiver);
    },
  });

/**
 * Rules for a draft whose shape is not complete: each rule that reads only what has a valid shape is judged, the others
 * are pending. What a rule reads is observed, down to the fields of a section, so that no row has to declare it.
 */
function judgeParts(draft: unknown): Finding[] {
  if (!isFields(draft)) return [];
  const top = complete(draft, siteSchema, standIn);
  const parts: Record<string, unknown> = { ...top.value };
  const sections = new Map<PropertyKey, Completed>();
  for (const [name, schema] of Object.entries(siteSchema.shape)) {
    const standIns = own(standIn, name);
    if (!top.guessed.has(name) || !(schema instanceof z.ZodObject) || !isFields(standIns)) continue;
    const section = complete(own(draft, name), schema, standIns);
    sections.set(name, section);
    parts[name] = section.value;
  }
  const whole = siteSchema.safeParse(parts);
  if (!whole.success) return [];
  return siteRules.flatMap((rule): Finding[] => {
    let isGuess = false;
    const tell = (): void => {
      isGuess = true;
    };
    const filled = { ...whole.data } as Record<string, unknown>;
    for (const [name, { guessed }] of sections) {
      const section = filled[String(name)];
      if (isFields(section)) filled[String(name)] = watched(section, guessed, tell);
    }
    const guessedWhole = new Set([...top.guessed].filter((name) => !sections.has(name)));
    const site = watched(filled, guessedWhole, tell) as unknown as Site;
    const findings = applyRules([rule], { site });
    return isGuess ? [{ rule: rule.id, status: 'pending', step: rule.step, path: rule.path, params: {} }] : findings;
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
