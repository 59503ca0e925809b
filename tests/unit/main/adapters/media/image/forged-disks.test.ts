import { describeForgeries, diskText, markerAt, openBench, patched, replaced } from './forgery-kit.ts';
import type { Forgery } from './forgery-kit.ts';
import { soundOva } from './ova-kit.ts';

const bench = openBench();

const forgeries: Readonly<Record<string, readonly Forgery[]>> = {
  'a disk': [
    ['of another kind', () => soundOva({ disk: () => Buffer.alloc(65_536, 'QFI') }), 'vmdk-magic'],
    ['too short', () => soundOva({ disk: () => Buffer.alloc(512) }), 'vmdk-length'],
    ['of an odd length', () => soundOva({ disk: (bytes) => bytes.subarray(0, -1) }), 'vmdk-length'],
    [
      'with another capacity than the descriptor',
      () => replaced('ovf:capacity="1"', 'ovf:capacity="2"'),
      'vmdk-capacity',
    ],
    [
      'with a capacity rounded up to a whole unit of 32 TiB',
      () => replaced('ovf:capacityAllocationUnits="byte * 2^30"', 'ovf:capacityAllocationUnits="byte * 2^45"'),
      'vmdk-capacity',
    ],
    [
      'that names a host file after an equals sign',
      () => diskText('# The Disk Data Base', 'rw 2097152 FLAT "/etc/x=" 0'),
      'vmdk-extent',
    ],
    [
      'with the end marker in an ignored field',
      () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 64n - 1n, 48)),
      'accepted',
    ],
    ['with another capacity than its descriptor text', () => diskText('RW 2097152', 'RW 2097153'), 'vmdk-descriptor'],
    ['that names a host file', () => diskText('SPARSE "web-disk1.vmdk"', 'FLAT "/etc/shadow" 0'), 'vmdk-extent'],
    [
      'that names a device',
      () => diskText('RW 2097152 SPARSE "web-disk1.vmdk"', 'RW 2097152 VMFSRDM "/dev/sda"'),
      'vmdk-extent',
    ],
    ['that names a path', () => diskText('"web-disk1.vmdk"', '"../host.vmdk"'), 'vmdk-extent'],
    ['with a second extent', () => diskText('# The Disk Data Base', 'RW 2097152 SPARSE "x"'), 'vmdk-descriptor'],
    ['with a parent', () => diskText('parentCID=ffffffff', 'parentCID=12345678'), 'vmdk-parent'],
    ['with a parent file', () => diskText('# The Disk Data Base', 'parentFileNameHint="/x"'), 'vmdk-parent'],
    ['of another type', () => diskText('streamOptimized', 'monolithicFlat '), 'vmdk-descriptor'],
    ['that is not compressed', () => patched((bytes) => void bytes.writeUInt32LE(1, 8)), 'vmdk-format'],
    ['with a future version', () => patched((bytes) => void bytes.writeUInt32LE(9, 4)), 'vmdk-header'],
    ['of zero capacity', () => patched((bytes) => void bytes.writeBigUInt64LE(0n, 12)), 'vmdk-header'],
    ['of absurd capacity', () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 63n, 12)), 'vmdk-header'],
    ['with an odd grain size', () => patched((bytes) => void bytes.writeBigUInt64LE(100n, 20)), 'vmdk-header'],
    [
      'with its text outside the file',
      () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 19n, 28)),
      'vmdk-header',
    ],
    [
      'with the grains outside the file',
      () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 31n, 64)),
      'vmdk-header',
    ],
    ['that was broken by a text transfer', () => patched((bytes) => void bytes.write('\n\n\n\n', 73)), 'vmdk-header'],
    ['that was not closed', () => patched((bytes) => void bytes.writeUInt8(1, 72)), 'vmdk-unclean'],
    [
      'with a grain outside the capacity',
      () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 40n, 128 * 512)),
      'vmdk-grain',
    ],
    ['with a grain in between', () => patched((bytes) => void bytes.writeBigUInt64LE(5n, 128 * 512)), 'vmdk-grain'],
    [
      'with a grain that is no deflate stream',
      () => patched((bytes) => void bytes.fill(0xff, 128 * 512 + 12, 128 * 512 + 20)),
      'vmdk-grain',
    ],
    [
      'with a grain larger than the file',
      () => patched((bytes) => void bytes.writeUInt32LE(0xffff_ffff, 128 * 512 + 8)),
      'vmdk-grain',
    ],
    [
      'with a grain twice',
      () => patched((bytes) => bytes.copy(bytes, markerAt(1) + 5 * 512, 128 * 512, 128 * 512 + 8)),
      'vmdk-grain-twice',
    ],
    [
      'with a grain table outside the file',
      () => patched((bytes) => void bytes.writeUInt32LE(0x7fff_ffff, markerAt(2) + 512)),
      'vmdk-directory',
    ],
    [
      'with a table entry outside the file',
      () => patched((bytes) => void bytes.writeUInt32LE(0x7fff_ffff, markerAt(1) + 512)),
      'vmdk-table',
    ],
    [
      'with a table entry at another grain',
      () =>
        patched((bytes) => {
          const at = markerAt(1) + 512;
          bytes.copy(bytes, at + 4, at, at + 4);
        }),
      'vmdk-table',
    ],
    [
      'with a missing table entry',
      () => patched((bytes) => void bytes.fill(0, markerAt(1) + 512, markerAt(1) + 512 + 4)),
      'vmdk-footer',
    ],
    [
      'with a footer of another capacity',
      () => patched((bytes) => void bytes.writeBigUInt64LE(4096n, markerAt(3) + 512 + 12)),
      'vmdk-footer',
    ],
    [
      'with a footer with other offsets',
      () => patched((bytes) => void bytes.writeBigUInt64LE(1n, markerAt(3) + 512 + 56)),
      'vmdk-footer',
    ],
    ['with an unknown marker', () => patched((bytes) => void bytes.writeUInt32LE(9, markerAt(1) + 12)), 'vmdk-marker'],
    ['that ends early', () => soundOva({ disk: (bytes) => bytes.subarray(0, -512) }), 'vmdk-truncated'],
    [
      'that ends in a grain',
      () => soundOva({ disk: (bytes) => bytes.subarray(0, 128 * 512 + 1024) }),
      'vmdk-truncated',
    ],
    [
      'with data after its end',
      () => soundOva({ disk: (bytes) => Buffer.concat([bytes, Buffer.alloc(512, 'x')]) }),
      'vmdk-trailing',
    ],
  ],
};

describeForgeries(bench, forgeries);
