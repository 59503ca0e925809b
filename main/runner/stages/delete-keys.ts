/**
 * Deletes the secrets of the handover from this computer, once ALE has confirmed the tunnel. The journal has the
 * receipt.
 */
import { deleteHandoverSecrets } from '../site-secrets.ts';
import { isHandedOver, noteMachines } from '../site-machines.ts';
import { done, readMachines, type StageWork } from './stage.ts';

export const deleteKeys: StageWork = async (run) => {
  const { services, planned, emit } = run;
  const machines = await readMachines(run);
  if (!isHandedOver(machines, planned.plan)) return done;
  const deleted = await deleteHandoverSecrets(services, planned);
  if (!deleted.ok) return { failure: deleted.failure };
  if (deleted.value.length === 0) return done;
  emit({ kind: 'secrets-deleted', stage: 'delete-keys', names: deleted.value });
  const keysDeletedAt = services.now().toISOString();
  const noted = await noteMachines(services, planned, machines, {}, { keysDeletedAt });
  return noted.ok ? done : { failure: noted.failure };
};
