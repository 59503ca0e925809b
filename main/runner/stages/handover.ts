/** The bundle for ALE. */
import { createHandover } from '../handover.ts';
import { done, endOf, type StageWork } from './stage.ts';

export const handover: StageWork = async ({ services, planned, outDir, emit }) => {
  const written = await createHandover(services, planned, outDir);
  if (!written.ok) return endOf(written);
  const { bundlePath, textPath, confirmationCode: code } = written.value;
  emit({ kind: 'files-written', stage: 'handover', files: [bundlePath, textPath], code });
  return done;
};
