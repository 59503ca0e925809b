/**
 * A run in progress, as events and as the state that they add up to. The journal keeps the events, the wizard and the
 * command line show the state; a reloaded window asks for the state and goes on with the events after it.
 */
import type { OperationKind } from '../deploy/operation.ts';
import type { PhaseName } from '../deploy/phases.ts';
import type { Drift } from '../deploy/reconcile.ts';
import type { Failure } from '../base/errors.ts';
import type { ImageFacts, MediaFacts } from '../media/facts.ts';
import type { Finding } from '../base/findings.ts';

export const stages = ['check', 'media', 'preflight', 'deploy', 'keys', 'handover', 'summary'] as const;
export type Stage = (typeof stages)[number];

export type OperationOutcome = 'done' | 'by-hand' | 'failed' | 'cancelled';

export type Outcome = 'done' | 'nothing-to-do' | 'failed' | 'blocked' | 'cancelled';

/** Bytes and bytes per second. `total` is missing while it is not known. */
export interface Amount {
  readonly bytes: number;
  readonly total?: number;
  readonly bytesPerSecond?: number;
}

/** Milliseconds to go at this rate; undefined while nothing can be said. */
export const timeLeft = ({ bytes, total, bytesPerSecond }: Amount): number | undefined =>
  total !== undefined && bytesPerSecond ? Math.max(0, ((total - bytes) / bytesPerSecond) * 1000) : undefined;

export interface PlannedWork {
  readonly vm: string;
  readonly component: string;
  readonly phase: PhaseName;
  /** Number of operations; 0: as planned already. */
  readonly operations: number;
}

export type RunEventBody =
  | {
      readonly kind: 'run-started';
      readonly site: string;
      /** Digest of the plan that is deployed. Journals of earlier versions have none. */
      readonly planDigest?: string;
      readonly stages: readonly Stage[];
    }
  | { readonly kind: 'stage-started'; readonly stage: Stage }
  | { readonly kind: 'stage-progress'; readonly stage: Stage; readonly item: string; readonly amount: Amount }
  | { readonly kind: 'stage-finished'; readonly stage: Stage; readonly outcome: Outcome; readonly failure?: Failure }
  | { readonly kind: 'findings'; readonly stage: Stage; readonly findings: readonly Finding[] }
  | { readonly kind: 'work-planned'; readonly work: readonly PlannedWork[]; readonly drift: readonly Drift[] }
  /** `vm` is the name of the operation's target: a VM, or the data centre and the number of an endpoint in it. */
  | { readonly kind: 'operation-started'; readonly vm: string; readonly operation: OperationKind; readonly id: string }
  | {
      readonly kind: 'operation-progress';
      readonly vm: string;
      readonly operation: OperationKind;
      readonly id: string;
      readonly amount: Amount;
    }
  /** The host still works on the VM (the lease of an interrupted import): the operation waits and tries again. */
  | { readonly kind: 'operation-waiting'; readonly vm: string; readonly operation: OperationKind; readonly id: string }
  | {
      readonly kind: 'operation-finished';
      readonly vm: string;
      readonly operation: OperationKind;
      readonly id: string;
      /** `by-hand`: a person is to do it, by the document of manual steps. */
      readonly outcome: OperationOutcome;
      readonly failure?: Failure;
    }
  /** An image is proven: from now on it may be deployed. Evidence for the journal. */
  | { readonly kind: 'image-verified'; readonly image: ImageFacts }
  /** Who signed the medium, and the hash of every image: evidence for the journal. */
  | { readonly kind: 'media-verified'; readonly media: MediaFacts }
  | { readonly kind: 'files-written'; readonly stage: Stage; readonly files: readonly string[]; readonly code?: string }
  | { readonly kind: 'run-finished'; readonly outcome: Outcome; readonly failure?: Failure };

/** An event of one run: `sequence` counts from 1 without gaps, `at` is ISO 8601 in UTC. */
export type RunEvent = RunEventBody & { readonly run: string; readonly sequence: number; readonly at: string };

export type VmStatus = 'waiting' | 'working' | 'done' | 'by-hand' | 'failed' | 'cancelled';

export interface VmState {
  readonly vm: string;
  readonly component: string;
  readonly phase: PhaseName;
  readonly operations: number;
  readonly finished: number;
  readonly status: VmStatus;
  readonly current?: OperationKind;
  /** The current operation waits for the host. */
  readonly busy?: true;
  readonly amount?: Amount;
  readonly failure?: Failure;
}

