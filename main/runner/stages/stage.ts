/** What a stage of a run is given, and how it ends. */
import type { Failure, Result } from '../../../core/base/errors.ts';
import type { MediaReading } from '../../../core/media/facts.ts';
import type { EndpointReading } from '../../../core/platform/inventory.ts';
import type { Stage, WaitReason } from '../../../core/run/event.ts';
import type { RunState } from '../../../core/run/state.ts';
import type { OpenedEndpoint } from '../endpoints.ts';
import type { Emit } from '../events.ts';
import type { SiteMedium } from '../media.ts';
import type { Services } from '../services.ts';
import type { PlannedSite } from '../site-input.ts';

/** The medium of a run, from its stage on. */
export interface RunMedium {
  readonly medium: SiteMedium;
  /** What is known of the medium now. */
  readonly seen: () => MediaReading;
  /** Settles when nothing is read any more and the evidence is kept. */
  readonly whole: Promise<Result<void>>;
}

/** What a run has found and done so far, for the stages after it. */
export interface RunFacts {
  medium?: RunMedium;
  endpoints?: readonly EndpointReading[];
}

/** How a run ends if nothing else happens. */
export type GoodEnd =
  | { readonly outcome: 'done' | 'nothing-to-do' }
  | { readonly outcome: 'waiting'; readonly waitingFor: WaitReason };

export interface StageRun {
  readonly services: Services;
  readonly planned: PlannedSite;
  /** Opens them at the first call; the run closes them. */
  readonly endpoints: () => Promise<readonly OpenedEndpoint[]>;
  /** For handover and summary. */
  readonly outDir: string;
  /** Only these VMs; default: all. */
  readonly vms?: readonly string[] | undefined;
  /** A medium with more unread bytes is read while VMs are deployed. */
  readonly readFirst: number;
  /** Whether this run has the stage, now or later. */
  readonly has: (stage: Stage) => boolean;
  readonly facts: RunFacts;
  /** The end of the run as it is by now. */
  readonly end: () => GoodEnd;
  /** The run so far, with everything of it in the journal. */
  readonly state: () => Promise<RunState | undefined>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Aborts also when a stage has failed: for work that goes on beside the stages. */
  readonly besideSignal: AbortSignal;
  /** The run does not end before `work` has settled. */
  readonly goesOn: (work: Promise<unknown>) => void;
}

export type StageEnd = GoodEnd | { readonly failure: Failure };

export type StageWork = (run: StageRun) => Promise<StageEnd>;

export interface StageRow {
  readonly stage: Stage;
  readonly work: StageWork;
  /** Also when a stage before it waits for somebody. */
  readonly whileWaiting?: true;
}

export const done: StageEnd = { outcome: 'done' };

export const endOf = (result: Result<unknown>): StageEnd => (result.ok ? done : { failure: result.failure });
