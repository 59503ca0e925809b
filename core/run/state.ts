/** Reduces the events of a run to its state. A reloaded window requests the state and then the events after it. */
import type { Failure } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { OperationKind } from '../deploy/operation.ts';
import type { PhaseName } from '../deploy/phases.ts';
import type { Drift } from '../deploy/reconcile.ts';
import type { Amount, Outcome, RunEvent, Stage, WaitReason } from './event.ts';

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
  readonly status: 'not-started' | 'working' | Outcome;
  /** Only with the status `waiting`. */
  readonly waitingFor?: WaitReason;
  readonly item?: string;
  readonly amount?: Amount;
  readonly failure?: Failure;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface RunState {
  readonly run: string;
  readonly site: string;
  /** Digest of the deployed plan; missing in journals of earlier versions. */
  readonly planDigest?: string;
  /** Sequence of the last event in this state. */
  readonly sequence: number;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly outcome?: Outcome;
  /** Only with the outcome `waiting`. */
  readonly waitingFor?: WaitReason;
  readonly failure?: Failure;
  readonly stages: readonly StageState[];
  readonly vms: readonly VmState[];
  readonly drift: readonly Drift[];
  readonly findings: readonly Finding[];
  /** Components with a proven image. */
  readonly proven: readonly string[];
  readonly files: readonly string[];
  /** Confirmation code of the written handover bundle. */
  readonly confirmationCode?: string;
  /** ALE has answered, and each gateway had a recent handshake. */
  readonly tunnelConfirmed?: true;
  /** VMs that have refused the bootstrap key in this run. */
  readonly sealedVms?: readonly string[];
  /** Time of the seal, ISO 8601 in UTC, if the site is sealed. */
  readonly sealedAt?: string;
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

const withWait = (waitingFor: WaitReason | undefined): { waitingFor?: WaitReason } =>
  waitingFor === undefined ? {} : { waitingFor };

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

/** Whether the run deployed this plan. A run without a digest belongs to no plan. */
export const isOfPlan = (
  result: { readonly planDigest?: string | undefined },
  planDigest: string | undefined,
): boolean => planDigest !== undefined && result.planDigest === planDigest;

/** The state after `event`. An event that the state contains already changes nothing. */
export function reduceRun(before: RunState | undefined, event: RunEvent): RunState {
  const old = before === undefined || before.run !== event.run ? startOfRun(event) : before;
  if (event.sequence <= old.sequence) return old;
  return { ...apply(old, event), sequence: event.sequence };
}

/** After a run no stage or VM stays `working`: unfinished ones become failed or cancelled. */
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
        stages: event.stages.map((stage) => ({ stage, status: 'not-started' })),
      };
    case 'stage-started':
      return updateStage(state, event.stage, (old) => ({
        ...old,
        status: 'working',
        startedAt: old.startedAt ?? event.at,
      }));
    case 'stage-progress':
      // The images of a large medium are read before their stage begins.
      return updateStage(state, event.stage, (old) => ({
        ...old,
        ...(old.status === 'not-started' ? { status: 'working', startedAt: event.at } : {}),
        item: event.item,
        amount: event.amount,
      }));
    case 'stage-finished':
      return updateStage(state, event.stage, ({ item: _item, amount: _amount, ...old }) => ({
        ...old,
        status: event.outcome,
        finishedAt: event.at,
        ...withWait(event.waitingFor),
        ...withFailure(event.failure),
      }));
    case 'findings':
      // A repeated check replaces its earlier result.
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
    case 'secrets-deleted':
      return state;
    case 'tunnel-confirmed':
      return { ...state, tunnelConfirmed: true };
    case 'vm-sealed':
      return { ...state, sealedVms: [...(state.sealedVms ?? []), event.vm] };
    case 'site-sealed':
      return { ...state, sealedAt: event.sealedAt };
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
        ...withWait(event.waitingFor),
        ...withFailure(event.failure),
      };
  }
}

/**
 * Progress of the run, 0 to 1. Operations have equal weight; an import counts by its bytes. 0 while the operations are
 * unknown, 1 if there are none.
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
