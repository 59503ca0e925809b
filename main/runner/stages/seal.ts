/** Removes the installer's access from every VM, and this computer's secrets. */
import { sealSite } from '../seal-site.ts';
import { done, readMachines, type StageWork } from './stage.ts';

export const seal: StageWork = async (run) => {
  const { services, planned, emit, signal, facts, typedSite } = run;
  const sealed = await sealSite(services, planned, await readMachines(run), {
    typedSite,
    endpoints: await run.endpoints(),
    signal,
    onVm: (vm) => emit({ kind: 'vm-sealed', vm }),
  });
  if (!sealed.ok) return { failure: sealed.failure };
  const { at, secrets } = sealed.value;
  facts.sealedAt = at;
  emit({ kind: 'secrets-deleted', stage: 'seal', names: secrets });
  emit({ kind: 'site-sealed', sealedAt: at });
  return done;
};
