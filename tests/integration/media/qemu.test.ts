import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../core/errors.ts';
import { VmdkCheck } from '../../../core/media/vmdk.ts';
import type { VmdkReport } from '../../../core/media/vmdk.ts';
import { writeSampleVmdk } from '../../../main/adapters/media/vmdk-writer.ts';

/** Disks of qemu-img, whose tables come before the data, and qemu-img's view of ours. */

let folder = '';
let disk: Buffer;
const at = (name: string): string => path.join(folder, name);
const qemu = (...args: readonly string[]): string => execFileSync('qemu-img', args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-qemu-'));
  execFileSync('sh', ['-c', 'dd if=/dev/urandom of=raw bs=64k count=5 2>/dev/null && truncate -s 1G raw'], {
    cwd: folder,
  });
  qemu('convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', 'raw', 'disk.vmdk');
  disk = readFileSync(at('disk.vmdk'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(bytes: Buffer): VmdkReport | string {
  try {
    const stream = new VmdkCheck('a.vmdk', bytes.length);
    stream.push(bytes);
    return stream.end();
  } catch (error) {
    if (error instanceof FailureSignal) return error.failure.code;
    throw error;
  }
}

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(disk);
  change(bytes);
  return bytes;
};

describe('a disk of qemu-img', () => {
  /** First entry of the first grain table of a set, whose directory the header names at `field`. */
  const firstEntry = (field: number): number => disk.readUInt32LE(Number(disk.readBigUInt64LE(field)) * 512) * 512;
  const sets = [
    ['the redundant tables', 48],
    ['the tables', 56],
  ] as const;

  it('is accepted', () => {
    expect(check(disk)).toEqual({ capacityBytes: 2 ** 30, grains: 5 });
  });

  it.each(sets)('is refused when %s point elsewhere', (_name, field) => {
    const entry = firstEntry(field);
    expect(check(changed((bytes) => void bytes.writeUInt32LE(7, entry)))).toBe('media.vmdk-table');
    expect(check(changed((bytes) => void bytes.writeUInt32LE(0, entry)))).toBe('media.vmdk-table');
    expect(check(changed((bytes) => bytes.copy(bytes, entry, entry + 4, entry + 8)))).toBe('media.vmdk-table');
  });

  it.each(sets)('is refused when %s name a grain that is not there', (_name, field) => {
    expect(check(changed((bytes) => void bytes.writeUInt32LE(0x7fff_ffff, firstEntry(field) + 4 * 100)))).toBe(
      'media.vmdk-table',
    );
  });

  it.each(sets)('is refused when the directory of %s leads outside the file', (_name, field) => {
    const directory = Number(disk.readBigUInt64LE(field)) * 512;
    expect(check(changed((bytes) => void bytes.writeUInt32LE(0x7fff_ffff, directory)))).toBe('media.vmdk-directory');
  });

  it('is refused when both sets of tables are one', () => {
    expect(check(changed((bytes) => bytes.copy(bytes, 48, 56, 64)))).toBe('media.vmdk-layout');
  });

  it('is refused when it is cut, or has more behind it', () => {
    expect(check(disk.subarray(0, disk.length - 512 * 100))).toBe('media.vmdk-truncated');
    expect(check(Buffer.concat([disk, Buffer.alloc(1024)]))).toBe('media.vmdk-trailing');
  });
});

describe('a sample disk of ours', () => {
  it('is sound for qemu-img, and holds what we put there', () => {
    writeFileSync(
      at('ours.vmdk'),
      writeSampleVmdk({ name: 'ours.vmdk', capacityBytes: 2 ** 30, grains: 3, seed: 'qemu' }),
    );
    expect(qemu('check', 'ours.vmdk')).toContain('No errors');
    const info: unknown = JSON.parse(qemu('info', '--output=json', 'ours.vmdk'));
    expect(info).toMatchObject({ 'virtual-size': 2 ** 30, format: 'vmdk' });
    qemu('convert', '-O', 'raw', 'ours.vmdk', 'ours.raw');
    qemu('convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', 'ours.raw', 'again.vmdk');
    expect(check(readFileSync(at('again.vmdk')))).toEqual({ capacityBytes: 2 ** 30, grains: 3 });
    expect(qemu('compare', 'ours.raw', 'ours.vmdk')).toContain('identical');
  });
});
