/** The state of each step in the list of steps. */
import { computed } from 'vue';
import type { Step } from '../../core/base/findings.ts';
import { gateOf, planningSteps } from '../../core/preflight/gate.ts';
import { useFindings } from './findings.ts';
import { useResults } from './results.ts';
import { useRun } from './run.ts';
import { useWizard } from './wizard.ts';

/** `earlier`: the result is of an earlier plan. `outdated`: the content of the result has changed. */
export type StepState = 'open' | 'done' | 'warn' | 'fail' | 'working' | 'earlier' | 'outdated';

const isPlanning = (step: Step): boolean => (planningSteps as readonly Step[]).includes(step);

export function useStepState(): (step: Step) => StepState {
  const findings = useFindings();
  const wizard = useWizard();
  const run = useRun();
  const results = useResults();

  const ofRun = computed<StepState>(() => {
    if (run.running) return 'working';
    if (run.state === undefined) return 'open';
    if (!run.isCurrent) return 'earlier';
    return run.isDeployed ? 'done' : run.outcome === 'cancelled' ? 'warn' : 'fail';
  });

  return (step) => {
    if (step === 'deploy') return ofRun.value;
    if (step === 'handover') return results.handover ? 'done' : results.earlierHandover ? 'earlier' : 'open';
    if (step === 'summary')
      return results.files.length > 0 ? 'done' : results.earlierFiles.length > 0 ? 'outdated' : 'open';
    if (!isPlanning(step)) return 'open';
    if (!wizard.visited.has(step) || wizard.step === step) return 'open';
    return gateOf(findings.stepCount(step));
  };
}
