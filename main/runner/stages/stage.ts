/** The input and the result of a stage. */
import type { Failure, Result } from '../../../core/base/errors.ts';
import type { MediaReading } from '../../../core/media/facts.ts';
import type { EndpointReading } from '../../../core/platform/inventory.ts';
import type { Stage, WaitReason } from '../../../core/run/event.ts';
import type { RunState } from '../../../core/run/state.ts';
import { type OpenedEndpoint, readEndpoints } from '../endpoints.ts';
import type { Emit } from '../events.ts';
import type { SiteMedium } from '../media.ts';
import type { Services } from '../services.ts';
import type { PlannedSite } from '../site-input.ts';
import { sealedOn, type SiteMachines, siteMachines } from '../site-machines.ts';

/** The medium of a run, available after the stage `media`. */
export interface RunMedium {
  readonly medium: SiteMedium;
  /** The current facts of the medium. */
  readonly seen: () => MediaReading;
  /** Settles when all reading has ended and the evidence is saved. */
  readonly whole: Promise<Result<void>>;
}

/** Results of a run so far, for later stages. */
export interface RunResults {
  medium?: RunMedium;
  endpoints?: readonly EndpointReading[];
  /** When the site was sealed; set as soon as its machines were read. */
  sealedAt?: string;
}

/** The outcome of a run unless a later stage changes it. */
export type GoodEnd =
  | { readonly outcome: 'done' | 'nothing-to-do' }
  | { readonly outcome: 'waiting'; readonly waitingFor: WaitReason };

export interface StageRun {
  readonly services: Services;
  readonly planned: PlannedSite;
  /** Opens the endpoints at the first call; the run closes them. */
  readonly endpoints: () => Promise<readonly OpenedEndpoint[]>;
  /** Folder for handover and summary. */
  readonly outDir: string;
  /** Only these VMs; default: all. */
  readonly vms?: readonly string[] | undefined;
  /** The site's name, typed to seal it without a confirmed tunnel. */
  readonly typedSite?: string | undefined;
  /** A medium with more unread bytes is read while VMs are deployed. */
  readonly readFirst: number;
  /** Whether this run includes the stage. */
  readonly has: (stage: Stage) => boolean;
  readonly facts: RunResults;
  /** The current outcome of the run. */
  readonly end: () => GoodEnd;
  /** The run so far; all its events are in the journal. */
  readonly state: () => Promise<RunState | undefined>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Also aborts when a stage fails: for work in the background. */
  readonly besideSignal: AbortSignal;
  /** Registers background work: the run ends only after `work` has settled. */
  readonly goesOn: (work: Promise<unknown>) => void;
}

export type StageEnd = GoodEnd | { readonly failure: Failure };

export type StageWork = (run: StageRun) => Promise<StageEnd>;

export interface StageRow {
  readonly stage: Stage;
  readonly work: StageWork;
  /** Also runs after a stage that waits for a person. */
  readonly whileWaiting?: true;
}

export const done: StageEnd = { outcome: 'done' };

export const endOf = (result: Result<unknown>): StageEnd => (result.ok ? done : { failure: result.failure });

/** The machines of the site now. `readings`: of every endpoint, if they were read just before. */
export async function readMachines(run: StageRun, readings?: readonly EndpointReading[]): Promise<SiteMachines> {
  const { services, planned, facts, signal } = run;
  const machines = await siteMachines(
    services,
    planned,
    readings ?? (await readEndpoints(await run.endpoints(), signal)),
  );
  const sealed = sealedOn(machines, planned.plan);
  if (sealed !== undefined) facts.sealedAt = sealed;
  return machines;
}
