/** Reads many objects by one command of our own govc. */
import { z } from 'zod';
import { byName, changeSetSchema, type Collected, parse, type Reference, referenceSchema } from './collect.ts';
import type { CommandOptions, Session } from './session.ts';

export interface CollectRequest {
  /** All objects of a type below the root, with these properties. */
  readonly types?: readonly { readonly type: string; readonly paths: readonly string[] }[];
  /** Single objects. One that is gone is left out. */
  readonly objects?: readonly { readonly object: Reference; readonly paths: readonly string[] }[];
  readonly about?: boolean;
  readonly licenses?: boolean;
}

export interface CollectedMany {
  /** Each object once, by its id, with all properties that were asked of it. */
  readonly objects: readonly Collected[];
  readonly about?: unknown;
  readonly licenses?: unknown;
}

const line = z.union([
  z.object({ obj: referenceSchema, changeSet: changeSetSchema.nullish() }),
  z.object({ about: z.unknown() }).strict(),
  z.object({ licenses: z.unknown() }).strict(),
]);

/** The lines of `inventory.collect` and `vm.apply`. */
export function readLines(output: string, args: readonly string[]): CollectedMany {
  const found = new Map<string, Collected>();
  const more: { about?: unknown; licenses?: unknown } = {};
  for (const text of output.split('\n')) {
    if (text.trim() === '') continue;
    const value = parse(line, text, args);
    if ('obj' in value) {
      const known = found.get(value.obj.value)?.properties;
      found.set(value.obj.value, { ref: value.obj, properties: { ...known, ...byName(value.changeSet ?? []) } });
    } else Object.assign(more, value);
  }
  return { objects: [...found.values()], ...more };
}

export async function collectMany(
  session: Session,
  request: CollectRequest,
  options: CommandOptions = {},
): Promise<CollectedMany> {
  const content = JSON.stringify({
    ...request,
    types: request.types?.map(({ type, paths }) => ({ type, pathSet: paths })),
  });
  return session.withFile(content, async (path) => {
    const args = ['inventory.collect', '-xml', `-file=${path}`];
    return readLines(await session.command(args, { ...options, isRepeatable: true }), args);
  });
}
