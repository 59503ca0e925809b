/** Runs on a disk of 256 KiB (see crash.test.ts) and prints what happened there. */
import { readFile, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../../core/base/errors.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { appendLine, wholeLines } from '../../../main/system/files/lines.ts';

const [folder = ''] = process.argv.slice(2);
const state = join(folder, 'state');
const journal = join(folder, 'journal');

const first = await writeFileAtomic(state, 'a'.repeat(100_000));
await appendLine(journal, 'line 0');
const second = await writeFileAtomic(state, 'b'.repeat(200_000));
const content = new Set(await readFile(state, 'utf8'));

let lastAppend: Result<void> = { ok: true, value: undefined };
let written = 0;
while (lastAppend.ok && written < 1000) {
  lastAppend = await appendLine(journal, `${written} ${'x'.repeat(3000)}`);
  if (lastAppend.ok) written += 1;
}
const files = (await readdir(folder)).toSorted();
const bytes = await readFile(journal, 'utf8');
const lines = wholeLines(bytes);
const journalIsWhole = lines.length === written + 1 && bytes.endsWith('x\n');
await unlink(journal);
const afterwards = await writeFileAtomic(state, 'c'.repeat(100_000));

const answers = { first, second, state: [...content].join(''), files, lastAppend, journalIsWhole, afterwards };
process.stdout.write(JSON.stringify(answers));
