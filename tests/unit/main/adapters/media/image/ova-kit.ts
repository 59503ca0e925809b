import { createHash } from 'node:crypto';
import { writeSampleDescriptor } from '../../../../../../main/demo/medium/sample-descriptor.ts';
import { sealTarHeader, tarHeader } from '../../../../../../main/demo/medium/tar-writer.ts';
import { writeSampleVmdk } from '../../../../../../main/demo/medium/vmdk-writer.ts';

/** Builds OVAs piece by piece, valid or invalid, for the tests of the reader. */

export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
  /** Changes the header; the checksum is corrected afterwards. */
  readonly header?: (header: Buffer) => void;
}

export const diskName = 'web-disk1.vmdk';
export const disk = writeSampleVmdk({ name: diskName, capacityBytes: 2 ** 30, grains: 3, seed: 'kit' });
export const descriptor = (diskBytes: number = disk.length): string =>
  writeSampleDescriptor({ component: 'web', release: '1', disk: diskName, diskBytes, diskGb: 1, wan: true });

export const sha = (bytes: Uint8Array, algorithm = 'sha256'): string =>
  createHash(algorithm).update(bytes).digest('hex');

export const manifestOf = (files: readonly Entry[]): Entry => ({
  name: 'web.mf',
  bytes: Buffer.from(files.map(({ name, bytes }) => `SHA256(${name})= ${sha(bytes)}\n`).join('')),
});

/** An entry with its padding. */
export function tarEntry({ name, bytes, header }: Entry): Buffer {
  const block = tarHeader(name, bytes.length, 0);
  if (header !== undefined) {
    header(block);
    sealTarHeader(block);
  }
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export const tarEnd = Buffer.alloc(1024);

export const tarOf = (entries: readonly Entry[]): Buffer => Buffer.concat([...entries.map(tarEntry), tarEnd]);

export interface Parts {
  readonly ovf: Entry;
  readonly mf: Entry;
  readonly disk: Entry;
}

/** The parts of a valid OVA; the manifest matches another given descriptor or disk. */
export function soundParts(
  change: { readonly ovf?: (text: string) => string; readonly disk?: (bytes: Buffer) => Buffer } = {},
): Parts {
  const bytes = change.disk?.(Buffer.from(disk)) ?? disk;
  const text = descriptor(bytes.length);
  const ovf = { name: 'web.ovf', bytes: Buffer.from(change.ovf?.(text) ?? text) };
  const diskEntry = { name: diskName, bytes };
  return { ovf, mf: manifestOf([ovf, diskEntry]), disk: diskEntry };
}

export const soundOva = (change: Parameters<typeof soundParts>[0] = {}): Buffer => {
  const { ovf, mf, disk: file } = soundParts(change);
  return tarOf([ovf, mf, file]);
};
