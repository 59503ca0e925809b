/** The two folders that the product writes to, and the failures for a folder that takes no files. */
import { type Failure, failure } from './errors.ts';

/** `state`: records and journals. `temporary`: private files of a running process. */
export type WorkFolder = 'state' | 'temporary';

/** The environment variable that names another folder; on Windows TEMP does the same. */
const variables: Readonly<Record<WorkFolder, string>> = { state: 'EDGE_STATE_DIR', temporary: 'TMPDIR' };

/** By the system's error. */
const causes: Readonly<Record<string, string>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOENT: 'missing',
  ENOTDIR: 'not-folder',
  EEXIST: 'not-folder',
};

/** The failure `files.<use>-<cause>` for the system's error `reason` (`ENOSPC`) in the folder `path`. */
export const workFolderFailure = (use: WorkFolder, path: string, reason: string): Failure =>
  failure('operation', `files.${use}-${causes[reason] ?? 'failed'}`, { path, reason, variable: variables[use] });
