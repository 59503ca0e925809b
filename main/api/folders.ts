/** Folders for the wizard's picker: names, kinds and sizes; file content is not read. */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FolderEntry, FolderListing } from '../../core/contract.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';

/** Fails with `common.not-a-folder`. Without a folder: the user's home. Hidden entries are left out. */
export async function listFolder(path: string | undefined): Promise<Result<FolderListing>> {
  const folder = resolve(path ?? homedir());
  try {
    const found = await readdir(folder, { withFileTypes: true });
    const entries = await Promise.all(
      found
        .filter(({ name }) => !name.startsWith('.'))
        .slice(0, 2000)
        .map(async ({ name }): Promise<FolderEntry | undefined> => {
          const at = join(folder, name);
          const seen = await stat(at).catch(() => undefined);
          // Devices, sockets and pipes cannot be chosen.
          if (seen === undefined || (!seen.isDirectory() && !seen.isFile())) return undefined;
          return { name, path: at, kind: seen.isDirectory() ? 'folder' : 'file', sizeBytes: seen.size };
        }),
    );
    const parent = dirname(folder);
    return ok({
      folder,
      ...(parent === folder ? {} : { parent }),
      entries: entries
        .flatMap((entry) => (entry === undefined ? [] : [entry]))
        .toSorted((a, b) => b.kind.localeCompare(a.kind) || a.name.localeCompare(b.name)),
    });
  } catch {
    return fail(failure('input', 'common.not-a-folder', { path: folder }));
  }
}
