/** The findings on the draft, recomputed by core shortly after each change. */
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { asks, type Finding, type Step, steps } from '../../core/base/findings.ts';
import { planDigestOf } from '../../core/plan/digest.ts';
import type { SizingInput } from '../../core/plan/footprint/size.ts';
import type { Plan } from '../../core/plan/model.ts';
import { checkDraft } from '../../core/preflight/check-site.ts';
import { countFindings, type FindingCount, findingsOfStep, mergedFindings } from '../../core/preflight/gate.ts';
import { renamedSite } from '../../core/preflight/second-edge-rules.ts';
import type { Site } from '../../core/site/schema.ts';
import { debounce } from '../models/debounce.ts';
import { nearestPath } from '../models/draft/path.ts';
import { knownMediaFindings } from '../../core/preflight/known-media-findings.ts';
import { useDeployed } from './deployed.ts';
import { useDraft } from './draft.ts';
import { useMedia } from './media.ts';
import { useValues } from './values.ts';

const checkDelay = 150;

export const useFindings = defineStore('findings', () => {
  const draft = useDraft();
  const deployed = useDeployed();
  const media = useMedia();
  const values = useValues();
  const local = shallowRef<readonly Finding[]>([]);
  const site = shallowRef<Site>();
  const plan = shallowRef<Plan>();
  /** The preliminary plan of an incomplete site or with a wrong pin. */
  const outline = shallowRef<Plan>();
  /** The inputs of the number and size of servers, once the users are known. */
  const sized = shallowRef<SizingInput>();
  /** The draft revision of `local`. */
  const checkedRevision = ref(-1);
  /** Preflight's answer and its inputs. */
  const preflight = shallowRef<{ readonly about: string; readonly findings: readonly Finding[] }>();
  /** Paths of the fields on the screen. */
  const shownPaths = reactive(new Set<string>());
  /** Fields and steps that the user has left. Before that, a finding would appear while the user types. */
  const revealedPaths = reactive(new Set<string>());
  const revealedSteps = reactive(new Set<Step>());
  const isRevealed = (finding: Finding): boolean =>
    revealedSteps.has(finding.step) ||
    finding.rule === 'infrastructure.renamed' ||
    [...revealedPaths].some((path) => finding.path === path || finding.path.startsWith(`${path}.`));

  function check(): void {
    const revision = draft.revision;
    const checked = checkDraft(draft.plain());
    local.value = checked.findings;
    site.value = checked.site;
    plan.value = checked.plan;
    outline.value = checked.outline;
    sized.value = checked.sized;
    checkedRevision.value = revision;
  }

  watch(() => draft.revision, debounce(check, checkDelay));

  const fromPreflight = computed(() =>
    preflight.value?.about === values.basis('preflight') ? preflight.value.findings : undefined,
  );

  /** Findings from other sources than the site file: the checked medium and the earlier deployment. */
  const known = computed<readonly Finding[]>(() => {
    const needed = [...new Set((outline.value?.vms ?? []).map(({ component }) => component))];
    const { overview, facts, failure } = media;
    const name = draft.get('site.name');
    const isRenamed = deployed.site !== null && deployed.lockOf('site.name') === 'renamed';
    return [
      ...knownMediaFindings(media.isCurrent ? { needed, overview, facts, failure } : { needed }),
      ...(isRenamed && deployed.site !== null
        ? [renamedSite(deployed.site, typeof name === 'string' ? name : '')]
        : []),
    ];
  });

  const all = computed(() => mergedFindings(local.value, known.value, fromPreflight.value ?? []));

  watch(
    () => plan.value && planDigestOf(plan.value),
    (digest) => values.learn({ plan: digest }),
  );

  const byStep = computed(() => new Map(steps.map((step) => [step, findingsOfStep(all.value, step)])));

  /** Assigns each finding that needs an action to the nearest field on the screen. */
  const byField = computed(() => {
    const places = new Map<string, Finding[]>();
    for (const finding of all.value.filter((one) => asks(one) && isRevealed(one))) {
      const path = nearestPath(finding.path, shownPaths);
      if (path === undefined) continue;
      const list = places.get(path) ?? [];
      list.push(finding);
      places.set(path, list);
    }
    return places;
  });

  return {
    all,
    local,
    site,
    plan,
    outline,
    sized,
    planDigest: computed(() => values.learnt.plan),
    preflight,
    fromPreflight,
    checkedRevision,
    byStep,
    total: computed(() => countFindings(all.value)),
    stepCount: (step: Step): FindingCount => countFindings(byStep.value.get(step) ?? []),
    at: (path: string): readonly Finding[] => byField.value.get(path) ?? [],
    /** Findings of a step without a field on the screen. */
    elsewhere: (step: Step): readonly Finding[] =>
      (byStep.value.get(step) ?? []).filter(
        (finding) => asks(finding) && revealedSteps.has(step) && nearestPath(finding.path, shownPaths) === undefined,
      ),
    checkNow: check,
    reveal: (path: string): void => void revealedPaths.add(path),
    revealSteps: (some: readonly Step[]): void => some.forEach((step) => revealedSteps.add(step)),
    show: (path: string): void => void shownPaths.add(path),
    hide: (path: string): void => void shownPaths.delete(path),
  };
});
