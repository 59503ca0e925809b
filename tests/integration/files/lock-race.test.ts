import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLocked } from '../../../main/system/files/lock.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-lock-race-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly errors: string;
}

const worker = (...args: readonly string[]): Promise<End> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(__dirname, 'lock-worker.ts'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, errors }));
  });

it('processes that are killed while they hold a lock neither share it nor lose it', async () => {
  const path = join(folder, 'lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const ends = await Promise.all(Array.from({ length: 6 }, () => worker(path, '100', String(pid))));
  expect(ends).toEqual(ends.map(() => ({ code: 0, errors: '' })));
  expect(await isLocked(path)).toBe(false);
  expect((await readdir(folder)).filter((name) => name !== 'lock')).toEqual([]);
});
