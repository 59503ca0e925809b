/** The events of a run. The journal keeps them; `state.ts` adds them up to what the wizard and the command line show. */
import type { OperationKind } from '../deploy/operation.ts';
import type { PhaseName } from '../deploy/phases.ts';
import type { Drift } from '../deploy/reconcile.ts';
import type { Failure } from '../base/errors.ts';
import type { ImageFacts, MediaFacts } from '../media/facts.ts';
import type { Finding } from '../base/findings.ts';

/** In the order in which a run goes through them. `images`: the rest of a large medium is read. */
export const stages = ['check', 'media', 'preflight', 'deploy', 'images', 'keys', 'handover', 'summary'] as const;
export type Stage = (typeof stages)[number];

export const outcomes = ['done', 'nothing-to-do', 'waiting', 'failed', 'blocked', 'cancelled'] as const;
/** `waiting`: the run went well as far as it can go, and somebody else has to act. The next run goes on. */
export type Outcome = (typeof outcomes)[number];

/** What a run can wait for. */
export const waitReasons = ['ale-answer'] as const;
export type WaitReason = (typeof waitReasons)[number];

/** What was to be done up to now is done. */
export const endedWell = (outcome: Outcome | undefined): boolean =>
  outcome === 'done' || outcome === 'nothing-to-do' || outcome === 'waiting';

export type OperationOutcome = 'done' | 'by-hand' | 'failed' | 'cancelled';

/** Bytes and bytes per second. `total` is missing while it is not known. */
export interface Amount {
  readonly bytes: number;
  readonly total?: number;
  readonly bytesPerSecond?: number;
}

/** Remaining time in ms at this rate; undefined if unknown. */
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
  | {
      readonly kind: 'stage-finished';
      readonly stage: Stage;
      readonly outcome: Outcome;
      readonly waitingFor?: WaitReason;
      readonly failure?: Failure;
    }
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
  /** The host is busy with the VM (the lease of an interrupted import). The operation waits and tries again. */
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
  /** An image is verified and may be deployed. Evidence for the journal. */
  | { readonly kind: 'image-verified'; readonly image: ImageFacts }
  /** Who signed the medium, and the hash of every image: evidence for the journal. */
  | { readonly kind: 'media-verified'; readonly media: MediaFacts }
  | { readonly kind: 'files-written'; readonly stage: Stage; readonly files: readonly string[]; readonly code?: string }
  | {
      readonly kind: 'run-finished';
      readonly outcome: Outcome;
      readonly waitingFor?: WaitReason;
      readonly failure?: Failure;
    };

/** An event of one run: `sequence` counts from 1 without gaps, `at` is ISO 8601 in UTC. */
export type RunEvent = RunEventBody & { readonly run: string; readonly sequence: number; readonly at: string };
