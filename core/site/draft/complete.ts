/** Completes an unfinished site with placeholders. */
import type { z } from 'zod';
import { type Site, siteSchema } from '../schema.ts';
import { framed, missingLists } from './frame.ts';
import { type Fields, valueAtKeys } from './path.ts';
import { type PlaceholderSet, placeholderFor } from './placeholders.ts';

export type Keys = readonly PropertyKey[];

export interface CompletedSite {
  readonly site: Site;
  /** Paths at which `site` differs from the file: a placeholder, or a field that was left out. */
  readonly guessed: readonly Keys[];
}

type Node = Record<PropertyKey, unknown>;

/** Each round repairs faults that the previous round uncovered. The schema has fewer levels than this. */
const maxRounds = 12;

const nodeAt = (root: unknown, path: Keys): Node | undefined => {
  const node = valueAtKeys(root, path);
  return typeof node === 'object' && node !== null ? (node as Node) : undefined;
};

/**
 * Puts a placeholder at `path` or leaves the field out; if neither helped, it tries the parent. Returns the changed
 * path.
 */
function repair(root: unknown, path: Keys, set: PlaceholderSet, done: Set<string>): Keys | undefined {
  for (let at = path; at.length > 0; at = at.slice(0, -1)) {
    const parent = nodeAt(root, at.slice(0, -1));
    const last = at[at.length - 1];
    const key = JSON.stringify(at.map(String));
    if (parent === undefined || last === undefined || done.has(key)) continue;
    const placeholder = placeholderFor(at, set);
    // A list item is never left out: the indexes of the other items would change.
    if (placeholder === undefined && Array.isArray(parent)) continue;
    done.add(key);
    if (placeholder === undefined) delete parent[last];
    else parent[last] = placeholder;
    return at;
  }
  return undefined;
}

/** The paths to repair, by the issues. Unknown fields are removed: no rule reads them. */
function faults(issues: readonly z.core.$ZodIssue[], root: unknown): Keys[] {
  return issues.flatMap((issue): Keys[] => {
    if (issue.code !== 'unrecognized_keys') return [issue.path];
    const parent = nodeAt(root, issue.path);
    for (const key of issue.keys) delete parent?.[key];
    return [];
  });
}

/** The written part of the site, with placeholders of one set for the rest. Undefined if no valid site results. */
export function completed(value: Fields, set: PlaceholderSet): CompletedSite | undefined {
  const root: unknown = structuredClone(framed(value));
  const guessed: Keys[] = [...missingLists(value)];
  const done = new Set<string>();
  for (let round = 0; round < maxRounds; round += 1) {
    const result = siteSchema.safeParse(root);
    if (result.success) return { site: result.data, guessed };
    for (const path of faults(result.error.issues, root)) {
      const changed = repair(root, path, set, done);
      if (changed === undefined && path.length === 0) return undefined;
      if (changed !== undefined) guessed.push(changed);
    }
  }
  return undefined;
}
