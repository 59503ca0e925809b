/** Makes the VMs of the plan on the endpoints, and writes the steps for VMs that are made by hand. */
import { fail, failure, ok, type Result } from '../../../core/base/errors.ts';
import { isMachineWork } from '../../../core/deploy/operation.ts';
import { type Phase, phaseFor } from '../../../core/deploy/phases.ts';
import { machineWork, type Reconciliation } from '../../../core/deploy/reconcile.ts';
import type { PlannedWork } from '../../../core/run/event.ts';
import { keepDeployed } from '../../records/deployed-sites.ts';
import { endpointAt, readEndpoints } from '../endpoints.ts';
import { reconcileWithKey } from '../bootstrap-key.ts';
import { reconcileSite } from '../inventory.ts';
import { runPhases } from '../phases.ts';
import { writeManualSteps } from '../plan-files.ts';
import type { PlannedSite } from '../site-input.ts';
import { endOf, readMachines, type StageEnd, type StageRun, type StageWork } from './stage.ts';

/** The work of every planned VM. VMs that wait for another run are included: they are not done. */
function plannedWork({ plan }: PlannedSite, reconciliation: Reconciliation): PlannedWork[] {
  const operations = new Map<string, number>(
    machineWork(reconciliation).map(({ target, operations: all }) => [target.machine, all.length]),
  );
  return plan.vms.map(({ name, component }) => ({
    vm: name,
    component,
    phase: phaseFor(component),
    operations: operations.get(name) ?? 0,
  }));
}

/** Handles manual operations: writes the document of manual steps once, at the first operation. */
function byHand({ services, planned, outDir, emit }: StageRun): () => Promise<Result<void>> {
  let written: Promise<Result<string>> | undefined;
  const write = async (): Promise<Result<string>> => {
    const { text, name, version, now } = services;
    const by = { tool: `${name} ${version}`, now: now().toISOString() };
    const path = await writeManualSteps(text, planned, outDir, by);
    if (path.ok) emit({ kind: 'files-written', stage: 'deploy', files: [path.value] });
    return path;
  };
  return async () => {
    const path = await (written ??= write());
    return path.ok ? ok(undefined) : path;
  };
}

/** A sealed site is run by ALE: nothing is changed, and a new VM could not be sealed. */
function sealedEnd({ site }: PlannedSite, phases: readonly Phase[], on: string): StageEnd {
  const isChanged = phases.some(({ work }) =>
    work.some(({ operations }) => operations.some(({ kind }) => kind !== 'mark')),
  );
  return isChanged
    ? { failure: failure('input', 'gateway.sealed', { site: site.site.name, on }) }
    : { outcome: 'nothing-to-do' };
}

export const deploy: StageWork = async (run) => {
  const { services, planned, facts, vms, emit, signal } = run;
  const medium = facts.medium?.medium;
  if (medium === undefined) return { failure: failure('input', 'deploy.media-missing') };
  const endpoints = await run.endpoints();
  const readings = facts.endpoints ?? (await readEndpoints(endpoints, signal));
  await readMachines(run, readings);
  if (facts.sealedAt !== undefined) emit({ kind: 'site-sealed', sealedAt: facts.sealedAt });
  const unknown = vms?.find((name) => !planned.plan.vms.some((vm) => vm.name === name));
  if (unknown !== undefined) return { failure: failure('input', 'deploy.unknown-vm', { vm: unknown }) };
  const { images } = medium.soFar();
  const reconciled =
    facts.sealedAt === undefined
      ? await reconcileWithKey(services, planned, readings, images, vms)
      : await reconcileSite(services, planned, readings, images);
  if (!reconciled.ok) return endOf(reconciled);
  const wanted = vms === undefined ? undefined : new Set(vms);
  const phases = reconciled.value.phases.map((phase) => ({
    ...phase,
    work: phase.work.filter((one) => !isMachineWork(one) || (wanted?.has(one.target.machine) ?? true)),
  }));
  emit({ kind: 'work-planned', drift: reconciled.value.drift, work: plannedWork(planned, reconciled.value) });
  if (facts.sealedAt !== undefined) return sealedEnd(planned, phases, facts.sealedAt);
  const noted = await keepDeployed(services.stateDir, planned, services.now());
  if (!noted.ok) return endOf(noted);
  if (!phases.some(({ work }) => work.some(isMachineWork))) return { outcome: 'nothing-to-do' };
  return endOf(
    await runPhases({
      phases,
      endpointAt: (place) =>
        endpointAt(endpoints, place) ??
        fail(failure('input', 'deploy.no-endpoint', { vm: '', datacentre: place.datacentre })),
      executors: { hand: byHand(run) },
      images: new Map(medium.images.map((image) => [image.file, image])),
      emit,
      signal,
    }),
  );
};
