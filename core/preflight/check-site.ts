/**
 * Checks a site file, also an unfinished one, without other inputs: shape, plan, and rules. Wizard, command line and
 * worksheet all call it.
 */
import { asks, type Finding, isBlocking } from '../base/findings.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/model.ts';
import type { SizingInput } from '../plan/footprint/size.ts';
import { type CompletedSite, completed } from '../site/draft/complete.ts';
import { framed } from '../site/draft/frame.ts';
import { type Fields, isAtOrBelow, isFields, valueAtPath } from '../site/draft/path.ts';
import { placeholderSets } from '../site/draft/placeholders.ts';
import { watched } from '../site/draft/watch.ts';
import { checkShape, readValue, type SiteDraft } from '../site/read.ts';
import type { SchemaFinding } from '../site/schema-findings.ts';
import type { Site } from '../site/schema.ts';
import { applyRules, type Context, type Rule } from './rule.ts';
import { siteRules } from './site-rules.ts';

export interface CheckedSite {
  /** Missing while the file has a wrong shape. */
  readonly site?: Site;
  /** Missing while an input of the plan is missing or wrong, or no address plan is possible. */
  readonly plan?: Plan;
  /**
   * A preliminary plan: servers, sizes and addresses are certain, other values may be placeholders, and impossible pins
   * are left out. Missing until users and networks are known.
   */
  readonly outline?: Plan;
  /** The inputs of the number and size of servers, without malformed wishes. Missing until the users are known. */
  readonly sized?: SizingInput;
  readonly findings: readonly Finding[];
}

/** The plan without pins. */
function planWithoutPins(site: Site): Plan | undefined {
  const plan = makePlan({ ...site, network: { ...site.network, addresses: {} } });
  return plan.ok ? plan.value : undefined;
}

const withDefined = <T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Checks a site whose shape is complete. */
function judgeWhole(site: Site): CheckedSite {
  const made = makePlan(site);
  const plan = made.ok ? made.value : undefined;
  const judged = applyRules(siteRules, plan === undefined ? { site } : { site, plan });
  const known = withDefined({ plan, outline: plan ?? planWithoutPins(site) });
  if (made.ok || judged.some(isBlocking)) return { site, sized: site, ...known, findings: judged };
  // If no rule explains why there is no plan, the plan's failure does.
  const params = { ...made.failure.params, code: made.failure.code };
  const finding: Finding = { rule: 'site.plan', status: 'fail', step: 'network', path: 'network', params };
  return { site, sized: site, ...known, findings: [...judged, finding] };
}

/** The site with placeholders, the placeholders that were read, and a plan that tells if it depends on one. */
interface Trial {
  readonly guessed: readonly string[];
  readonly context: (tell: () => void) => Context;
  readonly plan?: Plan;
  readonly outline?: Plan;
  readonly sized?: SizingInput;
}

/** Malformed wishes for the footprint are left out. */
const decidesSizes = ['sizing'];
/** Malformed pins are left out. */
const decidesOutline = ['sizing', 'footprint', 'site.name', 'network.lan', 'network.wan'];

function trialOf({ site, guessed }: CompletedSite): Trial {
  const paths = guessed.map((keys) => keys.map(String).join('.'));
  const isKnown = (sections: readonly string[]): boolean =>
    !paths.some((path) => isAtOrBelow(path, sections) || sections.some((one) => isAtOrBelow(one, [path])));
  let isPlanGuessed = false;
  const made = makePlan(
    watched(site, guessed, () => {
      isPlanGuessed = true;
    }),
  );
  const plan = made.ok ? made.value : undefined;
  const outline = isKnown(decidesOutline) ? (plan ?? planWithoutPins(site)) : undefined;
  return {
    guessed: paths,
    context: (tell) => {
      const context: Context = { site: watched(site, guessed, tell) };
      const get = (): Plan | undefined => {
        if (isPlanGuessed) tell();
        return plan;
      };
      return Object.defineProperty(context, 'plan', { get });
    },
    ...withDefined({
      plan: isPlanGuessed ? undefined : plan,
      outline,
      sized: isKnown(decidesSizes) ? site : undefined,
    }),
  };
}

/**
 * Runs one rule on an unfinished site. A finding is certain if the rule read no placeholder, or if it occurs with both
 * sets of placeholders at a written field.
 */
function judgeEarly(rule: Rule, draft: Fields, one: Trial, other: Trial): readonly Finding[] {
  let isGuess = false;
  const tell = (): void => {
    isGuess = true;
  };
  const findings = applyRules([rule], one.context(tell));
  if (!isGuess) return findings;
  const confirmed = new Set(
    applyRules(
      [rule],
      other.context(() => undefined),
    ).map((finding) => JSON.stringify(finding)),
  );
  const certain = findings.filter(
    (finding) =>
      asks(finding) &&
      valueAtPath(draft, finding.path) !== undefined &&
      !isAtOrBelow(finding.path, one.guessed) &&
      confirmed.has(JSON.stringify(finding)),
  );
  if (certain.length > 0) return certain;
  return [{ rule: rule.id, status: 'pending', step: rule.step, path: rule.path, params: {} }];
}

interface Judged extends Omit<CheckedSite, 'findings'> {
  readonly findings: readonly SchemaFinding[];
}

const asFound = (findings: readonly Finding[]): readonly SchemaFinding[] => findings.map((finding) => ({ finding }));

function judge(draft: Fields): Judged {
  const shape = checkShape(framed(draft));
  if (shape.site !== undefined) {
    const whole = judgeWhole(shape.site);
    return { ...whole, findings: asFound(whole.findings) };
  }
  const [one, other] = placeholderSets.map((set) => completed(draft, set)).map((site) => site && trialOf(site));
  if (one === undefined || other === undefined) return { findings: shape.findings };
  const early = siteRules.flatMap((rule) => judgeEarly(rule, draft, one, other));
  const { plan, outline, sized } = one;
  return { ...withDefined({ plan, outline, sized }), findings: [...shape.findings, ...asFound(early)] };
}

/** Checks a site file's text, complete or not. Every finding has the line and column of its path. Never throws. */
export function checkSite(text: string): CheckedSite {
  const { value, findings, locate } = readValue(text);
  if (value === undefined) return { findings };
  const judged = judge(value);
  return { ...judged, findings: judged.findings.map(locate) };
}

/** Checks a site as a value. Gives the same findings without positions. */
export function checkDraft(draft: SiteDraft | Fields): CheckedSite {
  const judged = judge(isFields(draft) ? draft : {});
  return { ...judged, findings: judged.findings.map(({ finding }) => finding) };
}
