import { EventPublisher } from '@orpc/server';

/**
 * Turns callbacks into an async iterator of the values that `work` reports, in order, until it ends. Rejects as `work`
 * does.
 */
export async function* createChannel<T>(work: (tell: (value: T) => void) => Promise<void>): AsyncGenerator<T, void> {
  const publisher = new EventPublisher<{ news: { readonly value: T } | 'end' }>();
  const subscription = publisher.subscribe('news', { maxBufferedEvents: Number.POSITIVE_INFINITY });
  const finished = work((value) => publisher.publish('news', { value })).finally(() =>
    publisher.publish('news', 'end'),
  );
  // A rejection is rethrown below, when it is awaited; until then it must not count as unhandled.
  finished.catch(() => undefined);
  for await (const news of subscription) {
    if (news === 'end') break;
    yield news.value;
  }
  await finished;
}
