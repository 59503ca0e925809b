/** What went wrong at a vSphere endpoint, in the product's own terms. */
import { tmpdir } from 'node:os';
import { GovcError, type GovcErrorKind } from 'govc-wrapper';
import { cancelled, type Failure, type FailureKind, FailureSignal, failure } from '../../../core/base/errors.ts';
import { systemErrorCode } from '../../../core/base/system-error.ts';
import { workFolderFailure } from '../../../core/base/work-folder.ts';

const kinds: Readonly<Partial<Record<GovcErrorKind, FailureKind>>> = {
  'certificate-mismatch': 'trust',
  'certificate-validity': 'trust',
  login: 'input',
  'invalid-argument': 'input',
};

/**
 * Failures `vsphere.<kind>`, `files.temporary-*` where govc's private folder takes no files, `common.program-missing`,
 * and the failure of a {@link FailureSignal}; `what` says what was being done. Throws any other error: that is a bug.
 */
export function govcFailure(error: unknown, url: string, what: string): Failure {
  if (error instanceof FailureSignal) return error.failure;
  if (!(error instanceof GovcError)) throw error;
  if (error.kind === 'aborted') return cancelled;
  if (error.kind === 'work-folder') {
    return workFolderFailure('temporary', tmpdir(), systemErrorCode(error.cause) ?? '');
  }
  if (error.kind === 'binary-missing') {
    return failure('operation', 'common.program-missing', { program: 'govc', reason: error.message });
  }
  return failure(kinds[error.kind] ?? 'operation', `vsphere.${error.kind}`, {
    endpoint: url,
    what,
    fault: error.fault ?? '',
    message: error.message,
    seen: error.seenFingerprint ?? '',
  });
}
