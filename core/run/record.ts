/** The record of a site for summary and handover: plan, runs and inventory. */
import type { OperationKind } from '../deploy/operation.ts';
import type { Reconciliation } from '../deploy/reconcile.ts';
import type { Failure } from '../base/errors.ts';
import type { MediaFacts } from '../media/facts.ts';
import type { EndpointReading } from '../platform/inventory.ts';
import type { Finding } from '../base/findings.ts';
import type { Plan } from '../plan/model.ts';
import type { OperationOutcome } from './event.ts';
import type { RunState } from './state.ts';
import type { Site } from '../site/schema.ts';

/** An operation of the journal. Times are ISO 8601 in UTC. */
export interface OperationRecord {
  readonly run: string;
  readonly vm: string;
  readonly operation: OperationKind;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly outcome?: OperationOutcome;
  readonly failure?: Failure;
}

export interface HandoverRecord {
  /** Digest of the handed-over plan; missing in records of earlier versions. */
  readonly planDigest?: string;
  readonly createdAt: string;
  readonly bundleFile: string;
  readonly sha256: string;
  readonly confirmationCode: string;
  readonly recipients: readonly string[];
  readonly gateways: readonly { readonly vm: string; readonly publicKey: string; readonly endpoint: string }[];
}

/** How far ALE has taken over the site. Times are ISO 8601 in UTC. */
export interface TakeoverRecord {
  /** ALE's answer to the handover was accepted. */
  readonly answeredAt?: string | undefined;
  /** Each gateway had a recent handshake after that. */
  readonly confirmedAt?: string | undefined;
  readonly keysDeletedAt?: string | undefined;
  readonly sealedAt?: string | undefined;
  /** VMs that have refused the bootstrap key. */
  readonly sealedVms: number;
}

export interface RunRecord {
  readonly tool: { readonly name: string; readonly version: string };
  /** Time at which this record was made. */
  readonly now: string;
  readonly site: Site;
  readonly siteFile: { readonly path: string; readonly sha256: string };
  readonly plan: Plan;
  readonly planDigest: string;
  /** The newest run of this site on this computer, if it deployed this plan. */
  readonly run?: RunState;
  /** Earlier runs and runs of other plans, so that a failure stays on record. */
  readonly earlierRuns: readonly RunState[];
  readonly operations: readonly OperationRecord[];
  /** Read back at the time of the record. */
  readonly endpoints: readonly EndpointReading[];
  /** Comparison of plan and inventory; missing if no endpoint could be read. */
  readonly reconciliation?: Reconciliation;
  readonly media?: MediaFacts;
  readonly findings: readonly Finding[];
  /** The newest handover, if it has this plan. */
  readonly handover?: HandoverRecord;
  readonly takeover?: TakeoverRecord;
}
