/** Detects whether the disk or the processor limits reading: more images at once help only if it is the processor. */
export interface DiskPace {
  /** Records the time of a read in ms, without the wait for hashes. */
  readonly onRead: (ms: number) => void;
  /** Settles once the disk is idle for part of the time; never while it is busy. */
  readonly toSpare: Promise<void>;
}

/** Observation time before the first decision, in ms. */
const watchMs = 250;
/** Above this share of time spent reading, the disk is the bottleneck: a second file would only add seeks. */
const busyShare = 0.75;

/** Measures the reads of one image, which run ahead of its hashes. `elapsedMs` is a monotonic clock. */
export function diskPace(elapsedMs: () => number): DiskPace {
  let open: () => void = () => undefined;
  const toSpare = new Promise<void>((resolve) => (open = resolve));
  let since: number | undefined;
  let reading = 0;
  return {
    onRead: (ms) => {
      since ??= elapsedMs() - ms;
      reading += ms;
      const watched = elapsedMs() - since;
      if (watched < watchMs) return;
      if (reading / watched < busyShare) open();
      since = undefined;
      reading = 0;
    },
    toSpare,
  };
}
