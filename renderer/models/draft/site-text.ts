/** Converts a draft to YAML and back. */
import { writeSite } from '../../../core/site/edit.ts';
import { allPlatforms } from '../../../core/platform/layout.ts';
import { readDraft } from '../../../core/site/read.ts';
import type { Finding } from '../../../core/base/findings.ts';

/** A draft for the form, whose fields are bound by path. The file may have other fields. */
export type DraftFields = Record<string, unknown>;

/** The draft, or the fault of a text that the wizard cannot edit (it is not a YAML map). */
export function draftOf(text: string): { readonly draft: DraftFields } | { readonly unreadable: readonly Finding[] } {
  const { draft, findings } = readDraft(text);
  const faults = findings.filter(({ rule, variant }) => rule === 'site.yaml' && variant !== 'empty');
  return faults.length > 0 ? { unreadable: faults } : { draft };
}

/** The text of a draft. Comments and order of the earlier text stay. */
export const textOf = (draft: DraftFields, before: string | undefined): string => writeSite(draft, before);

/** The platform of a new data centre: the first of the table, with its starter fields. */
export function newPlatform(): DraftFields {
  const [first] = allPlatforms();
  return first === undefined ? {} : { platform: first.name, [first.name]: structuredClone(first.starter) };
}

/** The draft of a new site. */
export const newDraft = (): DraftFields => ({
  apiVersion: 'edge-site/v1',
  datacentres: [{ name: 'dc1', ...newPlatform() }],
});

/** An unused path in `folder`: `acme-paris.yaml`, `acme-paris-2.yaml`, ... */
export function freePath(folder: string, name: string, taken: readonly string[]): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  const names = new Set(taken);
  let file = `${name}.yaml`;
  for (let number = 2; names.has(file); number += 1) file = `${name}-${number}.yaml`;
  return `${folder.replace(/[\\/]$/, '')}${separator}${file}`;
}
