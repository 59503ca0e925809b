/** The findings on the site file. A file with blocking findings has no plan, so no run starts. */
import { done, type StageWork } from './stage.ts';

export const check: StageWork = async ({ emit, planned }) => {
  emit({ kind: 'findings', stage: 'check', findings: planned.findings });
  return done;
};
