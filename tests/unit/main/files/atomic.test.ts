import { mkdtemp, open, readFile, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileCalls, writeFileAtomic } from '../../../../main/adapters/files/atomic.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const refuse = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

/** The real calls, of which the n-th one fails; `short` lets every write take only a few bytes. */
function faulty(n: number, code: string, short = false): { calls: FileCalls; count: () => number } {
  let calls = 0;
  const step = () => {
    calls += 1;
    if (calls === n) refuse(code);
  };
  return {
    count: () => calls,
    calls: {
      open: async (path, flags, mode) => {
        step();
        const handle = await open(path, flags, mode);
        return new Proxy(handle, {
          get: (target, key) => {
            if (key === 'close') return () => target.close();
            if (key === 'write') {
              return (bytes: Uint8Array, offset: number, length: number) => {
                step();
                return target.write(bytes, offset, short ? Math.min(7, length) : length);
              };
            }
            if (key === 'sync' || key === 'stat') {
              return () => {
                step();
                return target[key]();
              };
            }
            return Reflect.get(target, key);
          },
        });
      },
      rename: async (from, to) => {
        step();
        await rename(from, to);
      },
      unlink,
    },
  };
}

describe('writing a file as a whole', () => {
  it('writes text and bytes, and leaves nothing else behind', async () => {
    const path = join(folder, 'state.json');
    expect(await writeFileAtomic(path, 'héllo')).toEqual({ ok: true, value: undefined });
    expect(await readFile(path, 'utf8')).toBe('héllo');
    await writeFileAtomic(path, new Uint8Array([0, 255, 10]));
    expect([...(await readFile(path))]).toEqual([0, 255, 10]);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it.skipIf(process.platform === 'win32')('gives the file the mode that was asked for', async () => {
    const path = join(folder, 'secret');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeFileAtomic(path, 'new', { mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('finishes what single writes do only in part', async () => {
    const path = join(folder, 'state');
    const content = 'x'.repeat(1000);
    expect((await writeFileAtomic(path, content, { calls: faulty(0, '', true).calls })).ok).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it.each(['ENOSPC', 'EIO'])('keeps the old or the new state whichever call fails with %s', async (code) => {
    const path = join(folder, 'state');
    const clean = faulty(0, '', true);
    await writeFileAtomic(path, 'a'.repeat(60), { calls: clean.calls });
    const total = clean.count();
    expect(total).toBeGreaterThan(10);
    for (let n = 1; n <= total; n += 1) {
      await writeFile(path, 'old');
      const result = await writeFileAtomic(path, 'b'.repeat(60), { calls: faulty(n, code, true).calls });
      expect(result).toEqual({
        ok: false,
        failure: {
          kind: 'operation',
          code: code === 'ENOSPC' ? 'files.no-space' : 'files.failed',
          params: { path, reason: code },
        },
      });
      // Only the fsync of the folder comes after the rename: the new content is there as a whole.
      expect(await readFile(path, 'utf8')).toBe(n > total - 2 ? 'b'.repeat(60) : 'old');
      expect(await readdir(folder)).toEqual(['state']);
    }
  });

  it.each([
    ['a missing folder', 'nowhere/state', 'files.missing'],
    ['a folder in its place', '.', 'files.is-folder'],
  ])('names %s', async (_, name, code) => {
    const result = await writeFileAtomic(join(folder, name), 'x');
    expect(result).toMatchObject({ ok: false, failure: { code } });
  });
});
