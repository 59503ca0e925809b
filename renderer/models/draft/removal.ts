/** Removes parts of a draft and restores them. */
import { putAt, valueAt } from './path.ts';
import type { DraftFields } from './site-text.ts';

/** An item of the list at `path` (with `index`), or the value at `path`. */
export interface Part {
  readonly path: string;
  readonly index?: number;
}

export interface Removed extends Part {
  readonly value: unknown;
  /** Number of equal items before it in the list. */
  readonly copies?: number;
  /** The value at `path` after the removal, if any. */
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

/** Removes `parts` and returns them; an emptied list is removed too. Missing parts are skipped. */
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

/** A value set since is newer than the removed value; an item may be in its list again. */
const canReturn = (draft: DraftFields, { path, index, value, left, copies = 1 }: Removed): boolean =>
  index === undefined ? same(valueAt(draft, path), left) : copiesIn(listAt(draft, path), value) < copies;

/** Whether {@link putBack} would restore something. */
export const canPutBack = (draft: DraftFields, removed: readonly Removed[]): boolean =>
  removed.some((one) => canReturn(draft, one));

/** Restores the removed parts, each item at its old position, and keeps all other changes. */
export function putBack(draft: DraftFields, removed: readonly Removed[]): void {
  for (const one of removed.filter((each) => canReturn(draft, each))) {
    if (one.index === undefined) putAt(draft, one.path, copy(one.value));
    else putAt(draft, one.path, listAt(draft, one.path).toSpliced(one.index, 0, copy(one.value)));
  }
}

/** Removed entries of a list of short texts; none if another entry replaced them. */
export function lostEntries(path: string, before: unknown, now: unknown): readonly Removed[] {
  const [old, rest] = [Array.isArray(before) ? before : [], Array.isArray(now) ? [...(now as unknown[])] : []];
  if (rest.length >= old.length) return [];
  return old.flatMap((value: unknown, index): Removed[] => {
    const kept = rest.findIndex((one) => same(one, value));
    if (kept >= 0) rest.splice(kept, 1);
    return kept >= 0 ? [] : [{ path, index, value, copies: copiesIn(old, value) }];
  });
}
