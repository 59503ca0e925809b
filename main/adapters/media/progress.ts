/** Progress of a verification, over all its files. */
export interface MediaProgress {
  /** The file that progressed. */
  readonly file: string;
  /** Files that are being read, in the order of their start. */
  readonly working: readonly string[];
  /** Bytes over all files. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Average since the start; 0 while it is unknown. */
  readonly bytesPerSecond: number;
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
  const working = new Set<string>();
  const told = new Map<string, number>();
  const started = elapsedMs();
  return (file, fileBytes, fileTotalBytes) => {
    perFile.set(file, fileBytes);
    if (fileBytes < fileTotalBytes) working.add(file);
    else working.delete(file);
    const now = elapsedMs();
    if (fileBytes < fileTotalBytes && now - (told.get(file) ?? -quietMs) < quietMs) return;
    told.set(file, now);
    let bytes = 0;
    for (const part of perFile.values()) bytes += part;
    const seconds = (now - started) / 1000;
    report({
      file,
      working: [...working],
      bytes,
      totalBytes,
      bytesPerSecond: seconds > 0 ? bytes / seconds : 0,
    });
  };
}
