import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOva } from '../../../../../../main/adapters/media/image/ova-reader.ts';
import { writeTar } from '../../../../../../main/demo/medium/tar-writer.ts';
import {
  before,
  describeForgeries,
  first,
  gnu,
  mf,
  named,
  openBench,
  ovf,
  pax,
  sha512,
  typed,
  vmdk,
  withHeader,
  withManifest,
} from './forgery-kit.ts';
import type { Forgery } from './forgery-kit.ts';
import { descriptor, disk, diskName, sha, soundOva, tarEnd, tarEntry, tarOf } from './ova-kit.ts';

const bench = openBench();

describe('accepted OVAs', () => {
  const sound: ReadonlyArray<readonly [string, () => Buffer]> = [
    ['the plain case', () => soundOva()],
    ['without a manifest', () => tarOf([ovf, vmdk])],
    ['with SHA-512', () => withManifest(sha512([ovf, vmdk]))],
    [
      'with a manifest in DOS lines and upper-case digits',
      () => withManifest(`SHA256(web.ovf)= ${sha(ovf.bytes).toUpperCase()}\r\nSHA256(${diskName})= ${sha(disk)}\r\n`),
    ],
    [
      'with the size in base-256',
      () =>
        withHeader((header) => {
          header.fill(0, 124, 136);
          header[124] = 0x80;
          header.writeBigUInt64BE(BigInt(disk.length), 128);
        }),
    ],
    [
      'with the size after spaces',
      () => withHeader((header) => void header.write(`${disk.length.toString(8).padStart(11, ' ')} `, 124, 'latin1')),
    ],
    [
      'filled up to a record of 10 KiB',
      () => Buffer.concat([soundOva(), Buffer.alloc(10_240 - (soundOva().length % 10_240))]),
    ],
  ];
  it.each(sound)('%s', async (_name, build) => expect(await bench.outcome(build())).toBe('accepted'));
});