export interface StageState {
  readonly stage: Stage;
  readonly status: 'waiting' | 'working' | Outcome;
  readonly item?: string;
  readonly amount?: Amount;
  readonly failure?: Failure;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface RunState {
  readonly run: string;
  readonly site: string;
  /** Digest of the plan that this run deploys; missing in journals of earlier versions. */
  readonly planDigest?: string;
  /** Sequence of the last event that is in this state. */
  readonly sequence: number;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly outcome?: Outcome;
  readonly failure?: Failure;
  readonly stages: readonly StageState[];
  readonly vms: readonly VmState[];
  readonly drift: readonly Drift[];
  readonly findings: readonly Finding[];
  /** Components whose image is proven. */
  readonly proven: readonly string[];
  readonly files: readonly string[];
  /** Confirmation code of the handover bundle, once it is written. */
  readonly confirmationCode?: string;
}

const updateVm = (state: RunState, vm: string, change: (old: VmState) => VmState): RunState => ({
  ...state,
  vms: state.vms.map((one) => (one.vm === vm ? change(one) : one)),
});

const updateStage = (state: RunState, stage: Stage, change: (old: StageState) => StageState): RunState => ({
  ...state,
  stages: state.stages.map((one) => (one.stage === stage ? change(one) : one)),
});

const withFailure = (reason: Failure | undefined): { failure?: Failure } =>
  reason === undefined ? {} : { failure: reason };

export const startOfRun = (event: RunEvent): RunState => ({
  run: event.run,
  site: event.kind === 'run-started' ? event.site : '',
  sequence: 0,
  startedAt: event.at,
  stages: [],
  vms: [],
  drift: [],
  findings: [],
  proven: [],
  files: [],
});

/** A run speaks of a plan only when it deployed that very plan; one of unknown plan speaks of none. */
export const isOfPlan = (
  result: { readonly planDigest?: string | undefined },
  planDigest: string | undefined,
): boolean => planDigest !== undefined && result.planDigest === planDigest;

/** The state after `event`; an event that is already in the state changes nothing. */
export function reduceRun(before: RunState | undefined, event: RunEvent): RunState {
  const old = before === undefined || before.run !== event.run ? startOfRun(event) : before;
  if (event.sequence <= old.sequence) return old;
  return { ...apply(old, event), sequence: event.sequence };
}

/** When a run ends nothing of it works any more: what was cut off between two steps ends with it. */
function settled(state: RunState, outcome: Outcome, at: string): RunState {
  const status = outcome === 'cancelled' ? 'cancelled' : 'failed';
  return {
    ...state,
    stages: state.stages.map((one) => (one.status === 'working' ? { ...one, status, finishedAt: at } : one)),
    vms: state.vms.map((one) => (one.status === 'working' ? { ...one, status } : one)),
  };
}

function apply(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case 'run-started':
      return {
        ...state,
        site: event.site,
        ...(event.planDigest === undefined ? {} : { planDigest: event.planDigest }),
        stages: event.stages.map((stage) => ({ stage, status: 'waiting' })),
      };
    case 'stage-started':
      return updateStage(state, event.stage, (old) => ({ ...old, status: 'working', startedAt: event.at }));
    case 'stage-progress':
      return updateStage(state, event.stage, (old) => ({ ...old, item: event.item, amount: event.amount }));
    case 'stage-finished':
      return updateStage(state, event.stage, ({ item: _item, amount: _amount, ...old }) => ({
        ...old,
        status: event.outcome,
        finishedAt: event.at,
        ...withFailure(event.failure),
      }));
    case 'findings':
      // What was checked again counts anew.
      return {
        ...state,
        findings: [
          ...state.findings.filter(({ rule }) => event.findings.every((one) => one.rule !== rule)),
          ...event.findings,
        ],
      };
    case 'work-planned':
      return {
        ...state,
        drift: event.drift,
        vms: event.work.map((work) => ({
          ...work,
          finished: 0,
          status: work.operations === 0 ? 'done' : 'waiting',
        })),
      };
    case 'operation-started':
      return updateVm(state, event.vm, ({ amount: _amount, failure: _failure, busy: _busy, ...old }) => ({
        ...old,
        status: 'working',
        current: event.operation,
      }));
    case 'operation-progress':
      return updateVm(state, event.vm, (old) => ({ ...old, amount: event.amount }));
    case 'operation-waiting':
      return updateVm(state, event.vm, (old) => ({ ...old, busy: true }));
    case 'operation-finished':
      return updateVm(state, event.vm, ({ amount: _amount, current: _current, busy: _busy, ...old }) => {
        const finished = old.finished + (event.outcome === 'done' || event.outcome === 'by-hand' ? 1 : 0);
        const status: VmStatus =
          event.outcome === 'done' ? (finished >= old.operations ? 'done' : 'working') : event.outcome;
        return { ...old, finished, status, ...withFailure(event.failure) };
      });
    case 'image-verified':
      return { ...state, proven: [...state.proven, ...event.image.components] };
    case 'media-verified':
      return state;
    case 'files-written':
      return {
        ...state,
        files: [...state.files, ...event.files],
        ...(event.code === undefined ? {} : { confirmationCode: event.code }),
      };
    case 'run-finished':
      return {
        ...settled(state, event.outcome, event.at),
        outcome: event.outcome,
        finishedAt: event.at,
        ...withFailure(event.failure),
      };
  }
}

/**
 * Share of the work that is done, 0 to 1, each operation weighing the same and an import by its bytes. 0 while it is not
 * known what there is to do, 1 when there is nothing to do.
 */
export function deployShare(state: RunState): number {
  if (state.vms.length === 0) return 0;
  let total = 0;
  let done = 0;
  for (const vm of state.vms) {
    total += vm.operations;
    done += vm.finished;
    if (vm.amount?.total) done += Math.min(1, vm.amount.bytes / vm.amount.total);
  }
  return total === 0 ? 1 : Math.min(1, done / total);
}
