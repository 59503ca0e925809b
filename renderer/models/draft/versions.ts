/** Two versions of one site: what a page does when the file on disk is not the one that it read. Pure. */
import type { OpenSite, SeenSite, UnsavedEdits } from '../../../core/contract.ts';
import { draftOf, type DraftFields } from './site-text.ts';

/** JSON with the keys in one order: the order of fields in a file does not count. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );

export const sameDraft = (one: unknown, other: unknown): boolean => ordered(one) === ordered(other);

/** Two versions of the site, of which one is to be chosen. */
export interface Choice {
  /** `unsaved`: edits of an earlier page. `changed`, `other-page`: who wrote the file since it was read here. */
  readonly kind: 'unsaved' | 'changed' | 'other-page';
  readonly mine: DraftFields;
  readonly edits?: UnsavedEdits;
  /** Missing for a site that has no file yet. */
  readonly file?: OpenSite;
  /** Missing where the file cannot be read as a site. */
  readonly theirs?: DraftFields;
}

export type Meeting =
  /** The file says the same, or is what this page sent without hearing the answer. */
  | { readonly is: 'same' | 'sent' }
  /** There are no edits of this page that the file lacks. */
  | { readonly is: 'newer'; readonly draft: DraftFields }
  | { readonly is: 'conflict'; readonly choice: Choice };

const readable = (text: string | undefined): DraftFields | undefined => {
  const read = text === undefined ? undefined : draftOf(text);
  return read !== undefined && 'draft' in read ? read.draft : undefined;
};

/** `mine`: the draft of this page. `base`: the file that it was read from. `sent`: texts of saves without an answer. */
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

/** The newer of two, where they are worth asking for: they can be read, and the draft lacks them. */
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
