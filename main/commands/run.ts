/** Commands over a site and its infrastructure: preflight, deploy, status, handover, summary, run. */
import { resolve } from 'node:path';
import { exitCodes, type Failure, ok, type Result } from '../../core/base/errors.ts';
import type { Drift } from '../../core/deploy/reconcile.ts';
import { compareInventory } from '../../core/deploy/comparison.ts';
import { blockingCount, type Finding } from '../../core/base/findings.ts';
import { infrastructureRules } from '../../core/preflight/infrastructure-rules.ts';
import { probeFindings } from '../../core/preflight/mail-probe-rules.ts';
import { applyRules } from '../../core/preflight/rule.ts';
import type { Outcome, RunEvent, Stage } from '../../core/run/event.ts';
import { allInventories, decisiveAmong, readEndpoints, withEndpoints } from '../runner/endpoints.ts';
import { createHandover } from '../runner/handover.ts';
import { gatherFacts } from '../runner/inventory.ts';
import { seenMedia, verifySiteMedium } from '../runner/media.ts';
import { keepMedia } from '../records/records.ts';
import type { Services } from '../runner/services.ts';
import { deploymentFolder, type PlannedSite, readPlannedSite, readSiteText } from '../runner/site-input.ts';
import { startRun } from '../runner/start-run.ts';
import { proveWorkFolders } from '../records/work-folders.ts';
import { createSummary } from '../runner/summary.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { amountLine } from './amount-line.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings, tell } from './context.ts';
import { createProgressView } from './progress.ts';

export interface SiteOptions {
  readonly trust: readonly string[];
  readonly stateDir?: string;
}

export interface Opened {
  readonly services: Services;
  readonly planned: PlannedSite;
}

/** Services with folders that take files, and the planned site, with the site's own findings shown where it cannot be planned. */
export async function open(context: CommandContext, file: string, options: SiteOptions): Promise<Result<Opened>> {
  const planned = await readPlannedSite(file);
  if (!planned.ok) {
    const read = await readSiteText(file);
    if (read.ok && !context.json) sayFindings(context.text, checkSite(read.value.text).findings, { file });
    return planned;
  }
  const services = await context.services(options);
  if (!services.ok) return services;
  const proven = await proveWorkFolders(services.value.stateDir);
  return proven.ok ? ok({ services: services.value, planned: planned.value }) : proven;
}

