import { z } from 'zod';
import { check, collectAll, referenceSchema } from './collect.ts';
import type { Collected, Reference } from './collect.ts';
import { GovcError } from './errors.ts';
import type { CommandOptions, Session } from './session.ts';
import type { Entity } from './inventory-types.ts';

/** Names and places of everything in the inventory: what names, paths and targets are looked up in. */
export interface Tree {
  readonly entities: readonly Entity[];
  get(moref: string): Entity | undefined;
}

const properties = z.object({ name: z.string(), parent: referenceSchema.nullish() });

/** vSphere writes these three characters in names as their URL codes. */
export function decodeName(name: string): string {
  return name.replace(/%(25|2f|5c)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

export const treePaths = ['name', 'parent'] as const;

export async function readTree(session: Session, options: CommandOptions = {}): Promise<Tree> {
  return treeOf(await collectAll(session, 'ManagedEntity', treePaths, options));
}

export function treeOf(found: readonly Collected[]): Tree {
  const nodes = new Map(
    found.map(({ ref, properties: raw }) => [ref.value, { ref, ...check(properties, raw, ['object.collect']) }]),
  );
  const paths = new Map<string, string>();
  // The root folder is not among what lies below it: a parent that is not there is the root.
  const pathOf = (moref: string, depth: number): string => {
    const known = paths.get(moref);
    if (known !== undefined) return known;
    const node = nodes.get(moref);
    if (node === undefined || depth > 64) return '';
    const path = `${node.parent ? pathOf(node.parent.value, depth + 1) : ''}/${node.name}`;
    paths.set(moref, path);
    return path;
  };
  const entities = [...nodes.values()].map(({ ref, name }) => ({
    type: ref.type,
    moref: ref.value,
    name: decodeName(name),
    path: pathOf(ref.value, 0),
  }));
  const byMoref = new Map(entities.map((entity) => [entity.moref, entity]));
  return { entities, get: (moref) => byMoref.get(moref) };
}

const networkTypes = ['Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork'];
export const entityTypes = { network: networkTypes, datastore: ['Datastore'], vm: ['VirtualMachine'] } as const;

/** The one object of these types with this name or path; `not-found` or `ambiguous` otherwise. */
export function findEntity(tree: Tree, types: readonly string[], nameOrPath: string, what: string): Entity {
  const fitting = tree.entities.filter((entity) => types.includes(entity.type));
  const byPath = fitting.filter((entity) => entity.path === nameOrPath);
  const matches = byPath.length > 0 ? byPath : fitting.filter((entity) => entity.name === nameOrPath);
  const [first] = matches;
  if (first === undefined) throw new GovcError('not-found', `There is no ${what} "${nameOrPath}".`);
  if (matches.length > 1) {
    const paths = matches.map((entity) => entity.path).join(', ');
    throw new GovcError('ambiguous', `"${nameOrPath}" fits more than one ${what}: ${paths}.`);
  }
  return first;
}

/**
 * How govc is told of an object: by its id, which it takes in place of a name and which no pattern character disturbs;
 * by its path where the id has a '/' (networks and NFS datastores of ESXi), as govc takes that for a path.
 */
export function argumentFor(entity: Entity): string {
  if (!entity.moref.includes('/')) return `${entity.type}:${entity.moref}`;
  return entity.path.replace(/[\\*?[\]]/g, '\\$&');
}

export function vmArgument(ref: Reference): string {
  return `${ref.type}:${ref.value}`;
}

/** Names that were read before: looked up first, and read again where one is not found. */
export interface KnownTree {
  get(options: CommandOptions): Promise<Tree>;
  forget(): void;
}

/** Looks up in the names that are known, and once more in new ones where that fails. */
export async function lookUp<T>(trees: KnownTree, options: CommandOptions, find: (tree: Tree) => T): Promise<T> {
  try {
    return find(await trees.get(options));
  } catch (error) {
    if (!(error instanceof GovcError) || (error.kind !== 'not-found' && error.kind !== 'ambiguous')) throw error;
    trees.forget();
    return find(await trees.get(options));
  }
}
