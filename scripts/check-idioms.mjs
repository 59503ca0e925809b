/** Checks the idioms of the sources, and the width of comments. `--wrap` wraps the comments instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { filesUnder, inCheckout, root } from './checkout.mjs';
import { breachesIn } from './idioms.mjs';
import { columns, wrapComments } from './wrap-comments.mjs';

const folders = ['core', 'main', 'preload', 'renderer', 'packages', 'tests', 'bench', 'scripts', 'tools'];
const source = /\.(?:ts|vue|mjs|cjs)$/;
const isWrapping = process.argv.includes('--wrap');

const found = new Map();
const add = (says, line) => found.set(says, [...(found.get(says) ?? []), line]);

for (const path of folders.flatMap((folder) => [...filesUnder(inCheckout(folder))])) {
  if (!source.test(path)) continue;
  const name = relative(root, path).replaceAll('\\', '/');
  const text = readFileSync(path, 'utf8');
  const wrapped = wrapComments(text);
  if (wrapped !== text && isWrapping) writeFileSync(path, wrapped);
  else if (wrapped !== text) add(`A comment has at most ${columns} columns. "npm run format" wraps them.`, name);
  for (const { says, line } of breachesIn(name, text)) add(says, line);
}
for (const [says, lines] of found) console.log(`${says}\n${lines.map((line) => `  ${line}`).join('\n')}`);
process.exitCode = found.size === 0 || isWrapping ? 0 : 1;
