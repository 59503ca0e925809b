import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOva } from '../../../../../../main/adapters/media/image/ova-reader.ts';
import { writeTar } from '../../../../../../main/demo/medium/tar-writer.ts';
import {
  descriptor,
  disk,
  diskName,
  manifestOf,
  sha,
  soundOva,
  soundParts,
  tarEnd,
  tarEntry,
  tarOf,
} from './ova-kit.ts';
import type { Entry } from './ova-kit.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-forgeries-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
async function outcome(bytes: Buffer): Promise<unknown> {
  const file = path.join(folder, `${count++}.ova`);
  writeFileSync(file, bytes);
  const started = performance.now();
  const read = await readOva(file);
  expect(performance.now() - started).toBeLessThan(2000);
  rmSync(file);
  if (read.ok) return 'accepted';
  // Every refusal says which file, and where.
  expect(read.failure.params['file']).toBe(path.basename(file));
  expect(read.failure.params).toHaveProperty('member');
  expect(read.failure.params['byte']).toBeGreaterThanOrEqual(0);
  return read.failure.code;
}

const { ovf, mf, disk: vmdk } = soundParts();
const typed = (type: string, name: string, size = 0, link = ''): Buffer =>
  tarEntry({
    name,
    bytes: Buffer.alloc(size),
    header: (header) => {
      header.write(type, 156, 'latin1');
      header.write(link, 157, 'latin1');
    },
  });
const before = (stranger: Buffer): Buffer =>
  Buffer.concat([tarEntry(ovf), tarEntry(mf), stranger, tarEntry(vmdk), tarEnd]);
const first = (stranger: Buffer): Buffer => Buffer.concat([stranger, tarOf([ovf, mf, vmdk])]);
const withHeader = (header: (block: Buffer) => void): Buffer => tarOf([ovf, mf, { ...vmdk, header }]);
const withManifest = (text: string): Buffer => tarOf([ovf, { name: 'web.mf', bytes: Buffer.from(text) }, vmdk]);
const named = (name: string): Buffer => {
  const parts = soundParts({ ovf: (text) => text.replaceAll(diskName, name) });
  const file = { ...parts.disk, name };
  return tarOf([parts.ovf, manifestOf([parts.ovf, file]), file]);
};
const href = (value: string): Buffer =>
  soundOva({ ovf: (text) => text.replace(`href="${diskName}"`, `href="${value}"`) });
const replaced = (from: string | RegExp, to: string): Buffer =>
  soundOva({
    ovf: (text) => {
      const forged = text.replace(from, to);
      expect(forged).not.toBe(text);
      return forged;
    },
  });
/** With a prefix of that name declared on the first element that has the attribute: Go's reader takes it for one. */
const declared = (attribute: string, value: string): Buffer =>
  replaced(` ovf:${attribute}="`, ` xmlns:${attribute}="${value}" ovf:${attribute}="`);
const nic = (fields: string): Buffer =>
  replaced(
    '</VirtualHardwareSection>',
    `<Item><rasd:Connection>LAN</rasd:Connection><rasd:InstanceID>99</rasd:InstanceID>${fields}</Item></VirtualHardwareSection>`,
  );
const drive = (resource: string): Buffer => replaced('ovf:/disk/vmdisk1', resource);
const again = (element: string, value: string): Buffer =>
  replaced(new RegExp(`(<((?:\\w+:)?${element})>[^<]*</\\2>)`), `$1<$2>${value}</$2>`);
const patched = (change: (bytes: Buffer) => void): Buffer =>
  soundOva({
    disk: (bytes) => {
      change(bytes);
      return bytes;
    },
  });
const diskText = (from: string, to: string): Buffer =>
  patched((bytes) => {
    const text = bytes.toString('latin1', 512, 1536).replace(from, to);
    bytes.write(text.slice(0, 1024), 512, 'latin1');
  });
const gnu = (header: Buffer): void => void header.write('ustar  \0', 257, 'latin1');
/** First sector of a marker of that type: 1 table, 2 directory, 3 footer. */
const markerAt = (type: number): number => {
  for (let at = 128 * 512; at < disk.length;) {
    const size = disk.readUInt32LE(at + 8);
    if (size > 0) at += Math.ceil((size + 12) / 512) * 512;
    else if (disk.readUInt32LE(at + 12) === type) return at;
    else at += (1 + Number(disk.readBigUInt64LE(at))) * 512;
  }
  throw new Error('no such marker');
};
const pax = (record: string): Buffer => {
  const length = record.length + 3 + 1;
  return Buffer.from(`${length} ${record}\n`);
};
const sha512 = (files: readonly Entry[]): string =>
  files.map(({ name, bytes }) => `SHA512(${name})= ${sha(bytes, 'sha512')}\n`).join('');

