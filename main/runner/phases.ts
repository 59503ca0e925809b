/**
 * Walks the phases of a deployment: targets side by side, the operations of one in order, phases one after the other.
 */
import { cancelled, type Failure, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { isMachineWork, type Operation, targetName, type Work } from '../../core/deploy/operation.ts';
import type { Phase } from '../../core/deploy/phases.ts';
import type { Place } from '../../core/platform/inventory.ts';
import type { PlatformEndpoint } from '../platforms/endpoint.ts';
import type { Emit } from './events.ts';
import type { ProvableImage } from './media.ts';
import { execute, type Executors, type OperationContext, stepsOf } from './operations.ts';

export interface PhaseRun {
  readonly phases: readonly Phase[];
  readonly endpointAt: (place: Place) => Result<PlatformEndpoint>;
  readonly executors?: Executors;
  /** By file. */
  readonly images: ReadonlyMap<string, ProvableImage>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Targets at once per endpoint: a host's upload service and one laptop's link carry two well, more only queue. */
const perEndpoint = 2;

const imageFile = (operation: Operation): string | undefined =>
  operation.kind === 'create-machine' || operation.kind === 'upload-image' ? operation.image.file : undefined;

/** Settles when the image that the work needs is proven: nothing is done before. */
async function imageOf({ operations }: Work, { images }: PhaseRun): Promise<Result<unknown>> {
  const file = operations.map(imageFile).find((one) => one !== undefined);
  return (file !== undefined && (await images.get(file)?.proven)) || ok(undefined);
}

const confirmImage =
  ({ images }: PhaseRun): OperationContext['confirmImage'] =>
  (file, signal) =>
    images.get(file)?.confirm(signal) ??
    Promise.resolve(fail(failure('input', 'deploy.no-image', { component: file })));

async function runWork(work: Work, run: PhaseRun): Promise<Failure | undefined> {
  const { emit, signal, executors = {} } = run;
  const endpoint = run.endpointAt(work.target.place);
  let id: string | undefined;
  for (const step of stepsOf(work.operations)) {
    const bases = step.map(({ id: operationId, target, kind }) => ({
      vm: targetName(target),
      operation: kind,
      id: operationId,
    }));
    const [first] = step;
    const base = bases[0] ?? { vm: '', operation: first.kind, id: first.id };
    if (signal.aborted) return cancelled;
    emit({ kind: 'operation-started', ...base });
    let waits = false;
    const context: OperationContext = {
      endpoint,
      id: id ?? (first.target.kind === 'machine' ? first.target.id : undefined),
      confirmImage: confirmImage(run),
      onProgress: (amount) => emit({ kind: 'operation-progress', ...base, amount }),
      onBusy: () => {
        if (!waits) emit({ kind: 'operation-waiting', ...base });
        waits = true;
      },
      signal,
    };
    const result = await execute(step, context, executors);
    id = context.id;
    const stopped = !result.ok && (signal.aborted || result.failure.kind === 'cancelled');
    const end = result.ok
      ? { outcome: result.value }
      : stopped
        ? ({ outcome: 'cancelled' } as const)
        : ({ outcome: 'failed', failure: result.failure } as const);
    // Changes that were made at once are told one after the other, up to the one that failed.
    const made = result.ok ? step.length : (result.done ?? 0);
    for (const [position, one] of bases.entries()) {
      if (position > made) break;
      if (position > 0) emit({ kind: 'operation-started', ...one });
      emit({
        kind: 'operation-finished',
        ...one,
        ...(result.ok || position >= made ? end : ({ outcome: 'done' } as const)),
      });
    }
    if (!result.ok) return stopped ? cancelled : result.failure;
  }
  return undefined;
}

/**
 * Runs `work` with at most `perEndpoint` targets at a time on each endpoint; gives the failures. When the medium is
 * refused no further target is begun: that refusal is then the only failure.
 */
async function runSideBySide(work: readonly Work[], run: PhaseRun): Promise<Failure[]> {
  const queues = new Map<string, Work[]>();
  for (const one of work) {
    const { datacentre, endpointIndex } = one.target.place;
    const key = `${datacentre}/${endpointIndex}`;
    queues.set(key, [...(queues.get(key) ?? []), one]);
  }
  const failures: Failure[] = [];
  let refused: Failure | undefined;
  const lane = async (queue: Work[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !run.signal.aborted; next = queue.shift()) {
      const image = await imageOf(next, run);
      if (!image.ok) refused ??= image.failure;
      if (refused) return;
      const reason = await runWork(next, run);
      if (reason) failures.push(reason);
    }
  };
  const lanes = [...queues.values()].flatMap((queue) => Array.from({ length: perEndpoint }, () => lane(queue)));
  // A bug in one lane must not leave the others running after this function has ended.
  const bug = (await Promise.allSettled(lanes)).find((end) => end.status === 'rejected');
  if (bug) throw bug.reason;
  return refused ? [refused] : failures;
}

/** A failure after something was touched: wrong input and a check that blocks would say that nothing was. */
export const afterTouching = (reason: Failure): Failure =>
  reason.kind === 'input' || reason.kind === 'preflight' ? { ...reason, kind: 'operation' } : reason;

/** One failure for all that happened: what could not be trusted outweighs the rest. */
function sumUp(failures: readonly [Failure, ...Failure[]]): Failure {
  const trust = failures.find(({ kind }) => kind === 'trust');
  if (trust) return trust;
  return failures.length === 1
    ? afterTouching(failures[0])
    : failure('operation', 'deploy.several-failed', { count: failures.length });
}

/**
 * One VM's failure does not stop the others of its phase, but the next phase does not begin.
 * Fails with the only failure there was, the first that is a matter of trust, or `deploy.several-failed`.
 */
export async function runPhases(run: PhaseRun): Promise<Result<void>> {
  for (const phase of run.phases) {
    // Machines are made from images that their endpoint keeps: what endpoints get comes first.
    for (const work of [phase.work.filter((one) => !isMachineWork(one)), phase.work.filter(isMachineWork)]) {
      const [first, ...others] = await runSideBySide(work, run);
      if (run.signal.aborted) return fail(cancelled);
      if (first !== undefined) return fail(sumUp([first, ...others]));
    }
  }
  return ok(undefined);
}
