/** Makes the VMs of the plan on the endpoints. */
import { fail, failure } from '../../../core/base/errors.ts';
import { phaseFor, type Reconciliation } from '../../../core/deploy/reconcile.ts';
import type { PlannedWork } from '../../../core/run/event.ts';
import { keepDeployed } from '../../records/deployed-sites.ts';
import { lookAtEndpoints } from '../endpoints.ts';
import { reconcileSite } from '../inventory.ts';
import { runPhases } from '../phases.ts';
import type { PlannedSite } from '../site-input.ts';
import { endOf, type StageWork } from './stage.ts';

/** The work of every planned VM, also of those that wait for another run: they are not done. */
function plannedWork({ plan }: PlannedSite, { phases }: Reconciliation): PlannedWork[] {
  const operations = new Map(phases.flatMap(({ work }) => work.map((one) => [one.vm, one.operations.length])));
  return plan.vms.map(({ name, component }) => ({
    vm: name,
    component,
    phase: phaseFor(component),
    operations: operations.get(name) ?? 0,
  }));
}

export const deploy: StageWork = async (run) => {
  const { services, planned, facts, vms, emit, signal } = run;
  const medium = facts.medium?.medium;
  if (medium === undefined) return { failure: failure('input', 'deploy.media-missing') };
  const endpoints = await run.endpoints();
  const found = facts.endpoints ?? (await lookAtEndpoints(endpoints, signal));
  const unknown = vms?.find((name) => !planned.plan.vms.some((vm) => vm.name === name));
  if (unknown !== undefined) return { failure: failure('input', 'deploy.unknown-vm', { vm: unknown }) };
  const reconciled = reconcileSite(planned, found, medium.soFar().images);
  if (!reconciled.ok) return endOf(reconciled);
  const wanted = vms === undefined ? undefined : new Set(vms);
  const phases = reconciled.value.phases.map((phase) => ({
    ...phase,
    work: phase.work.filter(({ vm }) => wanted?.has(vm) ?? true),
  }));
  emit({ kind: 'work-planned', drift: reconciled.value.drift, work: plannedWork(planned, reconciled.value) });
  const noted = await keepDeployed(services.stateDir, planned, services.now());
  if (!noted.ok) return endOf(noted);
  if (phases.every(({ work }) => work.length === 0)) return { outcome: 'nothing-to-do' };
  return endOf(
    await runPhases({
      phases,
      endpointAt: ({ datacentre, endpoint }) => {
        const one = endpoints.find((open) => open.datacentre === datacentre && open.endpoint === endpoint);
        return one?.opened ?? fail(failure('input', 'deploy.not-vsphere', { vm: '', datacentre }));
      },
      images: new Map(medium.images.map((image) => [image.file, image])),
      emit,
      signal,
    }),
  );
};