const forgeries: Readonly<Record<string, readonly Forgery[]>> = {
  'an archive': [
    ['with a decoy of the same name', () => before(tarEntry(vmdk)), 'ova-duplicate'],
    [
      'with two disks of one name',
      () => Buffer.concat([tarEntry(ovf), tarEntry(mf), tarEntry(vmdk), tarEntry(vmdk), tarEnd]),
      'ova-duplicate',
    ],
    [
      'with names that differ in case',
      () =>
        Buffer.concat([
          tarEntry(ovf),
          tarEntry(mf),
          tarEntry(vmdk),
          tarEntry({ ...vmdk, name: diskName.toUpperCase() }),
          tarEnd,
        ]),
      'ova-duplicate',
    ],
    ['with a stranger', () => before(tarEntry({ name: 'readme.txt', bytes: Buffer.from('hello') })), 'ova-stranger'],
    ['with a second descriptor', () => before(tarEntry({ ...ovf, name: 'a.ovf' })), 'ova-text-place'],
    ['with a second manifest', () => before(tarEntry({ ...mf, name: 'a.mf' })), 'ova-text-place'],
    ['with the manifest of another name', () => tarOf([ovf, { ...mf, name: 'other.mf' }, vmdk]), 'ova-text-place'],
    ['with the manifest at the end', () => tarOf([ovf, vmdk, mf]), 'ova-text-place'],
    ['with the disk first', () => tarOf([vmdk, ovf, mf]), 'ova-descriptor-first'],
    [
      'with a certificate but no manifest',
      () => tarOf([ovf, { name: 'web.cert', bytes: Buffer.from('x') }, vmdk]),
      'ova-text-place',
    ],
    ['without the disk', () => tarOf([ovf, mf]), 'ova-file-missing'],
    ['that is empty', () => tarEnd, 'ova-empty'],
    ['of no bytes', () => Buffer.alloc(0), 'tar-no-end'],
    ['with a symlink', () => before(typed('2', 'link', 0, '/etc/shadow')), 'tar-type'],
    [
      'with the disk as a symlink',
      () => Buffer.concat([tarEntry(ovf), tarEntry(mf), typed('2', diskName, 0, '/etc/shadow'), tarEnd]),
      'tar-type',
    ],
    ['with a hardlink', () => before(typed('1', 'link', 0, 'web.ovf')), 'tar-type'],
    ['with a directory', () => first(typed('5', 'folder')), 'tar-type'],
    ['with a directory that has a size', () => first(typed('5', 'folder', 1024)), 'tar-type'],
    ['with a device', () => before(typed('3', 'null')), 'tar-type'],
    ['with a fifo', () => before(typed('6', 'pipe')), 'tar-type'],
    ['with a contiguous file', () => before(typed('7', 'file', 512)), 'tar-type'],
    [
      'with a pax header that changes a name',
      () =>
        before(tarEntry({ name: 'x', bytes: pax('path=other.vmdk'), header: (header) => void header.write('x', 156) })),
      'tar-type',
    ],
    [
      'with a global pax header',
      () => first(tarEntry({ name: 'x', bytes: pax('path=web.ovf'), header: (header) => void header.write('g', 156) })),
      'tar-type',
    ],
    [
      'with a GNU long name',
      () =>
        before(
          tarEntry({
            name: '././@LongLink',
            bytes: Buffer.from('other.vmdk\0'),
            header: (header) => {
              header.write('L', 156);
              gnu(header);
            },
          }),
        ),
      'tar-format',
    ],
    [
      'with a GNU long name in a ustar header',
      () =>
        before(
          tarEntry({
            name: '././@LongLink',
            bytes: Buffer.from('other.vmdk\0'),
            header: (header) => void header.write('L', 156),
          }),
        ),
      'tar-type',
    ],
    ['in the GNU format', () => withHeader(gnu), 'tar-format'],
    ['in the old format', () => withHeader((header) => void header.fill(0, 257, 512)), 'tar-format'],
    [
      'with a wrong checksum',
      () => {
        const bytes = soundOva();
        bytes[0] = 0x78;
        return bytes;
      },
      'tar-checksum',
    ],
    [
      'with data after the end',
      () => Buffer.concat([soundOva(), Buffer.from('x'), Buffer.alloc(511)]),
      'tar-after-end',
    ],
    ['with a second archive after the end', () => Buffer.concat([soundOva(), soundOva()]), 'tar-after-end'],
    [
      'with a file after one block of zeros',
      () => Buffer.concat([tarEntry(ovf), tarEntry(mf), Buffer.alloc(512), tarEntry(vmdk), tarEnd]),
      'tar-after-end',
    ],
    ['with endless zeros', () => Buffer.concat([soundOva(), Buffer.alloc(200_000 - (200_000 % 512))]), 'tar-after-end'],
    ['with an odd byte at the end', () => Buffer.concat([soundOva(), Buffer.alloc(1)]), 'tar-after-end'],
    ['without an end', () => soundOva().subarray(0, -1024), 'tar-no-end'],
    ['with half an end', () => soundOva().subarray(0, -512), 'tar-no-end'],
    ['cut in the disk', () => soundOva().subarray(0, 100_000), 'tar-truncated'],
    ['cut in the padding', () => soundOva().subarray(0, 512 + descriptor().length + 1), 'tar-truncated'],
    [
      'with data in the padding',
      () => {
        const bytes = soundOva();
        bytes[512 + descriptor().length + 1] = 1;
        return bytes;
      },
      'tar-padding',
    ],
    ['with a negative size', () => withHeader((header) => void header.fill(0xff, 124, 136)), 'tar-size'],
    ['with a signed octal size', () => withHeader((header) => void header.write('-0000001000\0', 124)), 'tar-size'],
    [
      'with a size beyond 64 bits',
      () =>
        withHeader((header) => {
          header.fill(0x7f, 125, 136);
          header[124] = 0x80;
        }),
      'tar-size',
    ],
    [
      'with a size of 8 EiB',
      () =>
        withHeader((header) => {
          header.fill(0, 124, 136);
          header[124] = 0x80;
          header[128] = 0x7f;
        }),
      'tar-size',
    ],
    [
      'with a size beyond the file',
      () => withHeader((header) => void header.write('77777777777\0', 124)),
      'tar-truncated',
    ],
    [
      'with a size that is no number',
      () => withHeader((header) => void header.write('0000000z000\0', 124)),
      'tar-size',
    ],
    ['with digits after the size', () => withHeader((header) => void header.write('1000\x001000000', 124)), 'tar-size'],
    ['without a size', () => withHeader((header) => void header.fill(0, 124, 136)), 'tar-size'],
    ['with a broken time', () => withHeader((header) => void header.write('not a number', 136)), 'tar-field'],
    ['with a prefix', () => withHeader((header) => void header.write('folder', 345)), 'tar-field'],
    ['with a link name on a file', () => withHeader((header) => void header.write('/etc/shadow', 157)), 'tar-field'],
    [
      'with an owner that is not ASCII',
      () => withHeader((header) => void header.write('\xe4', 265, 'latin1')),
      'tar-field',
    ],
  ],
  'a name': [
    ['with ..', () => named('../disk.vmdk'), 'ovf-href'],
    ['of .. alone', () => before(tarEntry({ name: '..', bytes: Buffer.from('x') })), 'tar-name'],
    ['with a path', () => before(tarEntry({ name: `folder/${diskName}`, bytes: disk })), 'tar-name'],
    ['with an absolute path', () => before(tarEntry({ name: '/etc/passwd', bytes: Buffer.from('x') })), 'tar-name'],
    ['with a backslash', () => before(tarEntry({ name: 'folder\\disk.vmdk', bytes: Buffer.from('x') })), 'tar-name'],
    ['with a drive letter', () => before(tarEntry({ name: 'C:disk.vmdk', bytes: Buffer.from('x') })), 'tar-name'],
    ['with NUL inside', () => withHeader((header) => void header.write('web-disk1\0.vmdk', 0)), 'tar-name'],
    ['with a line break', () => before(tarEntry({ name: 'a\nb.vmdk', bytes: Buffer.from('x') })), 'tar-name'],
    [
      'with similar Unicode characters',
      () => before(tarEntry({ name: 'web-disk\xc4\xb1.vmdk', bytes: Buffer.from('x') })),
      'tar-name',
    ],
    ['in Latin-1', () => before(tarEntry({ name: 'disk\xe9.vmdk', bytes: Buffer.from('x') })), 'tar-name'],
    ['that is a wildcard', () => before(tarEntry({ name: '*.vmdk', bytes: disk })), 'tar-name'],
    ['that is a device on Windows', () => before(tarEntry({ name: 'NUL.vmdk', bytes: Buffer.from('x') })), 'tar-name'],
    ['that is empty', () => withHeader((header) => void header.fill(0, 0, 100)), 'tar-name'],
    [
      'of 100 bytes without an end, but refused by the descriptor',
      () => before(tarEntry({ name: 'a'.repeat(100), bytes: Buffer.from('x') })),
      'ova-stranger',
    ],
  ],
  'a manifest': [
    ['without the descriptor', () => withManifest(`SHA256(${diskName})= ${sha(disk)}\n`), 'manifest-missing'],
    ['without the disk', () => withManifest(`SHA256(web.ovf)= ${sha(ovf.bytes)}\n`), 'manifest-missing'],
    [
      'with an unknown file',
      () => withManifest(`${mf.bytes.toString()}SHA256(more.vmdk)= ${sha(disk)}\n`),
      'manifest-unknown',
    ],
    [
      'with the same line twice',
      () => withManifest(`${mf.bytes.toString()}SHA256(web.ovf)= ${sha(ovf.bytes)}\n`),
      'manifest-duplicate',
    ],
    [
      'of SHA-1',
      () => withManifest([ovf, vmdk].map(({ name, bytes }) => `SHA1(${name})= ${sha(bytes, 'sha1')}\n`).join('')),
      'manifest-algorithm',
    ],
    [
      'of MD5',
      () => withManifest([ovf, vmdk].map(({ name, bytes }) => `MD5(${name})= ${sha(bytes, 'md5')}\n`).join('')),
      'manifest-algorithm',
    ],
    [
      'of two algorithms',
      () => withManifest(`SHA256(web.ovf)= ${sha(ovf.bytes)}\nSHA512(${diskName})= ${sha(disk, 'sha512')}\n`),
      'manifest-mixed',
    ],
    [
      'with a digest of the wrong length',
      () => withManifest(`SHA256(web.ovf)= ${sha(ovf.bytes, 'sha512')}\n`),
      'manifest-line',
    ],
    ['that is empty', () => withManifest(''), 'manifest-line'],
    ['of prose', () => withManifest('all good\n'), 'manifest-line'],
    ['with a blank line inside', () => withManifest(mf.bytes.toString().replace('\n', '\n\n')), 'manifest-line'],
    ['with a path', () => withManifest(`SHA256(../web.ovf)= ${sha(ovf.bytes)}\n`), 'manifest-line'],
    [
      'with another digest of the descriptor',
      () => withManifest(mf.bytes.toString().replace(sha(ovf.bytes), sha(disk))),
      'manifest-digest',
    ],
    [
      'with another digest of the disk',
      () => withManifest(mf.bytes.toString().replace(sha(disk), sha(ovf.bytes))),
      'manifest-digest',
    ],
    ['that is too large', () => withManifest('x'.repeat(300_000)), 'ova-text-size'],
  ],
};

describeForgeries(bench, forgeries);

it('pax archives of GNU tar are refused', async () => {
  for (const entry of [ovf, mf, vmdk]) writeFileSync(path.join(bench.folder(), entry.name), entry.bytes);
  for (const [format, code] of [
    ['pax', 'media.tar-type'],
    ['gnu', 'media.tar-format'],
    ['v7', 'media.tar-format'],
  ] as const) {
    execFileSync('tar', [`--format=${format}`, '-cf', 'out.tar', ovf.name, mf.name, vmdk.name], {
      cwd: bench.folder(),
    });
    const read = await readOva(path.join(bench.folder(), 'out.tar'));
    expect(read).toMatchObject({ ok: false, failure: { code } });
  }
});

it('an OVA of the sample writer is accepted', async () => {
  expect(await bench.outcome(writeTar([ovf, mf, vmdk], 1_700_000_000))).toBe('accepted');
});
