import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../../core/base/errors.ts';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { tryLock } from '../../../main/system/files/lock.ts';
import { createVault } from '../../../main/adapters/secrets/vault.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-writers-'));
});
afterEach(() => rm(folder, { recursive: true }));

const writer = (path: string, name: number, count: number): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const args = [join(__dirname, 'vault-writer.ts'), path, String(name), String(count)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', resolve);
  });

/** A process id that was in use a moment ago and is free now. */
const deadProcess = (): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', () => resolve(child.pid));
  });

describe('several processes that write to one vault', () => {
  it('lose no secret, although they all find the lock of a dead process', async () => {
    const path = join(folder, 'vault');
    const writers = 6;
    const each = 8;
    const dead = { pid: await deadProcess(), host: hostname(), uptime: 0, key: '00' };
    await writeFile(`${path}.lock`, JSON.stringify(dead));
    const ends = await Promise.all(Array.from({ length: writers }, (_, name) => writer(path, name, each)));
    expect(ends).toEqual(Array.from({ length: writers }, () => 0));
    const vault = createVault({ path, passphrase: async () => ok('pw'), writeFile: writeFileAtomic, tryLock });
    const names = Array.from(
      { length: writers * each },
      (_, at) => `wireguard/gw-${Math.floor(at / each)}-${at % each}`,
    );
    expect(await vault.list()).toEqual(ok(names));
    expect(await readdir(folder)).toEqual(['vault']);
  });
});
