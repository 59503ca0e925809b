/** Files that a user names, and folders for what is written for him. */
import { mkdir, readFile } from 'node:fs/promises';
import { type Result, fail, ok } from '../../../core/errors.ts';
import { fileFailure } from './file-failure.ts';

/** The bytes of a file that a user named. Fails with the codes of {@link fileFailure}, as a fault of the input. */
export async function readInput(path: string): Promise<Result<Buffer>> {
  try {
    return ok(await readFile(path));
  } catch (error) {
    return fail({ ...fileFailure(path, error), kind: 'input' });
  }
}

/** The folder and those above it, made where they are missing. Fails with the codes of {@link fileFailure}. */
export async function makeFolder(path: string, mode?: number): Promise<Result<void>> {
  try {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
    return ok(undefined);
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}
