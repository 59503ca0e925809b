import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../core/run/event.ts';
import { reduceRun, type RunState } from '../../../../core/run/state.ts';
import { createRunStream, type RunStream } from '../../../../main/runner/events.ts';

const at = new Date('2026-11-22T10:00:00Z');
const create = (listeners: ((event: RunEvent) => void)[] = []): RunStream => createRunStream('r', () => at, listeners);

const progress = (vm: string, bytes: number) =>
  ({ kind: 'operation-progress', vm, operation: 'create-machine', id: vm, amount: { bytes } }) as const;

async function all(stream: RunStream, after = 0, signal?: AbortSignal): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream.watch(after, signal)) events.push(event);
  return events;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a run stream', () => {
  it('numbers events from 1 without gaps and gives them to listeners at once', () => {
    const seen: RunEvent[] = [];
    const stream = create([(event) => seen.push(event)]);
    stream.emit({ kind: 'run-started', site: 'a', stages: [] });
    stream.emit(progress('x', 1));
    stream.emit({ kind: 'run-finished', outcome: 'done' });
    expect(seen.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(seen.every(({ run, at: time }) => run === 'r' && time === at.toISOString())).toBe(true);
  });

  it('gives a late watcher all events except progress, and ends with the run', async () => {
    const stream = create();
    stream.emit({ kind: 'run-started', site: 'a', stages: ['deploy'] });
    stream.emit({ kind: 'stage-started', stage: 'deploy' });
    for (let bytes = 0; bytes < 100; bytes += 1) stream.emit(progress('x', bytes));
    stream.emit({ kind: 'run-finished', outcome: 'done' });
    const events = await all(stream);
    expect(events.map(({ kind }) => kind)).toEqual(['run-started', 'stage-started', 'run-finished']);
    expect(events.reduce<RunState | undefined>(reduceRun, undefined)?.outcome).toBe('done');
  });

  it('continues after the sequence of a watcher', async () => {
    const stream = create();
    stream.emit({ kind: 'run-started', site: 'a', stages: ['deploy'] });
    stream.emit({ kind: 'stage-started', stage: 'deploy' });
    stream.emit({ kind: 'run-finished', outcome: 'done' });
    expect((await all(stream, 1)).map(({ sequence }) => sequence)).toEqual([2, 3]);
    // A watcher that has the last event ends at once.
    expect(await all(stream, 3)).toEqual([]);
    expect(await all(stream, 99)).toEqual([]);
  });

  it('gives a slow watcher the newest progress of each VM, in order', async () => {
    const stream = create();
    stream.emit({ kind: 'run-started', site: 'a', stages: ['deploy'] });
    const watcher = all(stream);
    await tick();
    for (let bytes = 1; bytes <= 50; bytes += 1) {
      stream.emit(progress('x', bytes));
      stream.emit(progress('y', bytes));
    }
    await tick();
    stream.emit({ kind: 'run-finished', outcome: 'done' });
    const events = await watcher;
    const amounts = events.flatMap((event) =>
      event.kind === 'operation-progress' ? [[event.vm, event.amount.bytes]] : [],
    );
    expect(amounts).toEqual([
      ['x', 50],
      ['y', 50],
    ]);
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  it('serves several watchers, each from its own sequence', async () => {
    const stream = create();
    const first = all(stream);
    stream.emit({ kind: 'run-started', site: 'a', stages: [] });
    await tick();
    const second = all(stream, 1);
    stream.emit({ kind: 'stage-started', stage: 'check' });
    await tick();
    stream.emit({ kind: 'run-finished', outcome: 'failed' });
    expect((await first).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect((await second).map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it('ends a watcher at its signal, also one that was aborted before', async () => {
    const stream = create();
    stream.emit({ kind: 'run-started', site: 'a', stages: [] });
    const abort = new AbortController();
    const watcher = all(stream, 0, abort.signal);
    await tick();
    abort.abort();
    expect(await watcher).toHaveLength(1);
    expect(await all(stream, 0, abort.signal)).toHaveLength(1);
  });
});
