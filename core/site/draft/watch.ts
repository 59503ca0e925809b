/** Records which guessed fields of a completed site are read, so that rules need not declare their inputs. */
import type { Keys } from './complete.ts';

interface Tree {
  isGuessed: boolean;
  readonly below: Map<string, Tree>;
}

const newTree = (): Tree => ({ isGuessed: false, below: new Map() });

function treeOf(paths: readonly Keys[]): Tree {
  const root = newTree();
  for (const path of paths) {
    let tree = root;
    for (const key of path.map(String)) {
      const next = tree.below.get(key) ?? newTree();
      tree.below.set(key, next);
      tree = next;
    }
    tree.isGuessed = true;
  }
  return root;
}

/** Wraps `value` in a proxy. `tell` gets the path, keys joined by dots, of each guessed field that is read. */
export function watched<T extends object>(value: T, guessed: readonly Keys[], tell: (path: string) => void): T {
  const proxies = new Map<object, object>();
  const wrap = <Part extends object>(part: Part, tree: Tree, at: string): Part => {
    const known = proxies.get(part);
    if (known !== undefined) return known as Part;
    const join = (key: string): string => (at === '' ? key : `${at}.${key}`);
    const proxy = new Proxy(part, {
      get(target, key): unknown {
        const item: unknown = Reflect.get(target, key);
        const below = typeof key === 'string' ? tree.below.get(key) : undefined;
        if (below === undefined || typeof key !== 'string') return item;
        if (below.isGuessed) tell(join(key));
        else if (typeof item === 'object' && item !== null) return wrap(item, below, join(key));
        return item;
      },
      // Reading the keys of a map tells which fields are present.
      ownKeys(target) {
        for (const [key, below] of tree.below) if (below.isGuessed) tell(join(key));
        return Reflect.ownKeys(target);
      },
    });
    proxies.set(part, proxy);
    return proxy;
  };
  return wrap(value, treeOf(guessed), '');
}
