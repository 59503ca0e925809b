/** The folders of this computer that a command writes to, tried before anything is done elsewhere. */
import { tmpdir } from 'node:os';
import { fail, ok, type Result } from '../../core/base/errors.ts';
import type { Finding } from '../../core/base/findings.ts';
import { workFolderFailure } from '../../core/base/work-folder.ts';
import { folderFault } from '../system/files/prove-folder.ts';

/** Makes the state folder where it is missing and proves that it takes files. Fails with `files.state-*`. */
export async function proveStateFolder(stateDir: string): Promise<Result<void>> {
  const reason = await folderFault(stateDir, true);
  return reason === undefined ? ok(undefined) : fail(workFolderFailure('state', stateDir, reason));
}

/** Proves that the folder for temporary files takes some. Fails with `files.temporary-*`. */
async function proveTemporaryFolder(): Promise<Result<void>> {
  const path = tmpdir();
  const reason = await folderFault(path, false);
  return reason === undefined ? ok(undefined) : fail(workFolderFailure('temporary', path, reason));
}

/** Of the two folders, those that take no files, as findings in the words of their failures. */
export async function workFolderFindings(stateDir: string): Promise<Finding[]> {
  const proven = [await proveStateFolder(stateDir), await proveTemporaryFolder()];
  return proven.flatMap((result): Finding[] => {
    if (result.ok) return [];
    const { code, params } = result.failure;
    const rule = code.replace('.', '.errors.');
    return [{ rule, status: 'fail', variant: 'detail', step: 'site', path: '', params }];
  });
}

/** Both of them: for what keeps records and talks to vSphere. */
export async function proveWorkFolders(stateDir: string): Promise<Result<void>> {
  const state = await proveStateFolder(stateDir);
  return state.ok ? proveTemporaryFolder() : state;
}
