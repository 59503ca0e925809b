/** Reads and changes a draft by the paths of findings: `datacentres.0.vsphere.endpoints.1.url`. */

export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

type Node = Record<string, unknown> | unknown[];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

const isIndex = (key: string): boolean => /^\d+$/.test(key);

/** Inherited properties are not part of a draft. */
const isInherited = (key: string): boolean => key in Object.prototype;

// A plain read, since Vue does not track `Object.hasOwn` on a reactive draft, so a later key would go unnoticed.
const child = (node: Node, key: string): unknown =>
  Array.isArray(node) ? node[Number(key)] : isInherited(key) ? undefined : node[key];

/** The value at `path`, or undefined. The empty path is the root. */
export function valueAt(root: unknown, path: string): unknown {
  if (path === '') return root;
  let node: unknown = root;
  for (const key of path.split('.')) {
    if (!isNode(node)) return undefined;
    node = child(node, key);
  }
  return node;
}

const isEmptyObject = (value: unknown): boolean =>
  isNode(value) && !Array.isArray(value) && Object.keys(value).length === 0;

/**
 * Puts `value` at `path` and creates missing objects and lists. Undefined removes the key and the emptied objects, so
 * that a cleared field leaves no trace in the site file.
 */
export function putAt(root: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const parents: Node[] = [root];
  for (const [position, key] of keys.slice(0, -1).entries()) {
    const node = parents[position] as Node;
    let next = child(node, key);
    if (!isNode(next)) {
      if (value === undefined) return;
      next = isIndex(keys[position + 1] ?? '') ? [] : {};
      (node as Record<string, unknown>)[key] = next;
    }
    // It is read back, since a reactive draft stores a proxy of the object.
    parents.push(child(node, key) as Node);
  }
  const last = keys[keys.length - 1] ?? '';
  const target = parents[parents.length - 1] as Node;
  if (value !== undefined) {
    (target as Record<string, unknown>)[last] = value;
    return;
  }
  if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete target[last];
  for (let depth = parents.length - 1; depth > 0; depth -= 1) {
    const parent = parents[depth - 1] as Node;
    if (Array.isArray(parent) || !isEmptyObject(parents[depth])) return;
    delete parent[keys[depth - 1] ?? ''];
  }
}

/** `datacentres.0.name` is a field of every data centre, with its words under `datacentres.name`. */
export const withoutIndexes = (path: string): string =>
  path
    .split('.')
    .filter((key) => !isIndex(key))
    .join('.');

/** The longest of `paths` that is `path` or its prefix. */
export function nearestPath(path: string, paths: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const one of paths) {
    const leads = one === path || path.startsWith(`${one}.`);
    if (leads && (best === undefined || one.length > best.length)) best = one;
  }
  return best;
}
