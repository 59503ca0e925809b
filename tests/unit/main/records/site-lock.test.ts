import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSiteLocked, lockSite } from '../../../../main/records/site-lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-site-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('one run works on a site, and a second run is told the holder', async () => {
  expect(await isSiteLocked(folder, 'acme')).toBe(false);
  const first = await lockSite(folder, 'acme');
  if (!first.ok) throw new Error(first.failure.code);
  expect(await isSiteLocked(folder, 'acme')).toBe(true);
  const params = { pid: process.pid, host: hostname(), lock: join(folder, 'sites', 'acme', 'lock') };
  expect(await lockSite(folder, 'acme')).toMatchObject({ failure: { code: 'deploy.busy', params } });
  expect((await lockSite(folder, 'other')).ok).toBe(true);
  await first.value();
  expect((await lockSite(folder, 'acme')).ok).toBe(true);
});

it('a folder that cannot be created is named', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  expect(await lockSite(file, 'acme')).toMatchObject({ failure: { code: 'files.not-folder' } });
});
