/** What was taken out of a draft, and how it is put back. */
import { putAt, valueAt } from './path.ts';
import type { DraftFields } from './site-text.ts';

/** An item of the list at `path` (with `index`), or the value at `path`. */
export interface Part {
  readonly path: string;
  readonly index?: number;
}

export interface Removed extends Part {
  readonly value: unknown;
  /** Equal items that the list had before. */
  readonly copies?: number;
  /** What stands at `path` after the removal of a value, when it is not nothing. */
  readonly left?: unknown;
}

const copy = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const listAt = (draft: DraftFields, path: string): readonly unknown[] => {
  const list = valueAt(draft, path);
  return Array.isArray(list) ? list : [];
};

const copiesIn = (list: readonly unknown[], value: unknown): number => list.filter((one) => same(one, value)).length;

/** Takes `parts` out and gives them; a list that becomes empty goes too. What is not there is left out. */
export function takeOut(draft: DraftFields, parts: readonly Part[]): readonly Removed[] {
  return parts.flatMap((part): Removed[] => {
    const { path, index } = part;
    const list = listAt(draft, path);
    const value = copy(index === undefined ? valueAt(draft, path) : list[index]);
    if (value === undefined) return [];
    if (index === undefined) {
      putAt(draft, path, undefined);
      return [{ path, value }];
    }
    const copies = copiesIn(list, value);
    const rest = list.filter((_, position) => position !== index);
    putAt(draft, path, rest.length === 0 ? undefined : rest);
    return [{ path, index, value, copies }];
  });
}

/** A value that was set again since is newer than the removed one; an item may be in its list again. */
const canReturn = (draft: DraftFields, { path, index, value, left, copies = 1 }: Removed): boolean =>
  index === undefined ? same(valueAt(draft, path), left) : copiesIn(listAt(draft, path), value) < copies;

/** Whether {@link putBack} would bring something back. */
export const canPutBack = (draft: DraftFields, removed: readonly Removed[]): boolean =>
  removed.some((one) => canReturn(draft, one));

/** Puts back what was taken out, each item at its old place, and leaves every other change alone. */
export function putBack(draft: DraftFields, removed: readonly Removed[]): void {
  for (const one of removed.filter((each) => canReturn(draft, each))) {
    if (one.index === undefined) putAt(draft, one.path, copy(one.value));
    else putAt(draft, one.path, listAt(draft, one.path).toSpliced(one.index, 0, copy(one.value)));
  }
}

/** Entries of a list of short texts that are gone; none when another was put in their place. */
export function lostEntries(path: string, before: unknown, now: unknown): readonly Removed[] {
  const [old, rest] = [Array.isArray(before) ? before : [], Array.isArray(now) ? [...(now as unknown[])] : []];
  if (rest.length >= old.length) return [];
  return old.flatMap((value: unknown, index): Removed[] => {
    const kept = rest.findIndex((one) => same(one, value));
    if (kept >= 0) rest.splice(kept, 1);
    return kept >= 0 ? [] : [{ path, index, value, copies: copiesIn(old, value) }];
  });
}