export async function preflight(
  context: CommandContext,
  file: string,
  options: SiteOptions & { readonly probe?: boolean },
): Promise<number> {
  const opened = await open(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const line = amountLine(context);
  const medium = await verifySiteMedium(services, planned, context.signal, line.showFiles);
  line.end();
  // What cannot be trusted has an exit code of its own, and nothing after it would mean anything.
  if (!medium.ok && (medium.failure.kind === 'trust' || medium.failure.kind === 'cancelled')) {
    return report(context, medium.failure);
  }
  if (medium.ok) {
    const kept = await keepMedia(services.stateDir, planned.site.site.name, medium.value.facts);
    if (!kept.ok) return report(context, kept.failure);
  }
  const seen = await withEndpoints(services, planned.site, (endpoints) =>
    gatherFacts(services, planned, endpoints, context.signal),
  );
  const facts = { ...seen, media: seenMedia(medium) };
  const decisive = decisiveAmong(facts.endpoints);
  const { site, plan } = planned;
  const findings = [...planned.findings, ...applyRules(infrastructureRules, { site, plan, facts })];
  if (options.probe === true) {
    // Only when asked for: it talks to hosts beyond the vSphere endpoints.
    const { probeSite } = await import('./probe-site.ts');
    const probed = await probeSite(site, { signal: context.signal });
    if (!probed.ok) return report(context, probed.failure);
    findings.push(...probeFindings(site, probed.value));
  }
  const blocking = blockingCount(findings);
  print(context, findingsDocument(context.text, findings), () => {
    sayFindings(context.text, findings, { file, all: true });
    say(
      blocking === 0
        ? `${paint('green', '✓')} ${context.text('cli.preflight-good')}`
        : `${paint('red', '✗')} ${context.text('cli.preflight-bad', { blocking })}`,
    );
  });
  if (context.signal.aborted) return exitCodes.cancelled;
  if (decisive !== undefined) return exitCodes[decisive.kind];
  return blocking === 0 ? 0 : exitCodes.preflight;
}

export interface RunCommandOptions extends SiteOptions {
  readonly out?: string;
  readonly stages: readonly Stage[];
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly vms: { readonly total: number; readonly changed: number };
  readonly files: readonly string[];
  readonly confirmationCode?: string;
}

/** VMs that are as planned when a run ends early, of all. */
interface SoFar {
  readonly total: number;
  readonly done: number;
}

/** Shows why a run ended, and what it had done by then. Gives the exit code. */
export function reportRun(context: CommandContext, reason: Failure, soFar: SoFar | undefined): number {
  if (soFar === undefined) return report(context, reason);
  const code = report(context, reason, { vms: soFar });
  if (!context.json) tell(`  ${context.text('cli.so-far', { ...soFar })}`);
  return code;
}

/** Runs stages with progress on stderr. The value says what came of it; a failure was not yet shown. */
export async function runStages(
  context: CommandContext,
  services: Services,
  file: string,
  { stages, out }: { readonly stages: readonly Stage[]; readonly out: string },
): Promise<Result<RunResult> & { readonly findings?: readonly Finding[]; readonly soFar?: SoFar }> {
  const view = createProgressView(context.text, context.progress);
  const listeners: ((event: RunEvent) => void)[] = [
    view.onEvent,
    ...(context.log === undefined ? [] : [context.log.event]),
  ];
  const started = await startRun(services, { siteFile: file, stages, outDir: out, listeners, signal: context.signal });
  if (!started.ok) {
    view.end();
    return started;
  }
  const outcome = await started.value.finished;
  view.end();
  if (!outcome.ok) {
    const { findings = [], vms = [] } = started.value.stream.state() ?? {};
    if (vms.some(({ finished }) => finished > 0)) {
      return { ...outcome, soFar: { total: vms.length, done: vms.filter(({ status }) => status === 'done').length } };
    }
    const blocked = outcome.failure.kind === 'preflight';
    if (blocked && !context.json) sayFindings(context.text, findings, { file });
    return blocked ? { ...outcome, findings } : outcome;
  }
  const state = started.value.stream.state();
  return ok({
    outcome: outcome.value,
    vms: {
      total: state?.vms.length ?? 0,
      changed: state?.vms.filter(({ operations }) => operations > 0).length ?? 0,
    },
    files: state?.files ?? [],
    ...(state?.confirmationCode === undefined ? {} : { confirmationCode: state.confirmationCode }),
  });
}

/** `deploy` and `run`: the same stages, some or all of them. */
export async function runCommand(context: CommandContext, file: string, options: RunCommandOptions): Promise<number> {
  const opened = await open(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const out = options.out === undefined ? deploymentFolder(planned) : resolve(options.out);
  const result = await runStages(context, services, file, { stages: options.stages, out });
  if (!result.ok) {
    // Which checks block is part of the answer.
    if (result.findings === undefined) return reportRun(context, result.failure, result.soFar);
    return report(context, result.failure, findingsDocument(context.text, result.findings));
  }
  print(context, result.value, () => sayResult(context, result.value));
  return 0;
}

export function sayResult({ text }: CommandContext, { outcome, vms, files, confirmationCode }: RunResult): void {
  const ok = paint('green', '✓');
  say(
    outcome === 'nothing-to-do'
      ? `${ok} ${text('cli.nothing-to-do', { total: vms.total })}`
      : `${ok} ${text('cli.deployed', { changed: vms.changed, total: vms.total })}`,
  );
  for (const path of files) say(`  ${path}`);
  if (confirmationCode !== undefined) say(text('cli.code', { code: confirmationCode }));
}

/** Plan against inventory: exit code 0 also where something is missing, since nothing failed. */
export async function status(context: CommandContext, file: string, options: SiteOptions): Promise<number> {
  const opened = await open(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const readings = await withEndpoints(services, planned.site, (endpoints) => readEndpoints(endpoints, context.signal));
  const inventories = allInventories(readings);
  if (!inventories.ok) return report(context, inventories.failure);
  const { vms, unplanned } = compareInventory(planned.plan, planned.site.datacentres, inventories.value);
  const done = vms.filter((vm) => vm.status === 'as-planned').map((vm) => vm.planned.name);
  const missing = vms
    .filter((vm) => vm.status !== 'as-planned' && vm.status !== 'differs')
    .map((vm) => ({ vm: vm.planned.name, status: vm.status }));
  const drift: Drift[] = [
    ...vms.flatMap((vm) =>
      vm.differences.map(({ what, planned: wanted, found }) => ({ vm: vm.planned.name, what, planned: wanted, found })),
    ),
    ...unplanned.map(({ vm: { name } }) => ({ vm: name, what: 'unplanned-vm' as const, planned: '', found: name })),
  ];
  print(context, { done, missing, drift }, () => {
    for (const vm of done) say(`${paint('green', '✓')} ${vm}`);
    for (const one of missing)
      say(`${paint('yellow', '…')} ${one.vm}  ${context.text(`summary.vm-status.${one.status}`)}`);
    for (const { vm, what, planned: wanted, found } of drift) {
      say(`${paint('yellow', '!')} ${context.text(`deploy.drift.${what}`, { vm, planned: wanted, found })}`);
    }
    say(context.text('cli.status', { done: done.length, missing: missing.length, drift: drift.length }));
  });
  return 0;
}

export async function handoverCreate(
  context: CommandContext,
  file: string,
  options: SiteOptions & { readonly out: string },
): Promise<number> {
  const opened = await open(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const line = amountLine(context);
  const medium = await verifySiteMedium(services, planned, context.signal, line.showFiles);
  line.end();
  if (!medium.ok) return report(context, medium.failure);
  const kept = await keepMedia(services.stateDir, planned.site.site.name, medium.value.facts);
  if (!kept.ok) return report(context, kept.failure);
  const written = await createHandover(services, planned, resolve(options.out));
  if (!written.ok) return report(context, written.failure);
  const { bundlePath, textPath, sha256, confirmationCode, recipients } = written.value;
  print(context, { bundlePath, textPath, sha256, confirmationCode, recipients }, () => {
    say(`${paint('green', '✓')} ${bundlePath}`);
    say(`  ${textPath}`);
    say(context.text('cli.code', { code: confirmationCode }));
  });
  return 0;
}

export async function summary(
  context: CommandContext,
  file: string,
  options: SiteOptions & { readonly out: string },
): Promise<number> {
  const opened = await open(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const files = await withEndpoints(services, planned.site, (endpoints) =>
    createSummary(services, planned, endpoints, { outDir: resolve(options.out), signal: context.signal }),
  );
  if (!files.ok) return report(context, files.failure);
  print(context, { files: files.value }, () => {
    for (const path of files.value) say(`${paint('green', '✓')} ${path}`);
  });
  return 0;
}
