/**
 * Records which site file each site was deployed from, so that a renamed file is recognised. A hint, not the source of
 * truth.
 */
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '../../core/base/errors.ts';
import type { Plan } from '../../core/plan/model.ts';
import type { DeployedSite } from '../../core/preflight/facts.ts';
import type { Site } from '../../core/site/schema.ts';
import { makeSiteFolder, siteFolder, sitesFolder } from './site-folder.ts';
import { readState, silent, type StateFile, type Warn, writeState } from './state-file.ts';

const noteSchema = z.object({
  site: z.string(),
  fqdn: z.string(),
  datacentres: z.array(z.string()),
  vms: z.number(),
  planDigest: z.string(),
  siteFile: z.string(),
  at: z.string(),
  /** Files that describe another edge now, as the user confirmed. */
  released: z.array(z.string()).default([]),
});
type Note = z.infer<typeof noteSchema>;

const noteOf = (stateDir: string, site: string): StateFile<Note> => ({
  path: join(siteFolder(stateDir, site), 'deployed.json'),
  schema: noteSchema,
});

async function writeNote(stateDir: string, note: Note): Promise<Result<void>> {
  const made = await makeSiteFolder(stateDir, note.site);
  return made.ok ? writeState(noteOf(stateDir, note.site), note) : made;
}

async function readNotes(stateDir: string, warn: Warn): Promise<Note[]> {
  const sites = await readdir(sitesFolder(stateDir)).catch((): string[] => []);
  const notes = await Promise.all(sites.map((site) => readState(noteOf(stateDir, site), warn)));
  return notes.flatMap((note) => (note === undefined ? [] : [note]));
}

/** A site file and its plan. */
interface DeployedFile {
  readonly path: string;
  readonly site: Site;
  readonly plan: Plan;
  readonly planDigest: string;
}

/** Records that `planned` is being deployed. Fails with `files.*`. */
export const keepDeployed = (
  stateDir: string,
  { path, site, plan, planDigest }: DeployedFile,
  now: Date,
): Promise<Result<void>> =>
  writeNote(stateDir, {
    site: site.site.name,
    fqdn: plan.fqdn,
    datacentres: site.datacentres.map(({ name }) => name),
    vms: plan.vms.length,
    planDigest,
    siteFile: resolve(path),
    at: now.toISOString(),
    released: [],
  });

/**
 * The site last deployed from the file at `path`. A file that was moved or copied is recognised by site name and
 * domain. Null: none, or its names were released. A record in another format counts as none, with a warning.
 */
export async function deployedFrom(
  stateDir: string,
  path: string,
  { site, fqdn }: { readonly site?: string | undefined; readonly fqdn?: string | undefined },
  warn: Warn = silent,
): Promise<DeployedSite | null> {
  const file = resolve(path);
  const newestFirst = (a: Note, b: Note): number => b.at.localeCompare(a.at);
  const notes = (await readNotes(stateDir, warn))
    .filter(({ released }) => !released.includes(file))
    .toSorted(newestFirst);
  const found =
    notes.find(({ siteFile }) => siteFile === file) ??
    notes.find((note) => note.site === site && note.fqdn === fqdn?.toLowerCase());
  if (found === undefined) return null;
  const { released: _released, ...deployed } = found;
  return deployed;
}

/** Records that the file at `path` now describes another edge. Fails with `files.*`. */
export async function releaseNames(stateDir: string, path: string): Promise<Result<void>> {
  const file = resolve(path);
  for (const note of await readNotes(stateDir, silent)) {
    if (note.released.includes(file)) continue;
    const written = await writeNote(stateDir, { ...note, released: [...note.released, file] });
    if (!written.ok) return written;
  }
  return ok(undefined);
}

/** Deletes the record after a rollback. */
export const forgetDeployed = (stateDir: string, site: string): Promise<void> =>
  rm(noteOf(stateDir, site).path, { force: true }).catch(() => undefined);
