/** What is right and wrong with the draft, recomputed by core shortly after each change. */
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
import { mediaFindings } from '../models/media-findings.ts';
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
  /** The plan for looking at while the site is not complete or a pin is wrong. */
  const outline = shallowRef<Plan>();
  /** What decides the number and size of servers, as soon as the users are known. */
  const sized = shallowRef<SizingInput>();
  /** The revision of the draft that `local` speaks of. */
  const checkedRevision = ref(-1);
  /** Preflight's answer, and what it is about. */
  const preflight = shallowRef<{ readonly about: string; readonly findings: readonly Finding[] }>();
  /** Paths of the fields that are on the screen now. */
  const shownPaths = reactive(new Set<string>());
  /** What its user has been through: before that a finding would scold somebody who is still typing. */
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

  /** What the wizard knows beside the site file: the medium that was looked at, and what was deployed from this file. */
  const known = computed<readonly Finding[]>(() => {
    const needed = [...new Set((outline.value?.vms ?? []).map(({ component }) => component))];
    const { overview, facts, failure } = media;
    const name = draft.get('site.name');
    const isRenamed = deployed.site !== null && deployed.lockOf('site.name') === 'renamed';
    return [
      ...mediaFindings(media.isCurrent ? { needed, overview, facts, failure } : { needed }),
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

  /** Each finding that asks for something stands at the nearest field on the screen. */
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
    /** Findings of a step that no field on the screen shows. */
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
