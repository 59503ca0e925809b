/** The events of one run, kept so that whoever comes late gets all of them, and in order. */
import type { RunEvent, RunEventBody } from '../../core/run/event.ts';
import type { RunState } from '../../core/run/state.ts';
import { reduceRun } from '../../core/run/state.ts';

export type Emit = (body: RunEventBody) => void;

export interface RunStream {
  readonly run: string;
  readonly emit: Emit;
  state(): RunState | undefined;
  /** Events after `after`, then those to come, until `run-finished` or the signal. */
  watch(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent, void>;
}

/**
 * Progress comes many times a second; a late listener only needs the newest of each kind. Everything else is kept.
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
  const waiting = new Set<() => void>();
  const passing = new Set<(event: RunEvent) => void>();

  const emit: Emit = (body) => {
    sequence += 1;
    const event: RunEvent = { ...body, run, sequence, at: now().toISOString() };
    state = reduceRun(state, event);
    if (isPassing(event)) for (const tell of passing) tell(event);
    else kept.push(event);
    for (const listener of listeners) listener(event);
    for (const wake of waiting) wake();
  };

  async function* watch(after: number, signal?: AbortSignal): AsyncGenerator<RunEvent, void> {
    let position = 0;
    let last = after;
    const newest = new Map<string, RunEvent>();
    const note = (event: RunEvent): void => {
      newest.set('vm' in event ? event.vm : '', event);
    };
    passing.add(note);
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
          // Also for who has seen the end already: nothing comes after it.
          if (event.kind === 'run-finished') return;
        }
        const fresh = [...newest.values()].filter((event) => event.sequence > last);
        newest.clear();
        if (fresh.length > 0) {
          for (const event of fresh.toSorted((a, b) => a.sequence - b.sequence)) {
            last = event.sequence;
            yield event;
          }
          continue;
        }
        if (signal?.aborted === true) return;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            signal?.removeEventListener('abort', wake);
            resolve();
          };
          waiting.add(wake);
          signal?.addEventListener('abort', wake);
        });
      }
    } finally {
      passing.delete(note);
    }
  }

  return { run, emit, state: () => state, watch };
}
