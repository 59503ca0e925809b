/** Reading and changing a draft by the same paths that findings carry: `datacentres.0.vsphere.endpoints.1.url`. */

export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

type Node = Record<string, unknown> | unknown[];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

const isIndex = (key: string): boolean => /^\d+$/.test(key);

/** What every object inherits is no part of a draft. */
const isInherited = (key: string): boolean => key in Object.prototype;

// A plain read, since Vue does not notice `Object.hasOwn` on a reactive draft: a key that comes later would stay unseen.
const child = (node: Node, key: string): unknown =>
  Array.isArray(node) ? node[Number(key)] : isInherited(key) ? undefined : node[key];

/** The value at `path`; undefined where there is none. The empty path is the root. */
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
 * Puts `value` at `path`, making the objects and lists on the way. Undefined takes the key out, and with it the objects
 * that it leaves empty, so that a cleared field leaves no trace in the site file.
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
    // Read back: in a reactive draft the stored object is a proxy of the one that was put in.
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

/** `datacentres.0.name` is a field of every data centre: its words stand under `datacentres.name`. */
export const withoutIndexes = (path: string): string =>
  path
    .split('.')
    .filter((key) => !isIndex(key))
    .join('.');

/** The longest of `paths` that is `path` or leads to it. */
export function nearestPath(path: string, paths: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const one of paths) {
    const leads = one === path || path.startsWith(`${one}.`);
    if (leads && (best === undefined || one.length > best.length)) best = one;
  }
  return best;
}
