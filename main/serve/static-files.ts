/** The page's files, read once at the start. The server answers by exact path from these only. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
}

async function pathsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return pathsBelow(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return found.flat();
}

/** Files below `folder` by their URL path; `/` is the page. Throws if the folder is missing: the build makes it. */
export async function readStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  await Promise.all(
    (await pathsBelow(folder)).map(async (path) => {
      const url = `/${relative(folder, path).split(sep).join('/')}`;
      const file = { body: await readFile(path), type: types[extname(path)] ?? 'application/octet-stream' };
      files.set(url, file);
      if (url === '/index.html') files.set('/', file);
    }),
  );
  return files;
}
