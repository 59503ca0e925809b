/** A journal is a file of lines that only grows. A line counts once its line feed is on disk. */
import { type FileHandle, open } from 'node:fs/promises';
import { type Result, fail, ok } from '../../../core/base/errors.ts';
import { writeFully } from './atomic.ts';
import { fileFailure } from './file-failure.ts';

const lineFeed = 0x0a;
const blockSize = 4096;

/** Length of the file up to and including its last line feed, in bytes. */
async function completeLength(handle: FileHandle, size: number): Promise<number> {
  const block = new Uint8Array(blockSize);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - blockSize);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const last = block.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}

/**
 * Appends `line` and a line feed to `path`; creates the file if it is missing. Removes a torn last line of an earlier
 * crash first. If the write fails, the file gets its old length back. One writer at a time.
 *
 * With `fsync` the line is on disk when this returns. Fails with the codes of `fileFailure`. A line feed within `line`
 * is a bug.
 */
export async function appendLine(
  path: string,
  line: string,
  { fsync = false, mode = 0o600 }: { readonly fsync?: boolean; readonly mode?: number } = {},
): Promise<Result<void>> {
  if (line.includes('\n')) throw new TypeError('A line cannot hold a line feed.');
  try {
    const handle = await open(path, 'a+', mode);
    try {
      const { size } = await handle.stat();
      const length = await completeLength(handle, size);
      if (length < size) await handle.truncate(length);
      try {
        await writeFully(handle, Buffer.from(`${line}\n`, 'utf8'));
        if (fsync) await handle.sync();
      } catch (error) {
        await handle.truncate(length).catch(() => undefined);
        throw error;
      }
    } finally {
      await handle.close();
    }
    return ok(undefined);
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}

/** The complete lines of a journal's text, without their line feeds. A torn last line is left out. */
export function wholeLines(text: string): string[] {
  const end = text.lastIndexOf('\n');
  return end < 0 ? [] : text.slice(0, end).split('\n');
}
