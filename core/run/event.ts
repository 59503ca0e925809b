/**
 * The events of a run. The journal keeps them; `state.ts` reduces them to the state that wizard and command line show.
 */
import type { OperationKind } from '../deploy/operation.ts';
import type { PhaseName } from '../deploy/phases.ts';
import type { Drift } from '../deploy/reconcile.ts';
import type { Failure } from '../base/errors.ts';
import type { ImageFacts, MediaFacts } from '../media/facts.ts';
import type { Finding } from '../base/findings.ts';

/**
 * In the order of a run. `images`: the rest of a large medium is read. `answer`: ALE's answer to the handover.
 * `health`: the check of the gateways, which confirms the tunnel. `delete-keys`: the private keys leave this computer.
 */
export const stages = [
  'check',
  'media',
  'preflight',
  'deploy',
  'images',
  'keys',
  'gateways',
  'handover',
  'answer',
  'health',
  'delete-keys',
  'seal',
  'summary',
] as const;
export type Stage = (typeof stages)[number];

export const outcomes = ['done', 'nothing-to-do', 'waiting', 'failed', 'blocked', 'cancelled'] as const;
/** `waiting`: the run succeeded so far and needs an action by a person or by ALE. The next run continues. */
export type Outcome = (typeof outcomes)[number];

/**
 * Reasons of a waiting run. `network`: this computer is not on the gateways' LAN. `tunnel`: ALE has answered, the
 * tunnel is not up.
 */
export const waitReasons = ['network', 'ale-answer', 'tunnel'] as const;
export type WaitReason = (typeof waitReasons)[number];

/** All operations so far are done. */
export const endedWell = (outcome: Outcome | undefined): boolean =>
  outcome === 'done' || outcome === 'nothing-to-do' || outcome === 'waiting';

export type OperationOutcome = 'done' | 'by-hand' | 'failed' | 'cancelled';

/** Bytes and bytes per second. `total` is missing while unknown. */
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
  /** Number of operations; 0 if everything is already as planned. */
  readonly operations: number;
}

export type RunEventBody =
  | {
      readonly kind: 'run-started';
      readonly site: string;
      /** Digest of the deployed plan; missing in journals of earlier versions. */
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
  /** `vm` is the name of the operation's target: a VM, or a data centre with the number of an endpoint. */
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
      /** `by-hand`: a person does it by the document of manual steps. */
      readonly outcome: OperationOutcome;
      readonly failure?: Failure;
    }
  /** An image is verified and may be deployed. Evidence for the journal. */
  | { readonly kind: 'image-verified'; readonly image: ImageFacts }
  /** The medium's signer and the hash of every image. Evidence for the journal. */
  | { readonly kind: 'media-verified'; readonly media: MediaFacts }
  /** ALE has answered, and each gateway had a recent handshake. */
  | { readonly kind: 'tunnel-confirmed' }
  /** The VM has refused the bootstrap key. */
  | { readonly kind: 'vm-sealed'; readonly vm: string }
  /** The installer has no access to any VM. ISO 8601 in UTC. */
  | { readonly kind: 'site-sealed'; readonly sealedAt: string }
  /** The receipt of secrets that were deleted from this computer. */
  | { readonly kind: 'secrets-deleted'; readonly stage: Stage; readonly names: readonly string[] }
  | { readonly kind: 'files-written'; readonly stage: Stage; readonly files: readonly string[]; readonly code?: string }
  | {
      readonly kind: 'run-finished';
      readonly outcome: Outcome;
      readonly waitingFor?: WaitReason;
      readonly failure?: Failure;
    };

/** An event of one run: `sequence` counts from 1 without gaps, `at` is ISO 8601 in UTC. */
export type RunEvent = RunEventBody & { readonly run: string; readonly sequence: number; readonly at: string };
