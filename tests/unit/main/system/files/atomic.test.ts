import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileCalls, writeFileAtomic } from '../../../../../main/system/files/atomic.ts';
import { hostTag } from '../../../../../main/system/files/running.ts';

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
  it('writes text and bytes, and leaves no other file', async () => {
    const path = join(folder, 'state.json');
    expect(await writeFileAtomic(path, 'héllo')).toEqual({ ok: true, value: undefined });
    expect(await readFile(path, 'utf8')).toBe('héllo');
    await writeFileAtomic(path, new Uint8Array([0, 255, 10]));
    expect([...(await readFile(path))]).toEqual([0, 255, 10]);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it.skipIf(process.platform === 'win32')('gives a new file the requested mode', async () => {
    const path = join(folder, 'secret');
    await writeFileAtomic(path, 'new', { mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32').each([0o600, 0o640, 0o664, 0o444])(
    'leaves an existing file its mode %o, with any umask',
    async (mode) => {
      const path = join(folder, 'site.yaml');
      await writeFile(path, 'old');
      await chmod(path, mode);
      await writeFileAtomic(path, 'new', { mode: 0o644 });
      expect(await readFile(path, 'utf8')).toBe('new');
      expect((await stat(path)).mode & 0o7777).toBe(mode);
    },
  );

  const asRoot = process.getuid?.() === 0;
  if (!asRoot) process.stderr.write('Skipped, only root can change the owner of a file\n');
  it.skipIf(!asRoot)('leaves an existing file its owner and group', async () => {
    const path = join(folder, 'site.yaml');
    await writeFile(path, 'old');
    await chown(path, 1234, 4321);
    await chmod(path, 0o660);
    await writeFileAtomic(path, 'new');
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 4321 });
    expect((await stat(path)).mode & 0o777).toBe(0o660);
  });

  describe.skipIf(process.platform === 'win32')('that is a symbolic link', () => {
    /** A link `name` beside folders `real` and `shown`, the second of which is a link to `real/deep`. */
    const links: readonly (readonly [what: string, link: string, file: string])[] = [
      ['to a file beside it', 'vault.age', 'vault.age'],
      ['to a file elsewhere', 'real/vault.age', 'real/vault.age'],
      ['to a link to a file', 'second', 'real/vault.age'],
      ['up from a linked folder', 'shown/../vault.age', 'real/vault.age'],
    ];

    beforeEach(async () => {
      await mkdir(join(folder, 'real', 'deep'), { recursive: true });
      await symlink('real/deep', join(folder, 'shown'));
      await symlink('real/vault.age', join(folder, 'second'));
    });

    it.each(links)('%s stays one, and the file is written', async (_what, link, file) => {
      await symlink(link, join(folder, 'name'));
      await writeFile(join(folder, file), 'old', { mode: 0o640 });
      expect(await writeFileAtomic(join(folder, 'name'), 'new', { mode: 0o600 })).toEqual({ ok: true });
      expect(await readlink(join(folder, 'name'))).toBe(link);
      expect(await readFile(join(folder, file), 'utf8')).toBe('new');
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o640);
      expect((await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });

    it.each(links)('%s that does not exist yet makes the file', async (_what, link, file) => {
      await symlink(link, join(folder, 'name'));
      expect(await writeFileAtomic(join(folder, 'name'), 'new', { mode: 0o600 })).toEqual({ ok: true });
      expect(await readlink(join(folder, 'name'))).toBe(link);
      expect(await readFile(join(folder, file), 'utf8')).toBe('new');
    });

    it.each([
      ['into a folder that does not exist', 'nowhere/vault.age', 'files.missing'],
      ['to itself', 'name', 'files.loop'],
      ['to a folder', 'real', 'files.is-folder'],
    ])('%s is named and stays as it is', async (_what, link, code) => {
      const name = join(folder, 'name');
      await symlink(link, name);
      expect(await writeFileAtomic(name, 'new')).toMatchObject({ failure: { code, params: { path: name } } });
      expect(await readlink(name)).toBe(link);
    });
  });

  it.skipIf(process.platform === 'win32')('refuses a path that is no regular file', async () => {
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    expect(await writeFileAtomic(pipe, 'x')).toMatchObject({ failure: { code: 'files.failed' } });
    expect((await stat(pipe)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it('removes temporary files of a killed writer of the same file, and no others', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = `.state.${dead}.${hostTag()}.0123456789ab.tmp`;
    const others = [
      `.state.${process.pid}.${hostTag()}.0123456789ab.tmp`,
      `.state.${dead}.00000000.0123456789ab.tmp`,
      `.other.${dead}.${hostTag()}.0123456789ab.tmp`,
      '.state.notes.tmp',
    ];
    for (const name of [left, ...others]) await writeFile(join(folder, name), '');
    await writeFileAtomic(join(folder, 'state'), 'new');
    expect((await readdir(folder)).toSorted()).toEqual([...others, 'state'].toSorted());
  });

  it('continues after partial writes', async () => {
    const path = join(folder, 'state');
    const content = 'x'.repeat(1000);
    expect((await writeFileAtomic(path, content, { calls: faulty(0, '', true).calls })).ok).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it.each(['ENOSPC', 'EIO'])('keeps the old or the new state if any call fails with %s', async (code) => {
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
      // Only the fsync of the folder follows the rename: the new content is complete.
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
