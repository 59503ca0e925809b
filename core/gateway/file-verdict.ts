/** What to do with one file of a gateway: compares what is planned, what is there, and what we wrote last. */

/**
 * `absent`, `link`, `other` (a folder or a device), or `file:<sha256>:<octal mode>`: content and mode count together, since a
 * private key that others may read is another file.
 */
export type FileState = string;

export const plannedState = (sha256Hex: string, mode: number): FileState => `file:${sha256Hex}:${mode.toString(8)}`;

export interface FileStates {
  readonly planned: FileState;
  readonly found: FileState;
  /** As the last confirmed apply left it; undefined where we never wrote the file. */
  readonly recorded: FileState | undefined;
}

/**
 * `unchanged`: as planned, and written by us. `adopted`: as planned, but not in the record. `write`: not as planned, and nobody
 * changed it since we wrote it, or we never did. `drifted`: somebody changed or deleted what we wrote; it is left alone.
 * `obstructed`: no file can be written there.
 */
export type FileVerdict = 'unchanged' | 'adopted' | 'write' | 'drifted' | 'obstructed';

export function judgeFile({ planned, found, recorded }: FileStates): FileVerdict {
  if (found === planned) return recorded === planned ? 'unchanged' : 'adopted';
  if (recorded !== undefined && found !== recorded) return 'drifted';
  return found === 'other' ? 'obstructed' : 'write';
}
