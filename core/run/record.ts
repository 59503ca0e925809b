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

/** One operation as the journal has it. Times are ISO 8601 in UTC. */
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
  /** Digest of the plan that was handed over; missing in records of earlier versions. */
  readonly planDigest?: string;
  readonly createdAt: string;
  readonly bundleFile: string;
  readonly sha256: string;
  readonly confirmationCode: string;
  readonly recipients: readonly string[];
  readonly gateways: readonly { readonly vm: string; readonly publicKey: string; readonly endpoint: string }[];
}

export interface RunRecord {
  readonly tool: { readonly name: string; readonly version: string };
  /** When this record was put together. */
  readonly now: string;
  readonly site: Site;
  readonly siteFile: { readonly path: string; readonly sha256: string };
  readonly plan: Plan;
  readonly planDigest: string;
  /** The newest run of this site on this computer, if it deployed this plan. */
  readonly run?: RunState;
  /** Runs before it and runs of other plans: a failure stays on record. */
  readonly earlierRuns: readonly RunState[];
  readonly operations: readonly OperationRecord[];
  /** Read back when the record was made. */
  readonly endpoints: readonly EndpointReading[];
  /** Plan against that inventory; missing when no endpoint could be read. */
  readonly reconciliation?: Reconciliation;
  readonly media?: MediaFacts;
  readonly findings: readonly Finding[];
  /** The newest handover, if it is about this plan. */
  readonly handover?: HandoverRecord;
}
