/** The history of a draft for undo and redo. Pure: the time is an argument. */

/** A change: the earlier draft as JSON, and the changed field. */
export interface Change {
  readonly field: string;
  readonly text: string;
}

export interface History {
  readonly past: readonly Change[];
  /** The current draft as JSON. */
  readonly present: string;
  /** Each with the draft after redo. */
  readonly future: readonly Change[];
  /** Time of the last change, in ms. */
  readonly at: number;
}

/** Changes of one field within this time are one change. ms. */
const typingPause = 1_000;
/** Later changes do not merge with the last change. */
const longAgo = -Infinity;
const mostChanges = 200;
/** Limit on all texts together in characters, so that a large site does not fill the memory. */
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

/** The start of the latest consecutive changes of `field` in `past`. */
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
 * The history after a change of `field` to the draft `text`; `now` is in ms. A change back to an earlier version of the
 * same field counts as an undo, as by the text field's undo; `alone`: it does not merge with other changes.
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

/** A history and the undone or redone change, or undefined. */
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
