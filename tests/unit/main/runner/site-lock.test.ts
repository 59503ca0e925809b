import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSiteLocked, lockSite } from '../../../../main/runner/site-lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let sites = 0;
async function freshSite(content?: string): Promise<{ site: string; path: string }> {
  const site = `site-${(sites += 1)}`;
  const path = join(folder, 'sites', site, 'lock');
  if (content !== undefined) {
    await mkdir(join(folder, 'sites', site), { recursive: true });
    await writeFile(path, content);
  }
  return { site, path };
}

/** The number of a process that was there and is no more. */
const deadPid = (): number => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return pid;
};
const holder = (pid: number, at = Date.now()): string => JSON.stringify({ pid, at, key: 'k' });
const entries = async (site: string): Promise<string[]> => readdir(join(folder, 'sites', site));

describe('the lock of a site', () => {
  it('is held by one, named by its process, and given back', async () => {
    const { site, path } = await freshSite();
    const first = await lockSite(folder, site);
    if (!first.ok) throw new Error(first.failure.code);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await isSiteLocked(folder, site)).toBe(true);
    expect(await lockSite(folder, site)).toMatchObject({
      failure: { code: 'deploy.busy', params: { pid: process.pid } },
    });
    await first.value();
    expect(await isSiteLocked(folder, site)).toBe(false);
    expect(await entries(site)).toEqual([]);
    expect((await lockSite(folder, site)).ok).toBe(true);
  });

  it('of another live process is respected', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    try {
      const { site } = await freshSite(holder(child.pid ?? 0));
      expect(await lockSite(folder, site)).toMatchObject({
        failure: { code: 'deploy.busy', params: { pid: child.pid } },
      });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    ['a dead process', () => holder(deadPid())],
    ['a process before the computer was restarted', () => holder(process.pid, 0)],
    ['nobody who can be read', () => '123'],
    ['a torn write', () => '{"pid":1'],
    ['nothing', () => ''],
  ])('of %s is taken over', async (_what, content) => {
    const { site, path } = await freshSite(content());
    expect(await isSiteLocked(folder, site)).toBe(false);
    const locked = await lockSite(folder, site);
    expect(locked.ok).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await entries(site)).toEqual(['lock']);
  });

  it('goes to one of many that come at once, whether free or left behind', async () => {
    const dead = holder(deadPid());
    for (const content of [undefined, ...Array.from({ length: 20 }, () => dead)]) {
      const { site } = await freshSite(content);
      const results = await Promise.all(Array.from({ length: 20 }, () => lockSite(folder, site)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await entries(site)).toEqual(['lock']);
    }
  });

  it('is not given back by who lost it', async () => {
    const { site, path } = await freshSite();
    const first = await lockSite(folder, site);
    if (!first.ok) throw new Error(first.failure.code);
    await writeFile(path, holder(process.pid));
    await first.value();
    expect(await entries(site)).toEqual(['lock']);
  });
});
