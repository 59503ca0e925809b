/** The events of one run. All are kept in order for late listeners. */
import { EventPublisher } from '@orpc/server';
import type { RunEvent, RunEventBody } from '../../core/run/event.ts';
import { reduceRun, type RunState } from '../../core/run/state.ts';

export type Emit = (body: RunEventBody) => void;

export interface RunStream {
  readonly run: string;
  readonly emit: Emit;
  state(): RunState | undefined;
  /** Yields events after sequence `after`, then new ones, until `run-finished` or the signal. */
  watch(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent, void>;
}

/**
 * Progress comes many times a second; only the newest of each kind is kept. All other events are kept.
 */
const isPassing = (event: RunEvent): boolean => event.kind === 'stage-progress' || event.kind === 'operation-progress';

export function createRunStream(
  run: string,
  now: () => Date,
  listeners: readonly ((event: RunEvent) => void)[],
): RunStream {
  const kept: RunEvent[] = [];
  let state: RunState | undefined;
  let sequence = 0;
  const publisher = new EventPublisher<{ event: RunEvent }>();

  const emit: Emit = (body) => {
    sequence += 1;
    const event: RunEvent = { ...body, run, sequence, at: now().toISOString() };
    state = reduceRun(state, event);
    if (!isPassing(event)) kept.push(event);
    for (const listener of listeners) listener(event);
    publisher.publish('event', event);
  };

  async function* watch(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent, void> {
    let position = 0;
    let last = after;
    const newest = new Map<string, RunEvent>();
    const stop = publisher.subscribe('event', (event) => {
      if (isPassing(event)) newest.set('vm' in event ? event.vm : '', event);
    });
    // Only wakes the loop below: the events are in `kept` and `newest`.
    const news = publisher.subscribe('event', { maxBufferedEvents: 1 });
    const end = (): void => void news.return(undefined);
    signal?.addEventListener('abort', end, { once: true });
    try {
      for (;;) {
        while (position < kept.length) {
          const event = kept[position];
          position += 1;
          if (event === undefined) continue;
          if (event.sequence > last) {
            last = event.sequence;
            yield event;
          }
          // Also ends a watcher that has received the last event.
          if (event.kind === 'run-finished') return;
        }
        const unread = [...newest.values()].filter((event) => event.sequence > last);
        newest.clear();
        if (unread.length > 0) {
          for (const event of unread.toSorted((a, b) => a.sequence - b.sequence)) {
            last = event.sequence;
            yield event;
          }
          continue;
        }
        if (signal?.aborted === true) return;
        await news.next();
      }
    } finally {
      signal?.removeEventListener('abort', end);
      stop();
      await news.return(undefined);
    }
  }

  return { run, emit, state: () => state, watch };
}
