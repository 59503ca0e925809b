/** The versions of a draft that undo and redo go through. Pure: the time is an argument. */

/** One change: the draft before it as JSON, and the field that was changed. */
export interface Change {
  readonly field: string;
  readonly text: string;
}

export interface History {
  readonly past: readonly Change[];
  /** The draft as it is now, as JSON. */
  readonly present: string;
  /** Each with the draft that redo leads to. */
  readonly future: readonly Change[];
  /** ms: when the last change was recorded. */
  readonly at: number;
}

/** Changes of one field within this time are one change. ms. */
const typingPause = 1_000;
/** No later change joins the last one. */
const longAgo = -Infinity;
const mostChanges = 200;
/** All texts together: a large site with many pins must not fill the memory. Characters. */
const mostCharacters = 20_000_000;

export const historyOf = (text: string): History => ({ past: [], present: text, future: [], at: longAgo });

function bounded(past: readonly Change[]): readonly Change[] {
  let characters = 0;
  const kept = past.toReversed().findIndex(({ text }, index) => {
    characters += text.length;
    return index >= mostChanges || characters > mostCharacters;
  });
  return kept < 0 ? past : past.slice(past.length - kept);
}

/** The start of the run of changes of `field` at the end of `past`. */
const runOf = (past: readonly Change[], field: string): number => past.findLastIndex((one) => one.field !== field) + 1;

const toPast = (history: History, index: number): History => {
  const left = history.past.slice(index);
  const after = [...left.slice(1).map(({ text }) => text), history.present];
  return {
    past: history.past.slice(0, index),
    present: left[0]?.text ?? history.present,
    future: [...left.map(({ field }, position) => ({ field, text: after[position] ?? '' })), ...history.future],
    at: longAgo,
  };
};

/**
 * The history after `field` was changed and the draft became `text`. `now`: ms. A change that leads back to an earlier version of
 * the same field counts as an undo: that is what the text field's own undo does. `alone`: it joins no other change.
 */
export function record(
  history: History,
  text: string,
  { field, now, alone = false }: { field: string; now: number; alone?: boolean },
): History {
  const { past, present, at } = history;
  if (text === present) return history;
  const start = runOf(past, field);
  const back = past.findLastIndex((one, index) => index >= start && one.text === text);
  if (back >= 0) return toPast(history, back);
  const goesOn = past.length > start && now - at < typingPause && !alone;
  return {
    past: goesOn ? past : bounded([...past, { field, text: present }]),
    present: text,
    future: [],
    at: alone ? longAgo : now,
  };
}

/** A history and the change that was undone or redone; undefined where there is none. */
type Step = { readonly history: History; readonly field: string } | undefined;

export function undo(history: History): Step {
  const last = history.past.at(-1);
  return last === undefined ? undefined : { history: toPast(history, history.past.length - 1), field: last.field };
}

export function redo({ past, present, future }: History): Step {
  const [next, ...rest] = future;
  if (next === undefined) return undefined;
  const history = {
    past: [...past, { field: next.field, text: present }],
    present: next.text,
    future: rest,
    at: longAgo,
  };
  return { history, field: next.field };
}