describe('accepted', () => {
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
  it.each(sound)('%s', async (_name, build) => expect(await outcome(build())).toBe('accepted'));
});

const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join('');

const forgeries: Readonly<Record<string, ReadonlyArray<readonly [string, () => Buffer, string]>>> = {
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
      'with a file behind one block of zeros',
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
      'with a size beyond all numbers',
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
    [
      'with digits behind the size',
      () => withHeader((header) => void header.write('1000\x001000000', 124)),
      'tar-size',
    ],
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
      'with Unicode that looks alike',
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
      'with a stranger',
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
  'a reference': [
    ['with a wildcard', () => href('web-d*.vmdk'), 'ovf-href'],
    ['with a question mark', () => href('web-disk?.vmdk'), 'ovf-href'],
    ['with a set', () => href('web-disk[1].vmdk'), 'ovf-href'],
    ['over http', () => href('http://198.51.100.1/disk.vmdk'), 'ovf-href'],
    ['to a file URL', () => href('file:///etc/shadow'), 'ovf-href'],
    ['to a path', () => href('/etc/shadow'), 'ovf-href'],
    ['in percent code', () => href('web%2ddisk1.vmdk'), 'ovf-href'],
    ['with nothing', () => href(''), 'ovf-href'],
    ['with another size', () => replaced(/ovf:size="\d+"/, 'ovf:size="1"'), 'ova-file-size'],
    ['in chunks', () => replaced('ovf:size=', 'ovf:chunkSize="1000" ovf:size='), 'ovf-chunks'],
    ['compressed', () => replaced('ovf:size=', 'ovf:compression="gzip" ovf:size='), 'ovf-compression'],
    [
      'with a second href in another namespace',
      () => replaced('ovf:size=', 'vmw:href="other.vmdk" ovf:size='),
      'ovf-attribute-twice',
    ],
    ['with a prefix named href', () => declared('href', 'web.ovf'), 'ovf-attribute-twice'],
    [
      'with a prefix named href alone',
      () => replaced(` ovf:href="`, ' xmlns:href="web.ovf" vmw:other="'),
      'ovf-attribute-twice',
    ],
    ['with a size that is a word', () => replaced(/ovf:size="\d+"/, 'ovf:size="much"'), 'ovf-number'],
    ['with an empty size', () => replaced(/ovf:size="\d+"/, 'ovf:size=""'), 'accepted'],
    ...['other.mf', 'second.ovf', 'web.MF', 'x.cert'].map(
      (name) =>
        [
          `to ${name}, which govc would take for the archive's own`,
          () => replaced('</References>', `<File ovf:href="${name}" ovf:id="f9"/></References>`),
          'ovf-href',
        ] as const,
    ),
    ['twice', () => replaced(/(<File [^>]*>)/, '$1$1'), 'ovf-file-duplicate'],
    ['in a second References section', () => replaced('</References>', '</References><References/>'), 'ovf-twice'],
    [
      'in a References section of another namespace',
      () => replaced('</References>', '</References><vmw:References/>'),
      'ovf-namespace',
    ],
  ],
  'a descriptor': [
    ['with a DOCTYPE', () => replaced('<Envelope', '<!DOCTYPE Envelope><Envelope'), 'xml-doctype'],
    [
      'with a million entities declared',
      () => replaced('<Envelope', `<!DOCTYPE Envelope [${'<!ENTITY a "b">'.repeat(100_000)}]><Envelope`),
      'xml-doctype',
    ],
    ['with a million entities used', () => replaced('<Name>', `<Name>${'&amp;'.repeat(1_000_000)}`), 'ova-text-size'],
    ['with as many entities as fit', () => replaced('<Name>', `<Name>${'&amp;'.repeat(400_000)}`), 'accepted'],
    [
      'with laughing entities',
      () => replaced('<Envelope', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Envelope'),
      'xml-doctype',
    ],
    ['with an unknown entity', () => replaced('<Name>', '<Name>&secret;'), 'xml-syntax'],
    [
      '20,000 levels deep',
      () => replaced('<Name>', `${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}<Name>`),
      'xml-limit',
    ],
    ['with 100,000 elements', () => replaced('<Name>', `${'<a/>'.repeat(100_000)}<Name>`), 'xml-limit'],
    [
      'with 10,000 attributes',
      () => replaced('<Name>', `<a ${Array.from({ length: 10_000 }, (_, index) => `a${index}="1"`).join(' ')}/><Name>`),
      'xml-limit',
    ],
    ['with too much text', () => replaced('<Name>', `<Name>${'x'.repeat(1_500_000)}`), 'xml-limit'],
    ['with a processing instruction', () => replaced('<References>', '<?run this?><References>'), 'xml-instruction'],
    ['with two roots', () => replaced('</Envelope>', '</Envelope><Envelope/>'), 'xml-syntax'],
    ['cut short', () => replaced('</Envelope>', ''), 'xml-syntax'],
    ['in UTF-16 by its own word', () => replaced('encoding="UTF-8"', 'encoding="UTF-16"'), 'xml-encoding'],
    [
      'that is no UTF-8',
      () => {
        const parts = soundParts();
        const bad = { ...parts.ovf, bytes: Buffer.concat([parts.ovf.bytes, Buffer.from([0xff])]) };
        return tarOf([bad, parts.disk]);
      },
      'xml-encoding',
    ],
    ['of another root', () => replaced(/Envelope( |>)/g, 'Package$1'), 'ovf-envelope'],
    [
      'of OVF 0.9',
      () => replaced(/http:\/\/schemas.dmtf.org\/ovf\/envelope\/1/g, 'http://www.vmware.com/schema/ovf/1/envelope'),
      'ovf-draft',
    ],
    [
      'of an unknown namespace',
      () => replaced(/http:\/\/schemas.dmtf.org\/ovf\/envelope\/1/g, 'http://schemas.dmtf.org/ovf/envelope/9'),
      'ovf-namespace',
    ],
    ['in XML 1.1', () => replaced('version="1.0"', 'version="1.1"'), 'xml-version'],
    ['with a prefix named capacity', () => declared('capacity', '9999'), 'ovf-attribute-twice'],
    ['with a prefix named name', () => declared('name', 'DMZ'), 'ovf-attribute-twice'],
    ['with a prefix named key', () => declared('key', 'other'), 'ovf-attribute-twice'],
    ['with a prefix named transport', () => declared('transport', 'iso'), 'ovf-attribute-twice'],
    ...['Name', 'VirtualSystemType', 'VirtualQuantity', 'Connection', 'ResourceSubType', 'Product', 'Info'].map(
      (element) => [`with a second ${element}`, () => again(element, '9'), 'ovf-twice'] as const,
    ),
    [
      'with a second License',
      () =>
        replaced(
          '</VirtualSystem>',
          '<EulaSection><Info>x</Info><License>a</License><License>b</License></EulaSection></VirtualSystem>',
        ),
      'ovf-twice',
    ],
    [
      'with a NIC behind a second type',
      () => nic('<rasd:ResourceType>1</rasd:ResourceType><rasd:ResourceType>10</rasd:ResourceType>'),
      'ovf-twice',
    ],
    ...['010', '+10', '0xa', '1e1', '65546', '-10', '１０'].map(
      (type) =>
        [
          `with a NIC of type ${type}`,
          () => nic(`<rasd:ResourceType>${type}</rasd:ResourceType>`),
          'ovf-number',
        ] as const,
    ),
    ['with an item of no type', () => nic(''), 'ovf-number'],
    ['with an item of an empty type', () => nic('<rasd:ResourceType/>'), 'ovf-number'],
    [
      'with a NIC of an option that is not there',
      () =>
        replaced(
          '</VirtualHardwareSection>',
          '<Item ovf:configuration="x"><rasd:ResourceType>10</rasd:ResourceType></Item></VirtualHardwareSection>',
        ),
      'ovf-value',
    ],
    ['with a bound that nobody knows', () => replaced('<Item>', '<Item ovf:bound="Normal">'), 'ovf-value'],
    ['with a requirement of yes', () => replaced('<DiskSection>', '<DiskSection ovf:required="yes">'), 'ovf-value'],
    ['with a property that may be set', () => replaced('Configurable="true"', 'Configurable="maybe"'), 'ovf-value'],
    ['with an allocation of yes', () => replaced('Allocation>true<', 'Allocation>yes<'), 'ovf-value'],
    [
      'with a populated size in words',
      () => replaced('ovf:fileRef', 'ovf:populatedSize="much" ovf:fileRef'),
      'ovf-number',
    ],
    ['with an operating system of 40000', () => replaced('ovf:id="96"', 'ovf:id="40000"'), 'ovf-number'],
    ['with an unlimited limit', () => nic('<rasd:Limit>unlimited</rasd:Limit>'), 'ovf-number'],
    ['with a reservation beyond 64 bits', () => nic(`<rasd:Reservation>${2n ** 64n}</rasd:Reservation>`), 'ovf-number'],
    ['with two cores per socket, in words', () => nic('<vmw:CoresPerSocket>two</vmw:CoresPerSocket>'), 'ovf-number'],
    ['with a disk behind another scheme', () => drive('file:/disk/vmdisk1'), 'ovf-drive'],
    ['with a file in a drive', () => drive('ovf:/file/file1'), 'ovf-drive'],
    ['with an unknown disk behind two slashes', () => drive('ovf://disk/nothere'), 'ovf-disk-unknown'],
    [
      'with two disks in one drive',
      () => replaced(/(<rasd:HostResource>[^<]*<\/rasd:HostResource>)/, '$1$1'),
      'ovf-twice',
    ],
    [
      'with one disk in two drives',
      () =>
        replaced(
          '</VirtualHardwareSection>',
          '<Item><rasd:HostResource>/disk/vmdisk1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item></VirtualHardwareSection>',
        ),
      'ovf-disk-twice',
    ],
    ['with a capacity in megabytes, which are two things', () => replaced('byte * 2^30', 'MegaBytes'), 'ovf-unit'],
    ['with a unit of two words', () => replaced('byte * 2^30', 'byte * byte'), 'ovf-unit'],
    ['with a unit of no word', () => replaced('byte * 2^30', '1024 * 1024'), 'ovf-unit'],
    [
      'with a class that is no key',
      () => replaced('<ProductSection>', '<ProductSection ovf:class="a b">'),
      'ovf-property',
    ],
    [
      'with a class that makes keys long',
      () => replaced('<ProductSection>', `<ProductSection ovf:class="${'c'.repeat(300)}">`),
      'ovf-property',
    ],
    ['with a long attribute', () => replaced('<Name>', `<a b="${'x'.repeat(70_000)}"/><Name>`), 'xml-limit'],
    [
      'with 18,000 properties',
      () => replaced('<ProductSection>', `<ProductSection>${many(18_000, (n) => `<Property ovf:key="k${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 18,000 networks',
      () => replaced('<NetworkSection>', `<NetworkSection>${many(18_000, (n) => `<Network ovf:name="n${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 18,000 disks',
      () =>
        replaced('<DiskSection>', `<DiskSection>${many(18_000, (n) => `<Disk ovf:capacity="1" ovf:diskId="d${n}"/>`)}`),
      'ovf-many',
    ],
    [
      'with 6,000 NICs',
      () => replaced('<Item>', `${many(6000, () => '<Item><rasd:ResourceType>10</rasd:ResourceType></Item>')}<Item>`),
      'ovf-many',
    ],
    [
      'with a collection',
      () => replaced('</Envelope>', '<VirtualSystemCollection ovf:id="x"/></Envelope>'),
      'ovf-collection',
    ],
    ['with two systems', () => replaced('</Envelope>', '<VirtualSystem ovf:id="x"/></Envelope>'), 'ovf-twice'],
    ['without a system', () => replaced(/<VirtualSystem [\s\S]*<\/VirtualSystem>/, ''), 'ovf-no-system'],
    [
      'without hardware',
      () => replaced(/<VirtualHardwareSection[\s\S]*<\/VirtualHardwareSection>/, ''),
      'ovf-hardware',
    ],
    [
      'with hardware twice',
      () => replaced('<ProductSection>', '<VirtualHardwareSection/><ProductSection>'),
      'ovf-twice',
    ],
    ['with zero processors', () => replaced('<rasd:VirtualQuantity>1<', '<rasd:VirtualQuantity>0<'), 'ovf-cpu'],
    ['with absurd memory', () => replaced('<rasd:VirtualQuantity>1024<', '<rasd:VirtualQuantity>-5<'), 'ovf-number'],
    ['with a unit that nobody knows', () => replaced('byte * 2^30', 'parsec'), 'ovf-unit'],
    ['with an exponent that explodes', () => replaced('byte * 2^30', 'byte * 2^99'), 'ovf-unit'],
    ['with a capacity of zero', () => replaced('ovf:capacity="1"', 'ovf:capacity="0"'), 'ovf-capacity'],
    [
      'with a capacity of a million TB',
      () => replaced('ovf:capacity="1"', 'ovf:capacity="1000000000"'),
      'ovf-capacity',
    ],
    ['with a disk on a parent', () => replaced('ovf:diskId', 'ovf:parentRef="base" ovf:diskId'), 'ovf-disk-parent'],
    ['with a disk of an unknown file', () => replaced('ovf:fileRef="file1"', 'ovf:fileRef="file9"'), 'ovf-disk-file'],
    ['with a sparse disk', () => replaced('#streamOptimized', '#sparse'), 'ovf-disk-format'],
    [
      'with two disks in one file',
      () => replaced(/(<Disk [^>]*?)vmdisk1([^>]*>)/, '$1vmdisk1$2$1vmdisk2$2'),
      'ovf-disk-shared',
    ],
    [
      'that uses a disk it does not define',
      () => replaced('ovf:/disk/vmdisk1', 'ovf:/disk/vmdisk7'),
      'ovf-disk-unknown',
    ],
    [
      'with a NIC on an undeclared network',
      () => replaced('<rasd:Connection>WAN<', '<rasd:Connection>DMZ<'),
      'ovf-nic-network',
    ],
    ['with a network twice', () => replaced('ovf:name="WAN"', 'ovf:name="LAN"'), 'ovf-network'],
    ['with a property twice', () => replaced('ovf:key="lan_ip"', 'ovf:key="hostname"'), 'ovf-property'],
  ],
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
      'that names a host file behind a sign of equality',
      () => diskText('# The Disk Data Base', 'rw 2097152 FLAT "/etc/x=" 0'),
      'vmdk-extent',
    ],
    [
      'with the mark for the end in a field that does not count',
      () => patched((bytes) => void bytes.writeBigUInt64LE(2n ** 64n - 1n, 48)),
      'accepted',
    ],
    ['with another capacity than its own text', () => diskText('RW 2097152', 'RW 2097153'), 'vmdk-descriptor'],
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
      'with a table entry taken away',
      () => patched((bytes) => void bytes.fill(0, markerAt(1) + 512, markerAt(1) + 512 + 4)),
      'vmdk-footer',
    ],
    [
      'with a footer of another capacity',
      () => patched((bytes) => void bytes.writeBigUInt64LE(4096n, markerAt(3) + 512 + 12)),
      'vmdk-footer',
    ],
    [
      'with a footer that points elsewhere',
      () => patched((bytes) => void bytes.writeBigUInt64LE(1n, markerAt(3) + 512 + 56)),
      'vmdk-footer',
    ],
    [
      'with a marker that nobody knows',
      () => patched((bytes) => void bytes.writeUInt32LE(9, markerAt(1) + 12)),
      'vmdk-marker',
    ],
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

for (const [group, tests] of Object.entries(forgeries)) {
  describe(`refused: ${group}`, () => {
    it.each(tests)('%s', async (_name, build, code) => {
      expect(await outcome(build())).toBe(code === 'accepted' ? code : `media.${code}`);
    });
  });
}

it('refused: pax archives of GNU tar', async () => {
  for (const entry of [ovf, mf, vmdk]) writeFileSync(path.join(folder, entry.name), entry.bytes);
  for (const [format, code] of [
    ['pax', 'media.tar-type'],
    ['gnu', 'media.tar-format'],
    ['v7', 'media.tar-format'],
  ] as const) {
    execFileSync('tar', [`--format=${format}`, '-cf', 'out.tar', ovf.name, mf.name, vmdk.name], { cwd: folder });
    const read = await readOva(path.join(folder, 'out.tar'));
    expect(read).toMatchObject({ ok: false, failure: { code } });
  }
});

it('our own writer is what the reader takes', async () => {
  expect(await outcome(writeTar([ovf, mf, vmdk], 1_700_000_000))).toBe('accepted');
});
