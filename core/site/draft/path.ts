/** Reads a value of unknown shape by the path of a finding. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const child = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

/** The value at a path of keys, or undefined. */
export const valueAtKeys = (root: unknown, keys: readonly PropertyKey[]): unknown =>
  keys.reduce<unknown>((value, key) => child(value, String(key)), root);

/** The value at a path that joins keys by dots, or undefined. A key may contain dots. */
export function valueAtPath(root: unknown, path: string): unknown {
  if (path === '') return root;
  const parts = path.split('.');
  for (let used = 1; used <= parts.length; used += 1) {
    const value = child(root, parts.slice(0, used).join('.'));
    if (value !== undefined) return valueAtPath(value, parts.slice(used).join('.'));
  }
  return undefined;
}

/** Whether the path is one of `paths` or lies below one of them. */
export const isAtOrBelow = (path: string, paths: readonly string[]): boolean =>
  paths.some((one) => path === one || path.startsWith(`${one}.`));
