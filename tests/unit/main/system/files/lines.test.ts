import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendLine, wholeLines } from '../../../../../main/system/files/lines.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-lines-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a journal of lines', () => {
  const read = async (path: string): Promise<string[]> => wholeLines(await readFile(path, 'utf8'));

  it('returns the appended lines', async () => {
    const path = join(folder, 'journal');
    await appendLine(path, 'one');
    await appendLine(path, 'zwei ü', { fsync: true });
    await appendLine(path, '');
    expect(await read(path)).toEqual(['one', 'zwei ü', '']);
  });

  it('ignores a torn last line when reading and cuts it off when writing', async () => {
    const path = join(folder, 'journal');
    await appendLine(path, 'whole');
    await appendFile(path, 'to'.repeat(5000));
    expect(await read(path)).toEqual(['whole']);
    await appendLine(path, 'next');
    expect(await readFile(path, 'utf8')).toBe('whole\nnext\n');
  });

  it('survives a cut at any byte: the first complete lines are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ' ')),
          { maxLength: 6 },
        ),
        fc.nat(200),
        async (lines, cut) => {
          const path = join(folder, 'cut');
          await writeFile(path, Buffer.from(lines.map((line) => `${line}\n`).join('')).subarray(0, cut));
          const whole = await read(path);
          expect(whole).toEqual(lines.slice(0, whole.length));
          await appendLine(path, 'more');
          expect(await read(path)).toEqual([...whole, 'more']);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('treats a line feed as a bug and a folder as a failure', async () => {
    await expect(appendLine(join(folder, 'j'), 'a\nb')).rejects.toThrow(TypeError);
    expect(await appendLine(folder, 'a')).toMatchObject({ ok: false, failure: { code: 'files.is-folder' } });
  });
});
