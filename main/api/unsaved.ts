/** Edits that could not be written to their site file, kept with this computer's records for the next session. */
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { UnsavedEdits } from '../../core/contract.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { sha256 } from '../runner/site-input.ts';
import { readState, silent, type Warn } from '../records/state-file.ts';

/** Most pages whose edits of one site file are kept; the oldest are deleted. */
const mostPages = 5;

const shape = z.object({
  path: z.string(),
  page: z.string().regex(/^[\w-]{1,64}$/),
  text: z.string(),
  at: z.iso.datetime(),
  digest: z.string().optional(),
});
type Kept = z.infer<typeof shape>;

const folderOf = (stateDir: string): string => join(stateDir, 'unsaved');
const start = (path: string): string => `${sha256(path).slice(0, 32)}.`;
const fileOf = (stateDir: string, path: string, page: string): string =>
  join(folderOf(stateDir), `${start(path)}${page}.json`);

const remove = (file: string): Promise<void> => unlink(file).catch(() => undefined);

/** All kept edits of `path` with their files, the newest first. */
async function keptOf(
  stateDir: string,
  path: string,
  warn: Warn,
): Promise<readonly { readonly file: string; readonly kept: Kept }[]> {
  const names = await readdir(folderOf(stateDir)).catch(() => []);
  const files = names.filter((name) => name.startsWith(start(path))).map((name) => join(folderOf(stateDir), name));
  const all = await Promise.all(
    files.map(async (file) => ({ file, kept: await readState<Kept>({ path: file, schema: shape }, warn) })),
  );
  return all
    .flatMap(({ file, kept }) => (kept === undefined || kept.path !== path ? [] : [{ file, kept }]))
    .toSorted((a, b) => b.kept.at.localeCompare(a.kept.at));
}

/** Keeps the edits that a page made of `path`. If the state folder is not writable, they are only in the page. */
export async function keepUnsaved(stateDir: string, path: string, edits: UnsavedEdits): Promise<void> {
  const made = await makeFolder(folderOf(stateDir), 0o700);
  if (!made.ok) return;
  await writeFileAtomic(fileOf(stateDir, path, edits.page), JSON.stringify({ path, ...edits }), { mode: 0o600 });
  const old = (await keptOf(stateDir, path, silent)).slice(mostPages);
  await Promise.all(old.map(({ file }) => remove(file)));
}

/** The newest edits of `path`; undefined when none are kept. A file of another shape counts as none, with a warning. */
export async function unsavedOf(stateDir: string, path: string, warn: Warn): Promise<UnsavedEdits | undefined> {
  const [newest] = await keptOf(stateDir, path, warn);
  if (newest === undefined) return undefined;
  const { page, text, at, digest } = newest.kept;
  return { page, text, at, ...(digest === undefined ? {} : { digest }) };
}

export const forgetUnsaved = (stateDir: string, path: string, page: string): Promise<void> =>
  remove(fileOf(stateDir, path, page));
