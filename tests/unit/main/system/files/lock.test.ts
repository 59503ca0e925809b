import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Holder, type Lock, isLocked, tryLock } from '../../../../../main/system/files/lock.ts';
import { hostTag } from '../../../../../main/system/files/running.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The PID of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const holder = (changes: Partial<Holder> = {}): string =>
  JSON.stringify({ pid: process.pid, host: hostname(), uptime: uptime(), key: 'k', ...changes });

async function take(): Promise<Lock> {
  const attempt = await tryLock(path);
  if (!attempt.taken) throw new Error(`held by ${attempt.holder.pid}`);
  return attempt.lock;
}

describe('a lock', () => {
  it('has one holder, names its process, and is released', async () => {
    const lock = await take();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(await isLocked(path)).toBe(true);
    expect(await tryLock(path)).toMatchObject({ taken: false, holder: { pid: process.pid } });
    await lock.release();
    expect(await isLocked(path)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
    await take();
  });

  it("of another live process is respected, also in an earlier version's format", async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    try {
      const { pid = 0 } = child;
      for (const content of [holder({ pid }), JSON.stringify({ pid, at: 0, key: 'k' })]) {
        await writeFile(path, content);
        expect(await isLocked(path)).toBe(true);
        expect(await tryLock(path)).toMatchObject({ taken: false, holder: { pid } });
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('of another computer is respected only if the folder is shared', async () => {
    await writeFile(path, holder({ pid: deadPid(), host: 'elsewhere' }));
    expect(await isLocked(path, { shared: true })).toBe(true);
    expect(await tryLock(path, { shared: true })).toMatchObject({ taken: false, holder: { host: 'elsewhere' } });
    expect(await isLocked(path)).toBe(false);
    await take();
  });

  it.each([
    ['a dead process', () => holder({ pid: deadPid() })],
    ['a process before the computer was restarted', () => holder({ uptime: uptime() + 3600 })],
    ['an unreadable holder', () => '123'],
    ['a holder whose key is a path', () => holder({ key: '../../x' })],
    ['a torn write', () => '{"pid":1'],
    ['nothing', () => ''],
    ['null', () => 'null'],
    ['a list', () => '[1]'],
    ['bytes that are no text', () => '\0\ufffd\0'],
    ['more than any holder', () => `${holder()}${' '.repeat(1_000_000)}`],
  ])('of %s is taken over', async (_what, content) => {
    await writeFile(path, content());
    expect(await isLocked(path)).toBe(false);
    await take();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('replaces a folder at its path, reports it, and keeps the folder aside', async () => {
    await mkdir(path);
    await writeFile(join(path, 'notes'), '');
    let said = 0;
    const attempt = await tryLock(path, { onUnreadable: () => (said += 1) });
    expect(attempt.taken).toBe(true);
    expect(said).toBe(1);
    const [kept = '', ...others] = (await readdir(folder)).filter((name) => name !== 'lock');
    expect(others).toEqual([]);
    expect(await readdir(join(folder, kept))).toEqual(['notes']);
  });

  it('of a dead process is taken over without a warning', async () => {
    await writeFile(path, holder({ pid: deadPid() }));
    let said = 0;
    await tryLock(path, { onUnreadable: () => (said += 1) });
    expect(said).toBe(0);
  });

  it('of a process that was killed while it took the lock leaves no file', async () => {
    const draft = (pid: number): string => `lock.${pid}.${hostTag()}.0123456789ab.draft`;
    for (const name of [draft(deadPid()), draft(process.pid), 'lock-notes.draft'])
      await writeFile(join(folder, name), '');
    await take();
    expect((await readdir(folder)).toSorted()).toEqual(['lock', draft(process.pid), 'lock-notes.draft'].toSorted());
  });

  it('is taken over even if a process died while taking it over', async () => {
    const dead = deadPid();
    await writeFile(path, holder({ pid: dead, key: 'one' }));
    await writeFile(`${path}.one`, holder({ pid: dead, key: 'two' }));
    await take();
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('at a dangling link is an error, not an endless wait', { timeout: 20_000 }, async () => {
    await symlink(join(folder, 'nowhere'), path);
    await expect(tryLock(path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('that is still empty gets time to be filled', async () => {
    await writeFile(path, '');
    const attempt = tryLock(path);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await writeFile(path, holder());
    expect(await attempt).toMatchObject({ taken: false, holder: { pid: process.pid } });
  });

  it('goes to one of many concurrent processes, whether free or stale', async () => {
    const dead = holder({ pid: deadPid() });
    for (const content of [undefined, ...Array.from({ length: 20 }, () => dead)]) {
      if (content !== undefined) await writeFile(path, content);
      const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
      expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
      expect(await readdir(folder)).toEqual(['lock']);
      for (const attempt of attempts) if (attempt.taken) await attempt.lock.release();
    }
  });

  it('is not released by a process that lost it', async () => {
    const lock = await take();
    expect(await lock.isHeld()).toBe(true);
    await writeFile(path, holder());
    expect(await lock.isHeld()).toBe(false);
    await lock.release();
    expect(await readdir(folder)).toEqual(['lock']);
  });
});
