import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTarSizes } from '../src/tar-index.ts';
import { writeTinyOva } from './tiny-ova.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-index-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('knows the size of each file in an OVA', async () => {
  const path = join(folder, 'a.ova');
  await writeTinyOva(path, { disks: 2, diskBytes: 3000 });
  const sizes = await readTarSizes(path);
  expect([...sizes.keys()]).toEqual(['tiny.ovf', 'disk-0.vmdk', 'disk-1.vmdk']);
  expect(sizes.get('disk-1.vmdk')).toBe(3000);
});

it('reads sizes from 8 GiB on, which tar writes in binary', async () => {
  const header = Buffer.alloc(512);
  header.write('big.vmdk', 0);
  header.writeUInt8(0x80, 124);
  header.writeBigUInt64BE(20n * 1024n ** 3n, 128);
  header.write('0', 156);
  const path = join(folder, 'big.tar');
  await writeFile(path, header);
  expect((await readTarSizes(path)).get('big.vmdk')).toBe(20 * 1024 ** 3);
});

it('returns no sizes for a file that is no archive', async () => {
  const path = join(folder, 'text');
  await writeFile(path, 'no archive'.repeat(200));
  expect((await readTarSizes(path)).size).toBe(0);
});
