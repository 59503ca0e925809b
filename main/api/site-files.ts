/** Site files as text: opened, and replaced only if unchanged since they were read. */
import { dirname, join, resolve } from 'node:path';
import type { OpenSite, SeenSite } from '../../core/contract.ts';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { makeFolder } from '../system/files/inputs.ts';
import { isSitePath } from '../../core/contract-inputs.ts';
import { readSiteText, sha256 } from '../runner/site-input.ts';
import { ignoredState, moveAside } from '../records/state-file.ts';
import type { Session } from './session.ts';
import { setAside } from './set-aside.ts';
import { forgetUnsaved, keepUnsaved, unsavedOf } from './unsaved.ts';

/** Opens a site file with its unsaved edits. Fails as `readSiteText` does. */
export function openSite(session: Session, path: string, how?: { lookOnly: true }): Promise<Result<OpenSite>>;
/** `orNone`: null for a missing file, and for an unusable draft, with a warning. Other files fail as above. */
export function openSite(session: Session, path: string, how: { orNone: true }): Promise<Result<OpenSite | null>>;
export async function openSite(
  session: Session,
  path: string,
  how?: { orNone?: true; lookOnly?: true },
): Promise<Result<OpenSite | null>> {
  const read = await readSiteText(path);
  const { stateDir, warn } = session.services();
  const odd = isOddDraft(session, path, read);
  if (read.ok && !odd) {
    if (how?.lookOnly !== true) session.sitePath = read.value.path;
    const unsaved = await unsavedOf(stateDir, read.value.path, warn);
    return ok({ ...read.value, ...(unsaved === undefined ? {} : { unsaved }) });
  }
  if (how?.orNone !== true || !(odd || isMissing(read))) return read;
  if (odd) warn(ignoredState(path, read.ok ? undefined : String(read.failure.params.reason ?? 'FORMAT')));
  return ok(null);
}

/** Reads a site file for `page` without opening it. Fails like {@link openSite}. */
export async function lookAtSite(
  session: Session,
  { path, page }: { readonly path: string; readonly page: string },
): Promise<Result<SeenSite>> {
  const read = await openSite(session, path, { lookOnly: true });
  if (!read.ok) return read;
  const writer = session.writers.get(read.value.path);
  const byOtherPage = writer !== undefined && writer.page !== page && writer.digest === read.value.digest;
  return ok({ ...read.value, byOtherPage });
}
const isMissing = (read: Result<unknown>): boolean => !read.ok && read.failure.code === 'files.missing';

/** The draft's fixed path is taken by something else; the user cannot choose another path. */
const isOddDraft = (session: Session, path: string, read: Result<OpenSite>): boolean =>
  resolve(path) === resolve(draftPath(session.services())) &&
  (read.ok ? read.value.text.includes('\0') : !isMissing(read));

interface Save {
  readonly path?: string | undefined;
  readonly text: string;
  readonly digest?: string | undefined;
  readonly page?: string | undefined;
}

/** A draft without a path is kept with this laptop's records until it is saved to another path. */
export const draftPath = ({ stateDir }: { stateDir: string }): string => join(stateDir, 'drafts', 'edge-site.yaml');

const nameFailure = (path: string): Result<never> => fail(failure('input', 'common.site-name', { path }));

async function write(session: Session, target: string, { text, digest, page = '' }: Save): Promise<Result<OpenSite>> {
  const before = await readSiteText(target);
  if (digest !== undefined && before.ok && before.value.digest !== digest) {
    return fail(failure('operation', 'common.site-changed', { path: target }));
  }
  const made = await makeFolder(dirname(target));
  if (!made.ok) return made;
  if (isOddDraft(session, target, before)) await moveAside(target);
  const written = await writeFileAtomic(target, text, { mode: 0o644 });
  if (!written.ok) return written;
  session.sitePath = target;
  const saved = { path: target, text, digest: sha256(text) };
  session.writers.set(target, { page, digest: saved.digest });
  return ok(saved);
}

/**
 * Writes one save after the other, so that two pages cannot write over each other unnoticed. Unwritten edits are kept
 * with this computer's records. Fails with `common.site-changed` when the file on disk is not the one with `digest`,
 * `common.site-name`, or `files.*`.
 */
export async function saveSite(session: Session, save: Save): Promise<Result<OpenSite>> {
  const { stateDir, now } = session.services();
  const target = resolve(save.path ?? session.sitePath ?? draftPath({ stateDir }));
  if (!isSitePath(target)) return nameFailure(target);
  const saving = session.lastSave.then(() => write(session, target, save));
  session.lastSave = saving.catch(() => undefined);
  const written = await saving;
  const { page, text, digest } = save;
  if (page === undefined) return written;
  if (written.ok) await forgetUnsaved(stateDir, target, page);
  else {
    const at = now().toISOString();
    await keepUnsaved(stateDir, target, { page, text, at, ...(digest === undefined ? {} : { digest }) });
  }
  return written;
}

/** Keeps a discarded version; see {@link setAside}. Fails with `common.site-name` or `files.*`. */
export async function setSiteAside(
  session: Session,
  { path, text }: { readonly path?: string | undefined; readonly text: string },
): Promise<Result<{ readonly path: string }>> {
  const target = resolve(path ?? session.sitePath ?? draftPath(session.services()));
  return isSitePath(target) ? setAside(target, text, session.services()) : nameFailure(target);
}

/** Deletes the edits that {@link saveSite} kept of a page. */
export async function forgetSite(
  session: Session,
  { path, page }: { readonly path: string; readonly page: string },
): Promise<Result<null>> {
  await forgetUnsaved(session.services().stateDir, resolve(path), page);
  return ok(null);
}
