/** The current step of the wizard, and the visited steps. */
import { defineStore } from 'pinia';
import { computed, nextTick, reactive, ref } from 'vue';
import { type Step, steps } from '../../core/base/findings.ts';
import { stepOfPath } from '../../core/site/schema-findings.ts';
import { nearestPath } from '../models/draft/path.ts';

const memoryKey = 'edge-wizard';

interface Memory {
  readonly step: Step;
  readonly visited: readonly Step[];
}

/** A reload returns to the same step. */
function remembered(): Memory | undefined {
  try {
    const memory = JSON.parse(sessionStorage.getItem(memoryKey) ?? 'null') as Memory | null;
    return memory !== null && steps.includes(memory.step) ? memory : undefined;
  } catch {
    return undefined;
  }
}

/** The field on the page at `path`, or the nearest enclosing field. */
function fieldAt(path: string): HTMLElement | undefined {
  const fields = [...document.querySelectorAll<HTMLElement>('[data-path]')];
  const nearest = nearestPath(
    path,
    fields.map(({ dataset }) => dataset.path ?? ''),
  );
  return fields.find(({ dataset }) => dataset.path === nearest);
}

const focusable = ['input:not([type=hidden])', 'textarea', 'button', '[tabindex]']
  .map((one) => `${one}:not(:disabled)`)
  .join(', ');

/** Focuses the field at `path`, or the nearest enclosing field. */
function focusPath(path: string): void {
  const field = fieldAt(path);
  (field?.querySelector<HTMLElement>(focusable) ?? field)?.focus({ preventScroll: true });
  field?.scrollIntoView({ block: 'center' });
}

export const useWizard = defineStore('wizard', () => {
  const memory = remembered();
  const step = ref<Step>(memory?.step ?? 'site');
  const visited = reactive(new Set<Step>(memory?.visited ?? ['site']));
  const helpOpen = ref(false);
  const index = computed(() => steps.indexOf(step.value));

  function focusHeading(): void {
    document.querySelector<HTMLElement>('[data-step-heading]')?.focus();
    document.querySelector('[data-step-scroller]')?.scrollTo({ top: 0 });
  }

  async function goTo(next: Step, path?: string): Promise<void> {
    step.value = next;
    visited.add(next);
    sessionStorage.setItem(memoryKey, JSON.stringify({ step: next, visited: [...visited] } satisfies Memory));
    await nextTick();
    if (path === undefined || path === '') focusHeading();
    else focusPath(path);
  }

  const at = (offset: number): Step | undefined => steps[index.value + offset];

  return {
    step,
    visited,
    helpOpen,
    index,
    /** An existing site has no unvisited steps. */
    know: (some: readonly Step[]): void => some.forEach((one) => visited.add(one)),
    next: computed(() => at(1)),
    back: computed(() => at(-1)),
    goTo,
    /** Shows the field at `path`, on this step or on its own step. Without a path nothing moves. */
    async show(path: string): Promise<void> {
      await nextTick();
      if (path === '') return;
      if (fieldAt(path) === undefined) await goTo(stepOfPath(path), path);
      else focusPath(path);
    },
    async move(offset: 1 | -1): Promise<void> {
      const target = at(offset);
      if (target !== undefined) await goTo(target);
    },
  };
});
