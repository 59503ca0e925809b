/** Site files as text: opened, and written back only over what was read. */
import { dirname, join, resolve } from 'node:path';
import type { OpenSite } from '../../core/contract.ts';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { makeFolder } from '../adapters/files/inputs.ts';
import { readSiteText, sha256 } from '../runner/site-input.ts';
import { ignoredState, setAside } from '../runner/state-file.ts';
import type { Session } from './session.ts';

/** `orNone`: a file that is not there yet is a null, and so is a draft of ours that cannot be used; that is warned of. */
export function openSite(session: Session, path: string): Promise<Result<OpenSite>>;
export function openSite(session: Session, path: string, how: { orNone: true }): Promise<Result<OpenSite | null>>;
export async function openSite(
  session: Session,
  path: string,
  how?: { orNone: true },
): Promise<Result<OpenSite | null>> {
  const read = await readSiteText(path);
  const { warn } = session.services();
  const odd = isOddDraft(session, path, read);
  if (read.ok && !odd) {
    session.sitePath = read.value.path;
    return read;
  }
  if (how?.orNone !== true || !(odd || isMissing(read))) return read;
  if (odd) warn(ignoredState(path, read.ok ? undefined : String(read.failure.params.reason ?? 'FORMAT')));
  return ok(null);
}

const isMissing = (read: Result<unknown>): boolean => !read.ok && read.failure.code === 'files.missing';

/** Something else stands in the place of the draft, which nobody chose and nobody can choose otherwise. */
const isOddDraft = (session: Session, path: string, read: Result<OpenSite>): boolean =>
  resolve(path) === resolve(draftPath(session.services())) &&
  (read.ok ? read.value.text.includes('\0') : !isMissing(read));

interface Save {
  readonly path?: string | undefined;
  readonly text: string;
  readonly digest?: string | undefined;
}

/** A draft without a path of its own is kept with this laptop's records until it is saved elsewhere. */
export const draftPath = ({ stateDir }: { stateDir: string }): string => join(stateDir, 'drafts', 'edge-site.yaml');

/** The page may write site files and nothing else, whatever happens to it. */
const isSitePath = (path: string): boolean => /[^/\\]\.ya?ml$/i.test(path);

/** Fails with `common.site-changed` when the file on disk is not the one with `digest`, `common.site-name`, or `files.*`. */
export async function saveSite(session: Session, { path, text, digest }: Save): Promise<Result<OpenSite>> {
  const target = resolve(path ?? session.sitePath ?? draftPath(session.services()));
  if (!isSitePath(target)) return fail(failure('input', 'common.site-name', { path: target }));
  const before = await readSiteText(target);
  if (digest !== undefined && before.ok && before.value.digest !== digest) {
    return fail(failure('operation', 'common.site-changed', { path: target }));
  }
  const made = await makeFolder(dirname(target));
  if (!made.ok) return made;
  if (isOddDraft(session, target, before)) await setAside(target);
  const written = await writeFileAtomic(target, text, { mode: 0o644 });
  if (!written.ok) return written;
  session.sitePath = target;
  return ok({ path: target, text, digest: sha256(text) });
}
