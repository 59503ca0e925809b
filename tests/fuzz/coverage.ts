import { Session } from 'node:inspector';
import type { Profiler } from 'node:inspector';

/** Which blocks of our own parsers ran, from V8 itself: what makes the fuzzer keep an input. */
export interface Coverage {
  /** Block identities that ran since the last call and never before. */
  readonly fresh: () => number;
  readonly total: () => number;
  readonly stop: () => void;
}

/** Starts to watch the scripts whose URL matches `ours`. */
export function watchCoverage(ours: RegExp): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const seen = new Set<string>();
  return {
    fresh: () => {
      let added = 0;
      const take = (error: Error | null, report: Profiler.TakePreciseCoverageReturnType): void => {
        if (error !== null) throw error;
        for (const script of report.result) {
          if (!ours.test(script.url)) continue;
          for (const { functionName, ranges } of script.functions) {
            for (const { startOffset, endOffset, count } of ranges) {
              if (count === 0) continue;
              // How often, in powers of two: loops count as progress, as in AFL.
              const id = `${script.scriptId}/${functionName}/${startOffset}-${endOffset}/${Math.floor(Math.log2(count))}`;
              if (seen.has(id)) continue;
              seen.add(id);
              added += 1;
            }
          }
        }
      };
      session.post('Profiler.takePreciseCoverage', take);
      return added;
    },
    total: () => seen.size,
    stop: () => session.disconnect(),
  };
}
