/** The bundle for ALE. */
import { createHandover } from '../handover.ts';
import { done, endOf, readMachines, type StageWork } from './stage.ts';

export const handover: StageWork = async (run) => {
  const { services, planned, outDir, emit, facts } = run;
  const machines = await readMachines(run);
  if (facts.sealedAt !== undefined) return done;
  const written = await createHandover(services, planned, machines, outDir);
  if (!written.ok) return endOf(written);
  const { bundlePath, textPath, confirmationCode: code } = written.value;
  emit({ kind: 'files-written', stage: 'handover', files: [bundlePath, textPath], code });
  return done;
};
