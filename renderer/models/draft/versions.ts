/** Compares two versions of a site, for a page whose file has changed on disk. Pure. */
import type { OpenSite, SeenSite, UnsavedEdits } from '../../../core/contract.ts';
import { draftOf, type DraftFields } from './site-text.ts';

/** JSON with sorted keys, since the order of fields in a file does not count. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );

export const sameDraft = (one: unknown, other: unknown): boolean => ordered(one) === ordered(other);

/** Two versions of the site, for the user to choose. */
export interface Choice {
  /**
   * `unsaved`: edits of an earlier page. `changed`, `other-page`: another program or page has written the file since.
   */
  readonly kind: 'unsaved' | 'changed' | 'other-page';
  readonly mine: DraftFields;
  readonly edits?: UnsavedEdits;
  /** Missing for a site that has no file yet. */
  readonly file?: OpenSite;
  /** Missing if the file is not a readable site. */
  readonly theirs?: DraftFields;
}

export type Meeting =
  /** The file has the same content, or the text of a save without an answer. */
  | { readonly is: 'same' | 'sent' }
  /** The page has no edits beyond the file. */
  | { readonly is: 'newer'; readonly draft: DraftFields }
  | { readonly is: 'conflict'; readonly choice: Choice };

const readable = (text: string | undefined): DraftFields | undefined => {
  const read = text === undefined ? undefined : draftOf(text);
  return read !== undefined && 'draft' in read ? read.draft : undefined;
};

/** `mine`: the draft of this page. `base`: its file as read. `sent`: texts of saves without an answer. */
export function meet(
  file: SeenSite,
  { mine, base, sent }: { mine: DraftFields; base: string | undefined; sent: readonly string[] },
): Meeting {
  const theirs = readable(file.text);
  if (theirs !== undefined && sameDraft(theirs, mine)) return { is: 'same' };
  if (sent.includes(file.text)) return { is: 'sent' };
  const old = readable(base);
  if (theirs !== undefined && old !== undefined && sameDraft(old, mine)) return { is: 'newer', draft: theirs };
  const kind = file.byOtherPage ? 'other-page' : 'changed';
  return { is: 'conflict', choice: { kind, mine, file, ...(theirs === undefined ? {} : { theirs }) } };
}

/** The newer of two kept edits, if it is readable and differs from the draft. */
export function worthOffering(
  draft: DraftFields,
  one: UnsavedEdits | undefined,
  other: UnsavedEdits | undefined,
): { readonly edits: UnsavedEdits; readonly mine?: DraftFields } | undefined {
  const edits = one === undefined || (other !== undefined && other.at > one.at) ? other : one;
  if (edits === undefined) return undefined;
  const mine = readable(edits.text);
  return mine === undefined || sameDraft(mine, draft) ? { edits } : { edits, mine };
}
