/** Progress of a verification, over all its files. */
export interface MediaProgress {
  readonly file: string;
  readonly fileBytes: number;
  readonly fileTotalBytes: number;
  /** Over all files. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Since the start, or 0 while nothing can be said. */
  readonly bytesPerSecond: number;
  /** Undefined while nothing can be said. */
  readonly secondsLeft: number | undefined;
}

/** At most one report in this many ms per file, and one at its end. */
const quietMs = 100;

/** Adds up the files' progress. `elapsedMs` is a monotonic clock. */
export function progressMeter(
  totalBytes: number,
  report: (progress: MediaProgress) => void,
  elapsedMs: () => number,
): (file: string, fileBytes: number, fileTotalBytes: number) => void {
  const perFile = new Map<string, number>();
  const started = elapsedMs();
  const told = new Map<string, number>();
  return (file, fileBytes, fileTotalBytes) => {
    perFile.set(file, fileBytes);
    const now = elapsedMs();
    if (fileBytes < fileTotalBytes && now - (told.get(file) ?? -quietMs) < quietMs) return;
    told.set(file, now);
    let bytes = 0;
    for (const part of perFile.values()) bytes += part;
    const seconds = (now - started) / 1000;
    const bytesPerSecond = seconds > 0 ? bytes / seconds : 0;
    const secondsLeft = bytesPerSecond > 0 ? (totalBytes - bytes) / bytesPerSecond : undefined;
    report({ file, fileBytes, fileTotalBytes, bytes, totalBytes, bytesPerSecond, secondsLeft });
  };
}
