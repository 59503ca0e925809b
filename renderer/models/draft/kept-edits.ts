/**
 * Unsaved edits in the browser's storage. They survive a reload, a crash and a lost connection at the same address;
 * each page keeps its own, without secrets.
 */
import type { UnsavedEdits } from '../../../core/contract.ts';
import { namesSecret } from '../../../core/site/schema-findings.ts';

export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const prefix = 'edge-unsaved:';
/** Older edits are deleted. In ms. */
const longest = 30 * 24 * 3600_000;

/** The draft as JSON without fields that are named like a secret, which a site file does not have. */
export const withoutSecrets = (draft: unknown): string =>
  JSON.stringify(draft, (key: string, value: unknown) => (namesSecret(key) ? undefined : value));

const keyOf = (path: string, page: string): string => `${prefix}${page}:${path}`;

function parse(text: string | null): UnsavedEdits | undefined {
  try {
    const { page, text: draft, at, digest } = (JSON.parse(text ?? 'null') ?? {}) as Partial<Record<string, unknown>>;
    if (typeof page !== 'string' || typeof draft !== 'string' || typeof at !== 'string') return undefined;
    return { page, text: draft, at, ...(typeof digest === 'string' ? { digest } : {}) };
  } catch {
    return undefined;
  }
}

/** Stores the edits; false if the storage is full or forbidden. `path` is empty for a site without a file. */
export function keepEdits(shelf: Shelf, path: string, edits: UnsavedEdits): boolean {
  try {
    shelf.setItem(keyOf(path, edits.page), JSON.stringify(edits));
    return true;
  } catch {
    return false;
  }
}

export const forgetEdits = (shelf: Shelf, path: string, page: string): void => shelf.removeItem(keyOf(path, page));

export interface KeptEdits {
  readonly path: string;
  readonly edits: UnsavedEdits;
}

/** The edits of all pages and files, newest first. Deletes old and unreadable ones; `now` is in ms. */
export function allKept(shelf: Shelf, now: number): readonly KeptEdits[] {
  const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index)).filter(
    (key): key is string => key?.startsWith(prefix) === true,
  );
  const found = keys.flatMap((key): KeptEdits[] => {
    const edits = parse(shelf.getItem(key));
    const path = key.slice(keyOf('', edits?.page ?? '').length);
    if (edits !== undefined && key === keyOf(path, edits.page) && now - Date.parse(edits.at) < longest) {
      return [{ path, edits }];
    }
    shelf.removeItem(key);
    return [];
  });
  return found.toSorted((one, other) => other.edits.at.localeCompare(one.edits.at));
}

/** The newest kept edits of `path`, of any page. */
export const keptEdits = (shelf: Shelf, path: string, now: number): UnsavedEdits | undefined =>
  allKept(shelf, now).find((one) => one.path === path)?.edits;

/** A storage in memory, for browsers that refuse theirs. */
export const noShelf: Shelf = {
  length: 0,
  key: () => null,
  getItem: () => null,
  setItem: () => {
    throw new Error('no storage');
  },
  removeItem: () => undefined,
};
