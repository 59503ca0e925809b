/** The deployment summary, of a finished or waiting run. */
import { createSummary } from '../summary.ts';
import { done, endOf, type StageWork } from './stage.ts';

export const summary: StageWork = async ({ services, planned, endpoints, outDir, end, state, emit, signal }) => {
  const run = await state();
  // The summary shows the run as ended, since it is the last stage.
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
