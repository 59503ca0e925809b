/**
 * Reads the state files of this laptop. Another program may have replaced them, so a read is bounded and never waits.
 */
import { readFileWithin } from './read-file.ts';
import { errnoOf } from './file-failure.ts';

/**
 * The text of `path`. Undefined when it is no regular file, or has more than `most` bytes. Throws errors of
 * the file system unchanged, ENOENT for a file that does not exist.
 */
export async function readKept(path: string, most: number): Promise<string | undefined> {
  const read = await readFileWithin(path, { most });
  if (read.ok) return read.bytes.toString('utf8');
  if (read.refusal === 'system' && errnoOf(read.error) !== 'EISDIR') throw read.error;
  return undefined;
}
