/** A timer that can pause and continue with the remaining time. */
export interface Countdown {
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** Calls `done` once, after `duration` ms of running time. */
export function countdown(duration: number, done: () => void): Countdown {
  let left = duration;
  let since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(done, left);
  return {
    pause(): void {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      left -= performance.now() - since;
    },
    resume(): void {
      if (timer !== undefined) return;
      since = performance.now();
      timer = setTimeout(done, Math.max(0, left));
    },
    cancel: (): void => clearTimeout(timer),
  };
}
