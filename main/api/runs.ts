/** The runs of this session: start, watch from any event, cancel. The newest run is also read from the journal. */
import { resolve } from 'node:path';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { RunEvent } from '../../core/run/event.ts';
import type { RunState } from '../../core/run/state.ts';
import { newestRun } from '../records/journal.ts';
import { readPlannedSite, readSiteText } from '../runner/site-input.ts';
import { deployStages } from '../runner/stages/stages.ts';
import { type StartedRun, startRun } from '../runner/start-run.ts';
import { readDraft } from '../../core/site/read.ts';
import type { Session } from './session.ts';

interface Started extends StartedRun {
  readonly abort: AbortController;
}

export function createRuns(session: Session) {
  const runs = new Map<string, Started>();

  const newest = (is: (run: Started) => boolean): Started | undefined => [...runs.values()].toReversed().find(is);
  /** A run uses the text that it read: it stays the run of its file even if the file changes. */
  const runningFrom = (file: string): Started | undefined =>
    newest(({ siteFile, stream }) => siteFile === file && stream.state()?.outcome === undefined);

  return {
    async start(path: string, vms: readonly string[] | undefined): Promise<Result<{ readonly run: string }>> {
      const planned = await readPlannedSite(path);
      if (!planned.ok) return planned;
      const abort = new AbortController();
      const started = await startRun(session.services(), {
        planned: planned.value,
        stages: deployStages,
        outDir: session.outDir(planned.value),
        vms,
        signal: abort.signal,
      });
      if (!started.ok) return started;
      runs.set(started.value.stream.run, { ...started.value, abort });
      return ok({ run: started.value.stream.run });
    },

    /** The run in progress from this file, else the newest run of its site: in this process, else in the journal. */
    async state(path: string): Promise<RunState | null> {
      const read = await readSiteText(path);
      const running = runningFrom(resolve(path))?.stream.state();
      if (running !== undefined) return running;
      const name = read.ok ? readDraft(read.value.text).draft.site?.name : undefined;
      if (typeof name !== 'string' || !/^[a-z0-9-]+$/.test(name)) return null;
      const live = newest(({ site }) => site === name)?.stream.state();
      if (live !== undefined) return live;
      const { stateDir, warn } = session.services();
      return (await newestRun(stateDir, name, warn)) ?? null;
    },

    async *watch(run: string, after: number, signal: AbortSignal): AsyncGenerator<RunEvent, void> {
      const started = runs.get(run);
      if (started !== undefined) yield* started.stream.watch(after, signal);
    },

    async cancel(run: string): Promise<Result<null>> {
      const started = runs.get(run);
      if (started === undefined) return fail(failure('input', 'deploy.no-run'));
      started.abort.abort();
      await started.finished;
      return ok(null);
    },

    /** At shutdown: stops every run and waits until it has stopped. */
    async stopAll(): Promise<void> {
      await Promise.all(
        [...runs.values()].map(async ({ abort, finished }) => {
          abort.abort();
          await finished;
        }),
      );
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
