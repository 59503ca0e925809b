/** Runs stages in order and stops at the first failure. */
import { cancelled, type Failure, fail, ok, type Result } from '../../core/base/errors.ts';
import type { Outcome, Stage } from '../../core/run/event.ts';
import type { RunState } from '../../core/run/state.ts';
import { closeEndpoints, openEndpoints } from './endpoints.ts';
import type { Emit } from './events.ts';
import { afterTouching } from './phases.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import type { GoodEnd, StageEnd, StageRow, StageRun } from './stages/stage.ts';

export interface RunOptions {
  readonly planned: PlannedSite;
  readonly rows: readonly StageRow[];
  /** Folder for handover and summary. */
  readonly outDir: string;
  /** Only these VMs; default: all. */
  readonly vms?: readonly string[] | undefined;
  /** The site's name, typed to seal it without a confirmed tunnel. */
  readonly typedSite?: string | undefined;
  readonly emit: Emit;
  /** The run so far; all its events are in the journal. */
  readonly state: () => Promise<RunState | undefined>;
  readonly signal: AbortSignal;
  /** A medium with more unread bytes is read while VMs are deployed. Default {@link readFirstBytes}. */
  readonly readFirst?: number | undefined;
}

/**
 * A medium with fewer unread bytes is read first, within seconds, so that a bad image is found before any deployment.
 */
const readFirstBytes = 2e9;

const outcomeOf = (reason: Failure): Outcome =>
  reason.kind === 'cancelled' ? 'cancelled' : reason.kind === 'preflight' ? 'blocked' : 'failed';

/**
 * The outcome of a run after one more stage: the first wait is kept, and the deployment decides whether there was work.
 */
function endAfter(before: GoodEnd, stage: Stage, end: GoodEnd): GoodEnd {
  if (before.outcome === 'waiting') return before;
  return end.outcome === 'waiting' || stage === 'deploy' ? end : before;
}

/**
 * Emits everything but `run-started`. After a stage that waits, only the stages marked for it run, and the run ends
 * with the outcome `waiting`. Fails with the failure of the stage that ended it.
 */
export async function runStages(services: Services, options: RunOptions): Promise<Result<Outcome>> {
  const { signal, rows, planned } = options;
  let touched = false;
  const emit: Emit = (body) => {
    touched ||= body.kind === 'operation-started';
    options.emit(body);
  };
  const beside = new AbortController();
  const stopBeside = (): void => beside.abort();
  signal.addEventListener('abort', stopBeside, { once: true });
  if (signal.aborted) stopBeside();
  const goingOn: Promise<unknown>[] = [];
  let opened: ReturnType<typeof openEndpoints> | undefined;
  /** Released before `run-finished`, so that the site can be started again at once. */
  const settle = async (): Promise<void> => {
    stopBeside();
    await Promise.allSettled(goingOn);
    const open = opened;
    opened = undefined;
    if (open !== undefined) await closeEndpoints(await open);
  };
  let end: GoodEnd = { outcome: 'done' };
  const run: StageRun = {
    services,
    planned,
    endpoints: () => (opened ??= openEndpoints(services, planned.site)),
    outDir: options.outDir,
    vms: options.vms,
    typedSite: options.typedSite,
    readFirst: options.readFirst ?? readFirstBytes,
    has: (stage) => rows.some((row) => row.stage === stage),
    facts: {},
    end: () => end,
    state: options.state,
    emit,
    signal,
    besideSignal: beside.signal,
    goesOn: (work) => {
      goingOn.push(work);
      // A rejection is a bug, thrown by the stage that awaits the work.
      work.catch(() => undefined);
    },
  };
  const finish = async (reason: Failure): Promise<Result<Outcome>> => {
    await settle();
    emit({ kind: 'run-finished', outcome: outcomeOf(reason), failure: reason });
    return fail(reason);
  };
  /** Emits the result of the stage; returns the failure that ends the run. */
  const tellEnd = (stage: Stage, ended: StageEnd): Failure | undefined => {
    if (!('failure' in ended)) {
      emit({ kind: 'stage-finished', stage, ...ended });
      return undefined;
    }
    const reason = signal.aborted ? cancelled : touched ? afterTouching(ended.failure) : ended.failure;
    emit({ kind: 'stage-finished', stage, outcome: outcomeOf(reason), failure: reason });
    return reason;
  };
  try {
    for (const { stage, work, whileWaiting = false } of rows) {
      if (end.outcome === 'waiting' && !whileWaiting) continue;
      if (signal.aborted) return await finish(cancelled);
      emit({ kind: 'stage-started', stage });
      // The run may be stopped by a listener of this very event, and a stage without work would not notice.
      const ended: StageEnd = signal.aborted ? { failure: cancelled } : await work(run);
      const reason = tellEnd(stage, ended);
      if (reason !== undefined) return await finish(reason);
      if (!('failure' in ended)) end = endAfter(end, stage, ended);
    }
    await settle();
    emit({ kind: 'run-finished', ...end });
    return ok(end.outcome);
  } finally {
    signal.removeEventListener('abort', stopBeside);
    await settle();
  }
}
