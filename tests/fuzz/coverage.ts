import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

/** Block coverage of our parsers, from V8: the fuzzer keeps an input that adds to it. */
export interface Coverage {
  /** Ids of the blocks that ran since the last call. Takes milliseconds, far longer than a run. */
  readonly take: () => readonly string[];
  readonly stop: () => void;
}

/** Starts coverage of the scripts whose URL matches `ours`. */
export function watchCoverage(ours: RegExp): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take: () => {
      const ran: string[] = [];
      const collect = (error: Error | null, report: Profiler.TakePreciseCoverageReturnType): void => {
        if (error !== null) throw error;
        for (const script of report.result) {
          if (!ours.test(script.url)) continue;
          for (const { functionName, ranges } of script.functions) {
            for (const { startOffset, endOffset, count } of ranges) {
              if (count === 0) continue;
              // How often, in powers of two: loops count as progress, as in AFL.
              const often = Math.floor(Math.log2(count));
              ran.push(`${script.scriptId}/${functionName}/${startOffset}-${endOffset}/${often}`);
            }
          }
        }
      };
      session.post('Profiler.takePreciseCoverage', collect);
      return ran;
    },
    stop: () => session.disconnect(),
  };
}
