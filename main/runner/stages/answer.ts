/** ALE's answer to the handover: a signed file, or the code that was accepted before. */
import { findAnswer } from '../acknowledgement.ts';
import { isHandedOver } from '../site-machines.ts';
import { done, readMachines, type StageWork } from './stage.ts';

export const answer: StageWork = async (run) => {
  const { services, planned, outDir } = run;
  if (isHandedOver(await readMachines(run), planned.plan)) return done;
  const found = await findAnswer(services, planned, outDir);
  if (!found.ok) return { failure: found.failure };
  return found.value === undefined ? { outcome: 'waiting', waitingFor: 'ale-answer' } : done;
};
