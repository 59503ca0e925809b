/** Stages of a run at the command line: progress on stderr, the result on stdout. For `deploy`, `run` and `demo`. */
import { resolve } from 'node:path';
import { type Failure, ok } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import type { Outcome, RunEvent, Stage, WaitReason } from '../../core/run/event.ts';
import type { RunState } from '../../core/run/state.ts';
import type { Services } from '../runner/services.ts';
import { deploymentFolder, type PlannedSite } from '../runner/site-input.ts';
import type { StageRow } from '../runner/stages/stage.ts';
import { startRun } from '../runner/start-run.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings, tell } from './context.ts';
import { openSite, type SiteOptions } from './open-site.ts';
import { createProgressView } from './progress.ts';

export interface RunOptions extends SiteOptions {
  /** Default: a folder beside the site file. */
  readonly out?: string;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** What the run waits for, with the outcome `waiting`. */
  readonly waitingFor?: WaitReason;
  readonly vms: { readonly total: number; readonly changed: number };
  readonly files: readonly string[];
  readonly confirmationCode?: string;
  /** ALE has answered, and each gateway had a recent handshake. */
  readonly tunnelConfirmed?: true;
  /** VMs that have refused the bootstrap key in this run. */
  readonly sealedVms?: readonly string[];
  /** Time of the seal, if the site is sealed. */
  readonly sealedAt?: string;
}

/** VMs as planned, of all VMs, when a run ends early. */
interface SoFar {
  readonly total: number;
  readonly done: number;
}

/** The failure of a run, if it was not shown yet. */
interface FailedRun {
  readonly ok: false;
  readonly failure: Failure;
  /** Findings of a blocked run. */
  readonly findings?: readonly Finding[];
  readonly soFar?: SoFar;
}

interface StagesInput {
  readonly stages: readonly Stage[];
  readonly out: string;
  /** The site's name, typed to seal it without a confirmed tunnel. */
  readonly typedSite?: string | undefined;
  /** Default: the product's stages. */
  readonly rows?: readonly StageRow[];
}

function resultOf(outcome: Outcome, state: RunState | undefined): RunResult {
  const { vms = [], files = [], waitingFor, confirmationCode, tunnelConfirmed, sealedVms, sealedAt } = state ?? {};
  return {
    outcome,
    ...(waitingFor === undefined ? {} : { waitingFor }),
    vms: { total: vms.length, changed: vms.filter(({ operations }) => operations > 0).length },
    files,
    ...(confirmationCode === undefined ? {} : { confirmationCode }),
    ...(tunnelConfirmed === undefined ? {} : { tunnelConfirmed }),
    ...(sealedVms === undefined ? {} : { sealedVms }),
    ...(sealedAt === undefined ? {} : { sealedAt }),
  };
}

/** Runs stages with progress on stderr. */
export async function runStages(
  context: CommandContext,
  services: Services,
  planned: PlannedSite,
  { stages, out, rows, typedSite }: StagesInput,
): Promise<{ readonly ok: true; readonly value: RunResult } | FailedRun> {
  const view = createProgressView(context.text, context.progress);
  const listeners: ((event: RunEvent) => void)[] = [
    view.onEvent,
    ...(context.log === undefined ? [] : [context.log.event]),
  ];
  const { signal } = context;
  const more = rows === undefined ? {} : { rows };
  const started = await startRun(services, { planned, stages, outDir: out, listeners, signal, typedSite, ...more });
  if (!started.ok) {
    view.end();
    return started;
  }
  const outcome = await started.value.finished;
  view.end();
  const state = started.value.stream.state();
  if (outcome.ok) return ok(resultOf(outcome.value, state));
  const { findings = [], vms = [] } = state ?? {};
  if (vms.some(({ finished }) => finished > 0)) {
    return { ...outcome, soFar: { total: vms.length, done: vms.filter(({ status }) => status === 'done').length } };
  }
  return outcome.failure.kind === 'preflight' ? { ...outcome, findings } : outcome;
}

/** Prints why a run failed, with its results so far or the blocking findings. Returns the exit code. */
export function reportRun(context: CommandContext, file: string, end: FailedRun): number {
  const { failure: reason, findings, soFar } = end;
  if (findings !== undefined) {
    if (!context.json) sayFindings(context.text, findings, { file });
    return report(context, reason, findingsDocument(context.text, findings));
  }
  if (soFar === undefined) return report(context, reason);
  const code = report(context, reason, { vms: soFar });
  if (!context.json) tell(`  ${context.text('cli.so-far', { ...soFar })}`);
  return code;
}

/** How far the takeover by ALE is, for `run`, `seal` and the demo. */
export function sayTakeover({ text }: CommandContext, { tunnelConfirmed, sealedVms = [], sealedAt }: RunResult): void {
  const good = paint('green', '✓');
  if (tunnelConfirmed === true) say(`${good} ${text('cli.tunnel-confirmed')}`);
  if (sealedAt === undefined) return;
  const words =
    sealedVms.length === 0
      ? text('cli.sealed-before', { on: sealedAt })
      : text('cli.sealed', { count: sealedVms.length });
  say(`${good} ${words}`);
}

function sayResult(context: CommandContext, result: RunResult): void {
  const { text } = context;
  const { outcome, waitingFor, vms, files, confirmationCode } = result;
  const good = paint('green', '✓');
  const nothing = outcome === 'nothing-to-do' || vms.changed === 0;
  if (vms.total > 0) {
    say(
      nothing
        ? `${good} ${text('cli.nothing-to-do', { total: vms.total })}`
        : `${good} ${text('cli.deployed', { changed: vms.changed, total: vms.total })}`,
    );
  }
  sayTakeover(context, result);
  for (const path of files) say(`  ${path}`);
  if (confirmationCode !== undefined) say(text('cli.code', { code: confirmationCode }));
  if (waitingFor !== undefined) say(`${paint('yellow', '…')} ${text(`deploy.waiting-for.${waitingFor}`)}`);
}

/** Runs stages for a site file and shows the result. Returns the exit code: 0 also for a run that waits. */
export async function runSite(
  context: CommandContext,
  file: string,
  { out, ...options }: RunOptions,
  how: Omit<StagesInput, 'out'>,
): Promise<number> {
  const opened = await openSite(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const folder = out === undefined ? deploymentFolder(planned) : resolve(out);
  const result = await runStages(context, services, planned, { ...how, out: folder });
  if (!result.ok) return reportRun(context, file, result);
  print(context, result.value, () => sayResult(context, result.value));
  return 0;
}
