/** Walks phases of VM work: VMs side by side, the operations of one VM in order, phases one after the other. */
import type { Phase, Place, VmWork } from '../../core/deploy/reconcile.ts';
import { cancelled, type Failure, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { VsphereEndpoint } from '../platforms/vsphere/endpoint.ts';
import type { Emit } from './events.ts';
import type { ProvableImage } from './media.ts';
import { execute, type OperationContext } from './operations.ts';

export interface PhaseRun {
  readonly phases: readonly Phase[];
  readonly endpointAt: (place: Place) => Result<VsphereEndpoint>;
  /** By file. */
  readonly images: ReadonlyMap<string, ProvableImage>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Uploads at once per endpoint: a host's NFC service and one laptop's link carry two well, more only queue. */
const perEndpoint = 2;

/** Settles when the image that a VM is made from is proven: nothing is done to the VM before. */
async function imageOf(work: VmWork, { images }: PhaseRun): Promise<Result<unknown>> {
  const wanted = work.operations.find((operation) => operation.kind === 'import-image');
  return (wanted && (await images.get(wanted.file)?.proven)) ?? ok(undefined);
}

const confirmImage =
  ({ images }: PhaseRun): OperationContext['confirmImage'] =>
  (file, signal) =>
    images.get(file)?.confirm(signal) ??
    Promise.resolve(fail(failure('input', 'deploy.no-image', { component: file })));

async function runVm(work: VmWork, run: PhaseRun): Promise<Failure | undefined> {
  const endpoint = run.endpointAt(work.place);
  if (!endpoint.ok) return endpoint.failure;
  let moref: string | undefined;
  for (const operation of work.operations) {
    const { id, vm, kind } = operation;
    const base = { vm, operation: kind, id } as const;
    if (run.signal.aborted) return cancelled;
    run.emit({ kind: 'operation-started', ...base });
    let waits = false;
    const context: OperationContext = {
      endpoint: endpoint.value,
      moref,
      confirmImage: confirmImage(run),
      onProgress: (amount) => run.emit({ kind: 'operation-progress', ...base, amount }),
      onBusy: () => {
        if (!waits) run.emit({ kind: 'operation-waiting', ...base });
        waits = true;
      },
      signal: run.signal,
    };
    const result = await execute(operation, context);
    moref = kind === 'discard-partial' ? undefined : context.moref;
    if (result.ok) {
      run.emit({ kind: 'operation-finished', ...base, outcome: 'done' });
      continue;
    }
    const stopped = run.signal.aborted || result.failure.kind === 'cancelled';
    run.emit({
      kind: 'operation-finished',
      ...base,
      outcome: stopped ? 'cancelled' : 'failed',
      ...(stopped ? {} : { failure: result.failure }),
    });
    return stopped ? cancelled : result.failure;
  }
  return undefined;
}

/**
 * Runs `work` with at most `perEndpoint` VMs at a time on each endpoint; gives the failures. When the medium is refused
 * no further VM is begun: that refusal is then the only failure.
 */
async function runSideBySide(work: readonly VmWork[], run: PhaseRun): Promise<Failure[]> {
  const queues = new Map<string, VmWork[]>();
  for (const one of work) {
    const key = `${one.place.datacentre}/${one.place.endpoint}`;
    queues.set(key, [...(queues.get(key) ?? []), one]);
  }
  const failures: Failure[] = [];
  let refused: Failure | undefined;
  const lane = async (queue: VmWork[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !run.signal.aborted; next = queue.shift()) {
      const image = await imageOf(next, run);
      if (!image.ok) refused ??= image.failure;
      if (refused) return;
      const reason = await runVm(next, run);
      if (reason) failures.push(reason);
    }
  };
  const lanes = [...queues.values()].flatMap((queue) => Array.from({ length: perEndpoint }, () => lane(queue)));
  // A bug in one lane must not leave the others running behind whoever waits here.
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
    const failures = await runSideBySide(phase.work, run);
    if (run.signal.aborted) return fail(cancelled);
    const [first, ...others] = failures;
    if (first !== undefined) return fail(sumUp([first, ...others]));
  }
  return ok(undefined);
}
