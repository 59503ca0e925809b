import { open, rename, rm } from 'node:fs/promises';

/** Puts `bytes` in the place of `file`, all or nothing: the new content is on the disk before the old one goes. */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const next = `${file}.new`;
  try {
    const handle = await open(next, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
