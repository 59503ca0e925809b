/** The draft in memory: fields by path, every change recorded for undo. */
import { reactive, ref } from 'vue';
import type { DraftFields } from './site-text.ts';
import { type History, historyOf, record, redo, undo } from './history.ts';
import { putAt, valueAt } from './path.ts';
import { type Part, putBack, type Removed, takeOut } from './removal.ts';

const copy = (draft: unknown): DraftFields => JSON.parse(JSON.stringify(draft)) as DraftFields;

/** `changed` is called at each change by the user, not when the draft is filled. */
export function createEditing(changed: () => void) {
  const data = reactive<DraftFields>({});
  /** Counts changes, so that other stores know whether their results are of this draft. */
  const revision = ref(0);
  /** Counts the sites that were opened. */
  const site = ref(0);
  let history: History = historyOf('{}');

  const text = (): string => JSON.stringify(data);

  function put(draft: DraftFields): void {
    for (const key of Object.keys(data)) delete data[key];
    Object.assign(data, { apiVersion: 'edge-site/v1' }, draft);
    revision.value += 1;
  }

  /** Makes all changes of `work` one step of undo. `alone`: it does not merge with other changes. */
  function change(field: string, work: () => void, alone = false): void {
    const before = history.present;
    work();
    history = record(history, text(), { field, now: performance.now(), alone });
    if (history.present === before) return;
    revision.value += 1;
    changed();
  }

  function go(step: ReturnType<typeof undo>): string | undefined {
    if (step === undefined) return undefined;
    history = step.history;
    put(JSON.parse(history.present) as DraftFields);
    changed();
    return step.field;
  }

  return {
    data,
    revision,
    site,
    /** A copy; reading it follows every change. */
    plain: (): DraftFields => copy(data),
    get: (at: string): unknown => valueAt(data, at),
    set: (at: string, value: unknown): void => change(at, () => putAt(data, at, value)),
    /** Loads another site, without history. */
    fill(draft: DraftFields): void {
      put(draft);
      site.value += 1;
      history = historyOf(text());
    },
    /** Loads another version of this site; undo returns to the earlier one. */
    replace(draft: DraftFields): void {
      put(draft);
      history = record(history, text(), { field: '', now: performance.now(), alone: true });
    },
    remove: (parts: readonly Part[]): readonly Removed[] => {
      let removed: readonly Removed[] = [];
      const work = (): void => {
        removed = takeOut(data, parts);
      };
      change(parts[0]?.path ?? '', work, true);
      return removed;
    },
    putBack: (removed: readonly Removed[]): void => change(removed[0]?.path ?? '', () => putBack(data, removed), true),
    /** Returns the changed field, or undefined if there is nothing to undo or redo. */
    undo: (): string | undefined => go(undo(history)),
    redo: (): string | undefined => go(redo(history)),
  };
}
