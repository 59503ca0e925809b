/** Turns callbacks into an async iterator: what `work` tells, in order, until it ends. */
export async function* createChannel<T>(work: (tell: (value: T) => void) => Promise<void>): AsyncGenerator<T, void> {
  const queue: T[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  const finished = work((value) => {
    queue.push(value);
    wake?.();
  }).finally(() => {
    ended = true;
    wake?.();
  });
  // A rejection is rethrown below, when it is awaited; until then it must not count as unhandled.
  finished.catch(() => undefined);
  for (;;) {
    const next = queue.shift();
    if (next !== undefined) {
      yield next;
      continue;
    }
    if (ended) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await finished;
}
