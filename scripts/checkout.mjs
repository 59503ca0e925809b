/** Paths of a checkout. Needs only Node 20 or later: it runs before dependencies are installed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';

/** A path inside the checkout. */
export const inCheckout = (...parts) => join(root, ...parts);

/** Node 24 from the devDependency. */
export const node24 = inCheckout('node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** Folder of Node's compile cache. */
export const compileCache = inCheckout('node_modules', '.cache', 'compiled');

/** The script of a tool in node_modules, to be run with {@link node24}. */
export function toolScript(packageName, bin = packageName) {
  const folder = inCheckout('node_modules', packageName);
  const { bin: bins } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bins === 'string' ? bins : bins[bin]);
}

export function* filesUnder(path) {
  if (!existsSync(path)) return;
  const entries = readdirSync(path, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) yield* filesUnder(join(path, entry.name));
    else if (entry.isFile()) yield join(path, entry.name);
  }
}

/** SHA-256 over names and contents of files and folders of the checkout: the same sources give the same digest. */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.map((part) => inCheckout(part))) {
    const files = statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : filesUnder(path);
    for (const file of files)
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
  }
  return hash.digest('hex');
}

function readFileOrNull(path) {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

const stampPath = (name) => inCheckout('build', 'stamps', name);

/** The value recorded when `name` was last done, or the empty string. */
export const readStamp = (name) => (readFileOrNull(stampPath(name)) ?? '').toString();

/** Records that `name` was done for `value`. */
export function writeStamp(name, value) {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), value);
}
