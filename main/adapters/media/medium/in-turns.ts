/**
 * Runs `work` over the items, at most `width` at a time, results in order; the first failure stops the others. With
 * `room`, one item at a time runs until it settles.
 */
export async function inTurns<Item, Out>(
  items: readonly Item[],
  width: number,
  outer: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<Out>,
  room: Promise<void> = Promise.resolve(),
): Promise<readonly Out[]> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  outer?.addEventListener('abort', onAbort, { once: true });
  if (outer?.aborted === true) stop.abort();
  const results: Out[] = [];
  let first: { readonly error: unknown } | undefined;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && first === undefined) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      try {
        results[index] = await work(item, stop.signal);
      } catch (error) {
        first ??= { error };
        stop.abort();
      }
    }
  };
  const main = lane();
  const others = Array.from({ length: Math.min(width, items.length) - 1 }, async () => {
    await Promise.race([room, main]);
    await lane();
  });
  await Promise.all([main, ...others]);
  outer?.removeEventListener('abort', onAbort);
  if (first !== undefined) throw first.error;
  return results;
}
