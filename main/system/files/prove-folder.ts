/** Checks that files can be written into a folder. */
import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFully } from './atomic.ts';
import { errnoOf } from './file-failure.ts';
import { removeLeftovers, temporaryName } from './leftovers.ts';

/** Size of the test file in bytes: several times the private files of one vSphere endpoint. */
const probeSize = 16 * 1024;

const [start, end] = ['.probe', '.tmp'];

/**
 * Writes a small file into `path` and removes it. With `make`, creates the folder and its parents if they are missing.
 * Returns the system's error (`ENOSPC`, `EROFS`), or undefined.
 */
export async function folderFault(path: string, make: boolean): Promise<string | undefined> {
  const probe = join(path, temporaryName(start, end));
  try {
    if (make) await mkdir(path, { recursive: true, mode: 0o700 });
    const handle = await open(probe, 'wx', 0o600);
    try {
      await writeFully(handle, new Uint8Array(probeSize));
    } finally {
      await handle.close();
      await unlink(probe);
    }
    await removeLeftovers(path, start, end);
    return undefined;
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === undefined) throw error;
    return reason;
  }
}
