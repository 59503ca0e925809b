/** The findings on the site file. A file that blocks never gets this far: it has no plan. */
import { done, type StageWork } from './stage.ts';

export const check: StageWork = async ({ emit, planned }) => {
  emit({ kind: 'findings', stage: 'check', findings: planned.findings });
  return done;
};
