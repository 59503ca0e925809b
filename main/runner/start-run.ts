/** Starts a run with its journal and lock, and keeps the runs of this process for watchers. */
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { Outcome, RunEvent, Stage } from '../../core/run/event.ts';
import type { RunState } from '../../core/run/state.ts';
import { createRunStream, type RunStream } from './events.ts';
import { openJournal } from '../records/journal.ts';
import { runStages } from './run-stages.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import type { StageRow } from './stages/stage.ts';
import { stageRows } from './stages/stages.ts';
import { lockSite } from '../records/site-lock.ts';
import { proveWorkFolders } from '../records/work-folders.ts';

export interface StartOptions {
  /** The planned site of the run: the site file is not read again. */
  readonly planned: PlannedSite;
  readonly stages: readonly Stage[];
  /** The known stages. Default {@link stageRows}. */
  readonly rows?: readonly StageRow[];
  readonly outDir: string;
  readonly vms?: readonly string[] | undefined;
  /** The site's name, typed to seal it without a confirmed tunnel. */
  readonly typedSite?: string | undefined;
  readonly listeners?: readonly ((event: RunEvent) => void)[];
  readonly signal: AbortSignal;
  readonly readFirst?: number | undefined;
}

export interface StartedRun {
  readonly site: string;
  /** Absolute. */
  readonly siteFile: string;
  readonly stream: RunStream;
  readonly finished: Promise<Result<Outcome>>;
}

/** Run ids sort by time, and so do the journals of a site. */
const runId = (now: Date, random: string): string => `${now.toISOString().replace(/[:.]/g, '-')}-${random}`;

/**
 * Fails before any change: another run holds the site, or a folder for records or temporary files is not writable
 * (`files.*`).
 */
export async function startRun(services: Services, options: StartOptions): Promise<Result<StartedRun>> {
  const { planned, stages, rows = stageRows, listeners = [], ...how } = options;
  const site = planned.site.site.name;
  const proven = await proveWorkFolders(services.stateDir);
  if (!proven.ok) return proven;
  const unlock = await lockSite(services.stateDir, site, services.warn);
  if (!unlock.ok) return unlock;
  const run = runId(services.now(), process.pid.toString(36));
  const journal = await openJournal(services.stateDir, site, run);
  if (!journal.ok) {
    await unlock.value();
    return fail(journal.failure);
  }
  const stream = createRunStream(run, services.now, [journal.value.write, ...listeners]);
  const chosen = rows.filter(({ stage }) => stages.includes(stage));
  const { planDigest } = planned;
  stream.emit({ kind: 'run-started', site, planDigest, stages: chosen.map(({ stage }) => stage) });
  const state = async (): Promise<RunState | undefined> => {
    await journal.value.flush();
    return stream.state();
  };
  const work = async (): Promise<Result<Outcome>> => {
    try {
      const outcome = await runStages(services, { ...how, planned, rows: chosen, emit: stream.emit, state });
      const kept = await journal.value.flush();
      return outcome.ok && !kept.ok ? kept : outcome;
    } catch (error) {
      // A bug: the run ends with a failure, so that watchers do not wait forever and can report it.
      const reason = failure('operation', 'common.unexpected', { message: String(error) });
      stream.emit({ kind: 'run-finished', outcome: 'failed', failure: reason });
      await journal.value.flush();
      return fail(reason);
    } finally {
      await unlock.value();
    }
  };
  return ok({ site, siteFile: planned.path, stream, finished: work() });
}
