/** Checks the folders that a command writes to, before it contacts any host. */
import { tmpdir } from 'node:os';
import { fail, ok, type Result } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { workFolderFailure } from '../../core/base/work-folder.ts';
import { folderFault } from '../system/files/prove-folder.ts';

/** Creates the state folder if it is missing and proves that it is writable. Fails with `files.state-*`. */
export async function proveStateFolder(stateDir: string): Promise<Result<void>> {
  const reason = await folderFault(stateDir, true);
  return reason === undefined ? ok(undefined) : fail(workFolderFailure('state', stateDir, reason));
}

/** Proves that the folder for temporary files is writable. Fails with `files.temporary-*`. */
async function proveTemporaryFolder(): Promise<Result<void>> {
  const path = tmpdir();
  const reason = await folderFault(path, false);
  return reason === undefined ? ok(undefined) : fail(workFolderFailure('temporary', path, reason));
}

/** Findings for those of the two folders that are not writable. */
export async function workFolderFindings(stateDir: string): Promise<Finding[]> {
  const proven = [await proveStateFolder(stateDir), await proveTemporaryFolder()];
  return proven.flatMap((result): Finding[] => {
    if (result.ok) return [];
    const { code, params } = result.failure;
    const rule = code.replace('.', '.errors.');
    return [{ rule, status: 'fail', variant: 'detail', step: 'site', path: '', params }];
  });
}

/** Checks both folders for commands that keep records and contact vSphere. Fails with the first unusable folder. */
export async function proveWorkFolders(stateDir: string): Promise<Result<void>> {
  const state = await proveStateFolder(stateDir);
  return state.ok ? proveTemporaryFolder() : state;
}
