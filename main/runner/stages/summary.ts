/** The deployment summary, of a finished run or of one that waits. */
import { createSummary } from '../summary.ts';
import { done, endOf, type StageWork } from './stage.ts';

export const summary: StageWork = async ({ services, planned, endpoints, outDir, end, state, emit, signal }) => {
  const run = await state();
  // The summary tells of a run that ends with it.
  const ending = run && { ...run, ...end(), finishedAt: services.now().toISOString() };
  const written = await createSummary(services, planned, await endpoints(), {
    outDir,
    signal,
    ...(ending ? { run: ending } : {}),
  });
  if (!written.ok) return endOf(written);
  emit({ kind: 'files-written', stage: 'summary', files: written.value });
  return done;
};
