/** Files that a user names, and folders for what is written for him. */
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { type Result, fail, failure, ok } from '../../../core/errors.ts';
import { errnoOf, fileFailure } from './file-failure.ts';

/** No key, certificate, list or bundle is larger: bytes. */
const largestInput = 16 * 1024 * 1024;

/**
 * The bytes of a small file that a user named; a pipe will do. Fails with the codes of {@link fileFailure}, as a fault of the
 * input, and with `files.input-large`.
 */
export async function readInput(path: string): Promise<Result<Buffer>> {
  const chunks: Buffer[] = [];
  try {
    // Reading ends one byte beyond the limit: whoever names an image by mistake does not wait for it.
    for await (const chunk of createReadStream(path, { end: largestInput })) chunks.push(chunk as Buffer);
  } catch (error) {
    return fail({ ...fileFailure(path, error), kind: 'input' });
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > largestInput) return fail(failure('input', 'files.input-large', { path, most: largestInput }));
  return ok(bytes);
}

/** The folder and those above it, made where they are missing. Fails with the codes of {@link fileFailure}. */
export async function makeFolder(path: string, mode?: number): Promise<Result<void>> {
  try {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
    return ok(undefined);
  } catch (error) {
    // EEXIST: a file has the name.
    if (errnoOf(error) === 'EEXIST') return fail(failure('operation', 'files.not-folder', { path, reason: 'EEXIST' }));
    return fail(fileFailure(path, error));
  }
}
