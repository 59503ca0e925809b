/** Reads files that this laptop keeps for itself. Anything may stand in their place, so a read is bounded and never waits. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The text of `path`. Undefined when it is no regular file, or has more than `most` bytes. Errors of the file system are
 * thrown as they come, ENOENT for a file that does not exist.
 */
export async function readKept(path: string, most: number): Promise<string | undefined> {
  // Without O_NONBLOCK a named pipe would be waited for.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const before = await handle.stat();
    if (!before.isFile() || before.size > most) return undefined;
    const bytes = Buffer.alloc(before.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.toString('utf8', 0, length);
  } finally {
    await handle.close();
  }
}
