import { link, open, rename, rm } from 'node:fs/promises';
import { FailureSignal, failure } from '../../../../core/base/errors.ts';
import { systemErrorCode } from '../../../../core/base/system-error.ts';
import path from 'node:path';

/** A file to be written, and what it shall hold. */
export interface NewFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Puts new files in the place of old ones, which belong together: all of the new content is on the disk before the first old
 * file goes, and the old files come back when one of them cannot be replaced. Throws the refusal `media.file-unwritable`.
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const nextOf = (file: string): string => `${file}.new`;
  const formerOf = (file: string): string => `${file}.old`;
  const replaced: string[] = [];
  for (const { file, bytes } of files) await step(file, () => write(nextOf(file), bytes));
  for (const { file } of files) {
    await step(file, async () => {
      // A second name for the old file, where there is one and the file system knows such names.
      await rm(formerOf(file), { force: true });
      await link(file, formerOf(file)).catch(() => undefined);
      await rename(nextOf(file), file);
      replaced.push(file);
    });
  }
  await clear();

  async function step(file: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      for (const one of replaced) await rename(formerOf(one), one).catch(() => undefined);
      await clear();
      throw unwritable(file, error);
    }
  }

  async function clear(): Promise<void> {
    const spare = files.flatMap(({ file }) => [nextOf(file), formerOf(file)]);
    for (const file of spare) await rm(file, { force: true }).catch(() => undefined);
  }
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(file: string, error: unknown): FailureSignal {
  const reason = systemErrorCode(error) ?? '';
  return new FailureSignal(failure('operation', 'media.file-unwritable', { file: path.basename(file), reason }));
}
