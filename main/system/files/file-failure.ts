/** Turns errors of the file system into failures: which file, which system error, which remedy. */
import { type Failure, failure } from '../../../core/base/errors.ts';
import { systemErrorCode } from '../../../core/base/system-error.ts';

const codesByErrno: Readonly<Record<string, string>> = {
  ENOSPC: 'files.no-space',
  EDQUOT: 'files.no-space',
  EFBIG: 'files.too-large',
  EACCES: 'files.denied',
  EPERM: 'files.denied',
  EROFS: 'files.denied',
  EBUSY: 'files.busy',
  ENOENT: 'files.missing',
  ENOTDIR: 'files.not-folder',
  EISDIR: 'files.is-folder',
  ENAMETOOLONG: 'files.path',
  ELOOP: 'files.loop',
  ENXIO: 'files.not-a-file',
  ENODEV: 'files.not-a-file',
};

export const errnoOf = systemErrorCode;

/**
 * The failure that stands for a file system error on `path`: `files.no-space`, `files.too-large`, `files.denied`,
 * `files.busy`, `files.missing`, `files.not-folder`, `files.is-folder`, or `files.failed` for every other system error.
 * Anything else is a bug and thrown on.
 */
export function fileFailure(path: string, error: unknown): Failure {
  const reason = errnoOf(error);
  if (reason === undefined) throw error;
  return failure('operation', codesByErrno[reason] ?? 'files.failed', { path, reason });
}
