/** Recent removals, each with a temporary offer to undo it. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { type Countdown, countdown } from '../models/countdown.ts';
import { canPutBack, type Part, type Removed } from '../models/draft/removal.ts';
import { useDraft } from './draft.ts';

/** Running time of an offer. ms. */
const offered = 20_000;
const mostOffers = 3;

/** The words of a removal in the current language. */
export type RemovalWords = () => string;

interface Offer {
  readonly id: number;
  readonly words: RemovalWords;
  readonly removed: readonly Removed[];
  readonly timer: Countdown;
}

export const useRemovals = defineStore('removals', () => {
  const draft = useDraft();
  const offers = shallowRef<readonly Offer[]>([]);
  /** Spoken and shown after an undo or a redo by keyboard. */
  const said = shallowRef<RemovalWords>();
  /** Index of the data centre whose removal needs a confirmation. */
  const question = ref<number>();
  let last = 0;
  let saying: Countdown | undefined;
  let paused = false;

  function end(id: number): void {
    offers.value.find((one) => one.id === id)?.timer.cancel();
    offers.value = offers.value.filter((one) => one.id !== id);
    if (offers.value.length === 0) paused = false;
  }

  /** Offers to restore parts that are already removed. */
  function offer(words: RemovalWords, removed: readonly Removed[]): void {
    if (removed.length === 0) return;
    last += 1;
    const id = last;
    const timer = countdown(offered, () => end(id));
    if (paused) timer.pause();
    said.value = undefined;
    offers.value = [...offers.value, { id, words, removed, timer }];
    for (const one of offers.value.slice(0, -mostOffers)) end(one.id);
  }

  // Removals of another site do not apply to this site.
  watch(
    () => draft.site,
    () => offers.value.forEach(({ id }) => end(id)),
  );

  return {
    /** An offer ends when its parts are present again, or when its field gets another value. */
    offers: computed(() => offers.value.filter(({ removed }) => canPutBack(draft.data, removed))),
    said,
    question,
    offer,
    /** Removes `parts` from the draft and offers to restore them. */
    remove: (parts: readonly Part[], words: RemovalWords): void => offer(words, draft.remove(parts)),
    /** Restores the parts of the offer and returns their path. */
    undo(id: number): string {
      const removed = offers.value.find((each) => each.id === id)?.removed ?? [];
      draft.putBack(removed);
      end(id);
      return removed[0]?.path ?? '';
    },
    end,
    say(words: RemovalWords): void {
      saying?.cancel();
      said.value = words;
      saying = countdown(6_000, () => {
        said.value = undefined;
      });
    },
    /** Pauses while the user reads or points at an offer. */
    pause(): void {
      paused = true;
      for (const { timer } of offers.value) timer.pause();
    },
    resume(): void {
      paused = false;
      for (const { timer } of offers.value) timer.resume();
    },
  };
});
