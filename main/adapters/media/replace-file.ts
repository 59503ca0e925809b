import { open, rename, rm } from 'node:fs/promises';
import { FailureSignal, failure } from '../../../core/errors.ts';
import path from 'node:path';

/** A file to be written, and what it shall hold. */
export interface NewFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Puts new files in the place of old ones: all of the new content is on the disk before the first old file goes. Throws
 * the refusal `media.file-unwritable`; then the old files are there.
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const nextOf = (file: string): string => `${file}.new`;
  for (const { file, bytes } of files) {
    try {
      const handle = await open(nextOf(file), 'w');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      for (const one of files) await rm(nextOf(one.file), { force: true }).catch(() => undefined);
      throw unwritable(file, error);
    }
  }
  for (const { file } of files) {
    await rename(nextOf(file), file).catch((error: unknown) => {
      throw unwritable(file, error);
    });
  }
}

function unwritable(file: string, error: unknown): FailureSignal {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new FailureSignal(failure('operation', 'media.file-unwritable', { file: path.basename(file), reason }));
}
