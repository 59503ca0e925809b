import { link, open, rename, rm } from 'node:fs/promises';
import { FailureSignal, failure } from '../../../../core/base/errors.ts';
import { systemErrorCode } from '../../../../core/base/system-error.ts';
import path from 'node:path';

/** A file to write, and its content. */
export interface NewFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Replaces files that belong together: all of the new content is on the disk before the first old file is replaced, and
 * the old files are restored if one replacement fails. Throws the refusal `media.file-unwritable`.
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const nextOf = (file: string): string => `${file}.new`;
  const formerOf = (file: string): string => `${file}.old`;
  const replaced: string[] = [];
  for (const { file, bytes } of files) await step(file, () => write(nextOf(file), bytes));
  for (const { file } of files) {
    await step(file, async () => {
      // A hard link keeps the old file, if the file system supports hard links.
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
