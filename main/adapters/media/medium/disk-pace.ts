/** Whether the disk or the processor holds the reading up: more images at once help only against the latter. */
export interface DiskPace {
  /** A read took this many ms, of which none was spent on waiting for hashes. */
  readonly onRead: (ms: number) => void;
  /** Settles once the disk is seen to have time to spare; never while it has none. */
  readonly toSpare: Promise<void>;
}

/** The disk is watched for this long, in ms, before anything is said. */
const watchMs = 250;
/** A disk that reads for a larger share of the time is the bottleneck: a second file would only make its head jump. */
const busyShare = 0.75;

/** Watches one image that is being read ahead of its hashes. `elapsedMs` is a monotonic clock. */
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
