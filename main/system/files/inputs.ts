/** Files that a user or a site file names, and folders for what is written. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cancelled, type Failure, type Result, fail, failure, ok } from '../../../core/base/errors.ts';
import { printable } from '../../../core/base/printable.ts';
import { type FileReading, pipeTimeLimit, readFileWithin } from './read-file.ts';
import { errnoOf, fileFailure } from './file-failure.ts';

/** Largest size of a file in bytes, by its purpose. */
export const inputLimits = {
  /** A key, an age identity, a passphrase file. */
  secret: 256 * 1024,
  /** A certificate chain, PKCS#12, trusted roots. */
  certificate: 1_000_000,
  /** Peers of the NOC, bundles of a handover, and other files that a command is given. */
  document: 16 * 1024 * 1024,
  site: 4_000_000,
  /** State files of this laptop: journals, media memory, media evidence. */
  record: 64 * 1024 * 1024,
} as const;
export type InputPurpose = keyof typeof inputLimits;

export interface InputOptions {
  /** Only a path that a person typed at the command line may be a pipe. */
  readonly typed?: boolean;
  readonly signal?: AbortSignal | undefined;
}

function readingFailure(path: string, most: number, reading: FileReading & { readonly ok: false }): Failure {
  switch (reading.refusal) {
    case 'system':
      return { ...fileFailure(path, reading.error), kind: 'input' };
    case 'cancelled':
      return cancelled;
    case 'too-large':
      return failure('input', 'files.input-large', { path, most });
    case 'slow':
      return failure('input', 'files.slow', { path, seconds: pipeTimeLimit / 1000 });
    default:
      return failure('input', `files.${reading.refusal}`, { path: printable(path) });
  }
}

/**
 * The bytes of a small regular file, up to the limit of its purpose; with `typed` a pipe will do, for two minutes.
 * Fails with the codes of {@link fileFailure} as a fault of the input, `files.path`, `files.not-a-file`,
 * `files.system-file`, `files.input-large`, `files.slow`, and with `cancelled`.
 */
export async function readInput(
  path: string,
  purpose: InputPurpose,
  { typed = false, signal }: InputOptions = {},
): Promise<Result<Buffer>> {
  const most = inputLimits[purpose];
  const reading = await readFileWithin(path, { most, pipe: typed, signal });
  return reading.ok ? ok(reading.bytes) : fail(readingFailure(path, most, reading));
}

/** Node's recursive `mkdir` loops forever if the system says ENOENT below an existing folder (`/proc`). */
async function makeMissing(path: string, mode: number | undefined): Promise<void> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const seen = await stat(at).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT' && dirname(at) !== at) return undefined;
      throw error;
    });
    if (seen?.isDirectory() === true) break;
    if (seen !== undefined) throw Object.assign(new Error('ENOTDIR: a file'), { code: 'ENOTDIR' });
    missing.unshift(at);
  }
  for (const folder of missing) {
    await mkdir(folder, mode).catch((error: unknown) => {
      // Another process was faster.
      if (errnoOf(error) !== 'EEXIST') throw error;
    });
  }
}

/**
 * Creates the folder and its parents if they are missing. Fails with the codes of {@link fileFailure}, `files.path`,
 * and `files.no-folder` if the file system takes no folders.
 */
export async function makeFolder(path: string, mode?: number): Promise<Result<void>> {
  if (path === '' || path.includes('\0')) return fail(failure('input', 'files.path', { path: printable(path) }));
  try {
    await makeMissing(path, mode);
    return ok(undefined);
  } catch (error) {
    const reason = errnoOf(error);
    // EEXIST: a file has the name.
    if (reason === 'EEXIST') return fail(failure('operation', 'files.not-folder', { path, reason }));
    // ENOENT although the parent exists: this file system takes no folder.
    if (reason === 'ENOENT') return fail(failure('operation', 'files.no-folder', { path, reason }));
    return fail(fileFailure(path, error));
  }
}
