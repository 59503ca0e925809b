/** Compares a planned file of a gateway, its present state, and its last written state. */

/**
 * `absent`, `link`, `other` (a folder or a device), or `file:<sha256>:<octal mode>`: content and mode count together,
 * since a private key with a wrong mode is a fault.
 */
export type FileState = string;

export const plannedState = (sha256Hex: string, mode: number): FileState => `file:${sha256Hex}:${mode.toString(8)}`;

export interface FileStates {
  readonly planned: FileState;
  readonly found: FileState;
  /** State after the last confirmed apply; undefined if we never wrote the file. */
  readonly recorded: FileState | undefined;
}

/**
 * `unchanged`: as planned, and written by us. `adopted`: as planned, but not in the record. `write`: not as planned,
 * and either unchanged since we wrote it or never written by us. `drifted`: changed or deleted since we wrote it; it is
 * left alone. `obstructed`: the path is not a file.
 */
export type FileVerdict = 'unchanged' | 'adopted' | 'write' | 'drifted' | 'obstructed';

export function judgeFile({ planned, found, recorded }: FileStates): FileVerdict {
  if (found === planned) return recorded === planned ? 'unchanged' : 'adopted';
  if (recorded !== undefined && found !== recorded) return 'drifted';
  return found === 'other' ? 'obstructed' : 'write';
}
