/** A draft and its YAML. */
import { writeSite } from '../../../core/site/edit.ts';
import { allPlatforms } from '../../../core/platform/layout.ts';
import { readDraft } from '../../../core/site/read.ts';
import type { Finding } from '../../../core/base/findings.ts';

/** A draft as the form sees it: fields are bound by path, whatever else the file holds. */
export type DraftFields = Record<string, unknown>;

/** The draft, or why the text cannot be edited here (it is no YAML map). */
export function draftOf(text: string): { readonly draft: DraftFields } | { readonly unreadable: readonly Finding[] } {
  const { draft, findings } = readDraft(text);
  const faults = findings.filter(({ rule, variant }) => rule === 'site.yaml' && variant !== 'empty');
  return faults.length > 0 ? { unreadable: faults } : { draft };
}

/** The text of a draft; comments and order of the text before stay. */
export const textOf = (draft: DraftFields, before: string | undefined): string => writeSite(draft, before);

/** The platform of a new data centre: the first of the table, with the fields that a person begins with. */
export function newPlatform(): DraftFields {
  const [first] = allPlatforms();
  return first === undefined ? {} : { platform: first.name, [first.name]: structuredClone(first.starter) };
}

/** A site that was just begun. */
export const newDraft = (): DraftFields => ({
  apiVersion: 'edge-site/v1',
  datacentres: [{ name: 'dc1', ...newPlatform() }],
});

/** A path in `folder` that nothing has yet: `acme-paris.yaml`, `acme-paris-2.yaml`, ... */
export function freePath(folder: string, name: string, taken: readonly string[]): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  const names = new Set(taken);
  let file = `${name}.yaml`;
  for (let number = 2; names.has(file); number += 1) file = `${name}-${number}.yaml`;
  return `${folder.replace(/[\\/]$/, '')}${separator}${file}`;
}
