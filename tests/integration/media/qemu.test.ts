import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../core/base/errors.ts';
import { VmdkCheck } from '../../../core/media/vmdk/vmdk.ts';
import type { VmdkReport } from '../../../core/media/vmdk/vmdk.ts';
import { writeSampleVmdk } from '../../../main/demo/medium/vmdk-writer.ts';

/** Disks of qemu-img, whose tables come before the data, and qemu-img's view of a sample disk. */

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

/** `sizes`: how many bytes each push has, in turn. */
function check(bytes: Buffer, sizes: readonly number[] = [bytes.length]): VmdkReport | string {
  try {
    const stream = new VmdkCheck('a.vmdk', bytes.length);
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      stream.push(bytes.subarray(at, at + size));
      at += size;
    }
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

  it('gives the same result in pieces of any size', () => {
    for (const sizes of [[1, 511, 512], [65_536], [3, 100_000, 7], [130 * 512 + 1]]) {
      expect(check(disk, sizes)).toEqual({ capacityBytes: 2 ** 30, grains: 5 });
    }
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

  it('is refused if both sets of tables are one', () => {
    expect(check(changed((bytes) => bytes.copy(bytes, 48, 56, 64)))).toBe('media.vmdk-layout');
  });

  it('is refused if it is truncated, or has bytes after its end', () => {
    expect(check(disk.subarray(0, disk.length - 512 * 100))).toBe('media.vmdk-truncated');
  });

  it('may have less than a grain of zeros after its last grain, and nothing else', () => {
    const lastGrainEnd = endOfGrains(disk);
    const withZeros = (count: number): Buffer => Buffer.concat([disk.subarray(0, lastGrainEnd), Buffer.alloc(count)]);
    expect(check(withZeros(0))).toMatchObject({ grains: 5 });
    expect(check(withZeros(65_536 - 512))).toMatchObject({ grains: 5 });
    expect(check(withZeros(65_536))).toBe('media.vmdk-trailing');
    for (const at of [512, 1023, 30_000, 65_023]) {
      const bytes = withZeros(65_536 - 512);
      bytes[lastGrainEnd + at] = 1;
      expect(check(bytes)).toBe('media.vmdk-trailing');
    }
  });

  it('may have bytes of an older descriptor after the NUL that ends the text', () => {
    const start = Number(disk.readBigUInt64LE(28)) * 512;
    const end = disk.indexOf(0, start);
    const rest = Buffer.from('\nE="1"\nRW 1 FLAT "/etc/passwd"');
    expect(check(changed((bytes) => void rest.copy(bytes, end + 1)))).toMatchObject({ grains: 5 });
  });
});

/** The offset after the last grain: grains follow each other from `overhead` on. */
function endOfGrains(bytes: Buffer): number {
  let at = Number(bytes.readBigUInt64LE(64)) * 512;
  for (let size = bytes.readUInt32LE(at + 8); size > 0;) {
    at += Math.ceil((12 + size) / 512) * 512;
    size = at + 12 <= bytes.length ? bytes.readUInt32LE(at + 8) : 0;
  }
  return at;
}

describe('a disk of qemu-img with special content', () => {
  const contents = {
    text: 'yes "a line of text" | head -c 3000000 > raw-text',
    'sparse text':
      'truncate -s 40M raw-sparse && yes "a line" | dd of=raw-sparse bs=1k count=7 seek=3333 conv=notrunc 2>/dev/null',
    ext4: 'truncate -s 32M raw-ext4 && mkfs.ext4 -q raw-ext4',
    'an odd number of sectors': 'head -c 1049088 /dev/urandom > raw-odd',
    swap: 'truncate -s 8M raw-swap && mkswap raw-swap >/dev/null 2>&1',
    nothing: 'truncate -s 8M raw-nothing',
  };

  it.each(Object.entries(contents))('%s is accepted', (_name, command) => {
    execFileSync('bash', ['-e', '-c', command], {
      cwd: folder,
      env: { ...process.env, PATH: `${process.env['PATH']}:/sbin:/usr/sbin` },
    });
    const raw = /raw-[a-z0-9]+/.exec(command)?.[0] ?? '';
    qemu('convert', '-O', 'vmdk', '-o', 'subformat=streamOptimized', raw, `${raw}.vmdk`);
    expect(check(readFileSync(at(`${raw}.vmdk`)))).toMatchObject({
      capacityBytes: Math.ceil(statSync(at(raw)).size / 512) * 512,
    });
  });
});

describe('a sample disk of the product', () => {
  it('is valid for qemu-img, with the expected content', () => {
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
