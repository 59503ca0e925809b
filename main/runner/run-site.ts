/** The whole way through for one site: a readable list of stages, each one a function over what came before. */
import { isMachineWork } from '../../core/deploy/operation.ts';
import { phaseFor } from '../../core/deploy/phases.ts';
import { machineWork } from '../../core/deploy/reconcile.ts';
import { cancelled, type Failure, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { MediaFacts, MediaReading } from '../../core/media/facts.ts';
import type { EndpointReading } from '../../core/platform/inventory.ts';
import { blockingCount, type Finding } from '../../core/base/findings.ts';
import { infrastructureRules } from '../../core/preflight/infrastructure-rules.ts';
import { applyRules } from '../../core/preflight/rule.ts';
import type { Outcome, RunState, Stage } from '../../core/run/event.ts';
import { ensureGatewayKeys } from '../adapters/wireguard/gateway-keys.ts';
import { keepDeployed } from '../records/deployed-sites.ts';
import {
  closeEndpoints,
  decisiveAmong,
  endpointAt,
  type OpenedEndpoint,
  openEndpoints,
  readEndpoints,
} from './endpoints.ts';
import type { Emit } from './events.ts';
import { createHandover } from './handover.ts';
import { gatherFacts, reconcileSite } from './inventory.ts';
import { readSiteMedium, seenMedia, type SiteMedium } from './media.ts';
import { afterTouching, runPhases } from './phases.ts';
import { writeManualSteps } from './plan-files.ts';
import { keepMedia } from '../records/records.ts';
import type { Services } from './services.ts';
import type { PlannedSite } from './site-input.ts';
import { createSummary } from './summary.ts';

export interface RunOptions {
  readonly planned: PlannedSite;
  readonly stages: readonly Stage[];
  /** For handover and summary. */
  readonly outDir: string;
  /** Only these VMs; default: all. */
  readonly vms?: readonly string[] | undefined;
  readonly emit: Emit;
  /** The run so far, with everything of it in the journal. */
  readonly state: () => Promise<RunState | undefined>;
  readonly signal: AbortSignal;
  /** A medium with more unread bytes is read while VMs are deployed. Default {@link readFirstBytes}. */
  readonly readFirst?: number | undefined;
}

/**
 * What is read within seconds is read first: a bad image is then found with nothing deployed yet. Beyond it each image
 * is deployed as soon as it is proven itself, while the next ones are read.
 */
const readFirstBytes = 2e9;

/** What stages leave for those after them. */
interface Progress {
  readonly planned: PlannedSite;
  readonly endpoints: readonly OpenedEndpoint[];
  /** Stops the reading of the medium. */
  readonly reader: AbortController;
  outcome: 'done' | 'nothing-to-do';
  medium?: SiteMedium;
  media?: MediaReading;
  facts?: readonly EndpointReading[];
}

type Ended = { readonly outcome: 'done' | 'nothing-to-do' } | { readonly failure: Failure };
/** How a stage ended, or the end to come of one that goes on beside the stages after it, up to the deployment. */
type StageResult = Ended | { readonly meanwhile: Promise<Ended> };
type StageWork = (services: Services, options: RunOptions, progress: Progress) => Promise<StageResult>;

const done: Ended = { outcome: 'done' };
const from = (result: Result<unknown>): Ended => (result.ok ? done : { failure: result.failure });

const media: StageWork = async (services, { emit, stages, readFirst = readFirstBytes }, progress) => {
  const { planned, reader } = progress;
  const medium = await readSiteMedium(services, planned, reader.signal, (files, amount) =>
    emit({ kind: 'stage-progress', stage: 'media', item: files.join(', '), amount }),
  );
  if (!medium.ok) return { failure: medium.failure };
  const { images, unreadBytes, soFar, finished } = medium.value;
  progress.medium = medium.value;
  progress.media = { facts: soFar() };
  for (const { proven } of images) {
    void proven.then((image) => image.ok && emit({ kind: 'image-verified', image: image.value }));
  }
  const end = async (): Promise<Ended> => {
    const verified = await finished;
    progress.media = seenMedia(verified);
    const keep = (found: MediaFacts) => keepMedia(services.stateDir, planned.site.site.name, found);
    if (!verified.ok) {
      // What was proven by now may be deployed: the summary has to say so.
      if (soFar().images.some(({ verifiedAt }) => verifiedAt !== undefined)) await keep(soFar());
      return { failure: verified.failure };
    }
    emit({ kind: 'media-verified', media: verified.value.facts });
    return from(await keep(verified.value.facts));
  };
  if (!stages.includes('deploy') || unreadBytes <= readFirst) return end();
  const meanwhile = end().then((ended) => {
    // Preflight may have left it open.
    const rows = infrastructureRules.filter(({ id }) => id === 'infrastructure.media');
    const { site, plan } = planned;
    const now = services.now().toISOString();
    const judged = { site, plan, facts: { now, ...(progress.media ? { media: progress.media } : {}) } };
    emit({ kind: 'findings', stage: 'media', findings: applyRules(rows, judged) });
    return ended;
  });
  return { meanwhile };
};

const preflight: StageWork = async (services, { emit, signal }, progress) => {
  const { site, plan } = progress.planned;
  const seen = await gatherFacts(services, progress.planned, progress.endpoints, signal);
  if (signal.aborted) return { failure: cancelled };
  progress.facts = seen.endpoints ?? [];
  const facts = { ...seen, ...(progress.media ? { media: progress.media } : {}) };
  const findings: Finding[] = applyRules(infrastructureRules, { site, plan, facts });
  emit({ kind: 'findings', stage: 'preflight', findings });
  const decisive = decisiveAmong(progress.facts);
  if (decisive) return { failure: decisive };
  const count = blockingCount(findings);
  return count === 0 ? done : { failure: failure('preflight', 'deploy.blocked', { count }) };
};

/** Operations by hand: the document of manual steps is written once, with the first of them. */
function byHand({ text, name, version, now }: Services, { outDir, emit }: RunOptions, { planned }: Progress) {
  let written: Promise<Result<string>> | undefined;
  const write = async (): Promise<Result<string>> => {
    const by = { tool: `${name} ${version}`, now: now().toISOString() };
    const path = await writeManualSteps(text, planned, outDir, by);
    if (path.ok) emit({ kind: 'files-written', stage: 'deploy', files: [path.value] });
    return path;
  };
  return async (): Promise<Result<void>> => {
    const path = await (written ??= write());
    return path.ok ? ok(undefined) : path;
  };
}

const deploy: StageWork = async (services, options, progress) => {
  const { stateDir, now } = services;
  const { emit, signal, vms } = options;
  const { medium } = progress;
  if (medium === undefined) return { failure: failure('input', 'deploy.media-missing') };
  const facts = progress.facts ?? (await readEndpoints(progress.endpoints, signal));
  const unknown = vms?.find((name) => !progress.planned.plan.vms.some((vm) => vm.name === name));
  if (unknown !== undefined) return { failure: failure('input', 'deploy.unknown-vm', { vm: unknown }) };
  const reconciled = reconcileSite(progress.planned, facts, medium.soFar().images);
  if (!reconciled.ok) return { failure: reconciled.failure };
  const wanted = vms === undefined ? undefined : new Set(vms);
  const phases = reconciled.value.phases.map((phase) => ({
    ...phase,
    work: phase.work.filter((one) => !isMachineWork(one) || (wanted?.has(one.target.machine) ?? true)),
  }));
  // Also of those that wait for another run: they are not done.
  const operations = new Map<string, number>(
    machineWork(reconciled.value).map(({ target, operations: all }) => [target.machine, all.length]),
  );
  emit({
    kind: 'work-planned',
    drift: reconciled.value.drift,
    work: progress.planned.plan.vms.map(({ name, component }) => ({
      vm: name,
      component,
      phase: phaseFor(component),
      operations: operations.get(name) ?? 0,
    })),
  });
  const noted = await keepDeployed(stateDir, progress.planned, now());
  if (!noted.ok) return { failure: noted.failure };
  if (!phases.some(({ work }) => work.some(isMachineWork))) return { outcome: 'nothing-to-do' };
  return from(
    await runPhases({
      phases,
      endpointAt: (place) =>
        endpointAt(progress.endpoints, place) ??
        fail(failure('input', 'deploy.no-endpoint', { vm: '', datacentre: place.datacentre })),
      executors: { hand: byHand(services, options, progress) },
      images: new Map(medium.images.map((image) => [image.file, image])),
      emit,
      signal,
    }),
  );
};

const keys: StageWork = async ({ secrets }, { signal }, { planned }) => {
  const gateways = planned.plan.vms.filter(({ component }) => component === 'edge-gw').map(({ name }) => name);
  return from(await ensureGatewayKeys(secrets, gateways, signal));
};

const handover: StageWork = async (services, { emit, outDir }, { planned }) => {
  const written = await createHandover(services, planned, outDir);
  if (!written.ok) return { failure: written.failure };
  const { bundlePath, textPath, confirmationCode: code } = written.value;
  emit({ kind: 'files-written', stage: 'handover', files: [bundlePath, textPath], code });
  return done;
};

const summary: StageWork = async (services, { emit, outDir, state, signal }, { planned, endpoints, outcome }) => {
  const run = await state();
  // The summary tells of a run that ends with it.
  const ending = run && { ...run, outcome, finishedAt: services.now().toISOString() };
  const written = await createSummary(services, planned, endpoints, {
    outDir,
    signal,
    ...(ending ? { run: ending } : {}),
  });
  if (!written.ok) return { failure: written.failure };
  emit({ kind: 'files-written', stage: 'summary', files: written.value });
  return done;
};

const works: Readonly<Record<Exclude<Stage, 'check'>, StageWork>> = {
  media,
  preflight,
  deploy,
  keys,
  handover,
  summary,
};

const outcomeOf = (reason: Failure): Outcome =>
  reason.kind === 'cancelled' ? 'cancelled' : reason.kind === 'preflight' ? 'blocked' : 'failed';

/** Runs the stages in order and stops at the first that does not come to a good end. Emits everything but `run-started`. */
export async function runSite(services: Services, options: RunOptions): Promise<Result<Outcome>> {
  const { signal, stages, planned } = options;
  let touched = false;
  const emit: Emit = (body) => {
    touched ||= body.kind === 'operation-started';
    options.emit(body);
  };
  const reader = new AbortController();
  const stopReading = (): void => reader.abort();
  signal.addEventListener('abort', stopReading, { once: true });
  if (signal.aborted) stopReading();
  /** The stage that goes on beside the others. */
  let beside: Promise<Failure | undefined> | undefined;
  const endStage = (stage: Stage, ended: Ended): Failure | undefined => {
    if (!('failure' in ended)) {
      emit({ kind: 'stage-finished', stage, outcome: ended.outcome });
      return undefined;
    }
    const reason = signal.aborted ? cancelled : touched ? afterTouching(ended.failure) : ended.failure;
    emit({ kind: 'stage-finished', stage, outcome: outcomeOf(reason), failure: reason });
    return reason;
  };
  const finish = async (reason: Failure): Promise<Result<Outcome>> => {
    stopReading();
    await beside;
    emit({ kind: 'run-finished', outcome: outcomeOf(reason), failure: reason });
    return fail(reason);
  };
  emit({ kind: 'stage-started', stage: 'check' });
  emit({ kind: 'findings', stage: 'check', findings: planned.findings });
  emit({ kind: 'stage-finished', stage: 'check', outcome: 'done' });
  const endpoints = await openEndpoints(services, planned.site);
  const progress: Progress = { planned, endpoints, reader, outcome: 'done' };
  try {
    for (const stage of stages) {
      if (stage === 'check') continue;
      if (signal.aborted) return await finish(cancelled);
      emit({ kind: 'stage-started', stage });
      const result = await works[stage](services, { ...options, emit }, progress);
      if ('meanwhile' in result) {
        beside = result.meanwhile.then((ended) => endStage(stage, ended));
        continue;
      }
      // What comes after the deployment needs the whole medium; after a failure nothing of it is needed.
      if ('failure' in result) stopReading();
      const refused = 'failure' in result || stage === 'deploy' ? await beside : undefined;
      const reason = endStage(stage, result) ?? (refused && afterTouching(refused));
      if (reason) return await finish(reason);
      if (stage === 'deploy' && 'outcome' in result) progress.outcome = result.outcome;
    }
    emit({ kind: 'run-finished', outcome: progress.outcome });
    return ok(progress.outcome);
  } finally {
    signal.removeEventListener('abort', stopReading);
    stopReading();
    await beside?.catch(() => undefined);
    await closeEndpoints(endpoints);
  }
}
