import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/**
 * Writes a small streamOptimized VMDK for sample media: a few grains of noise, then tables, directory and footer, as
 * VMware's own tools lay them out. Source: VMware, "Virtual Disk Format 5.0".
 */

const sector = 512;
const grainSectors = 128;
const entriesPerTable = 512;
/** Sectors before the first grain: header, descriptor, padding. */
const overhead = 128;
const descriptorSectors = 20;
const atEnd = 0xffff_ffff_ffff_ffffn;

export interface SampleDisk {
  /** Name in the disk's own descriptor. */
  readonly name: string;
  /** Capacity for the guest, in bytes; a multiple of 64 KiB. */
  readonly capacityBytes: number;
  /** How many 64 KiB grains hold data that does not compress. */
  readonly grains: number;
  /** The same seed gives the same bytes. */
  readonly seed: string;
}

/** The bytes of the disk. */
export function writeSampleVmdk(disk: SampleDisk): Buffer {
  const capacity = disk.capacityBytes / sector;
  const grainCount = Math.ceil(capacity / grainSectors);
  const tableCount = Math.ceil(grainCount / entriesPerTable);
  const parts: Buffer[] = [header(capacity, atEnd), descriptor(disk, capacity)];
  let at = overhead;
  const add = (part: Buffer): void => {
    parts.push(part);
    at += part.length / sector;
  };
  parts.push(Buffer.alloc((overhead - 1 - descriptorSectors) * sector));

  const directory = Buffer.alloc(sectorsFor(tableCount * 4) * sector);
  // Data at the start, in the middle and so on: several tables are filled.
  const stride = Math.max(1, Math.floor(grainCount / disk.grains));
  let table = Buffer.alloc(entriesPerTable * 4);
  const closeTable = (index: number): void => {
    if (table.every((byte) => byte === 0)) return;
    add(marker(BigInt(table.length / sector), 1));
    directory.writeUInt32LE(at, index * 4);
    add(table);
    table = Buffer.alloc(entriesPerTable * 4);
  };
  let current = 0;
  for (let index = 0; index < disk.grains; index++) {
    const grain = index * stride;
    if (Math.floor(grain / entriesPerTable) !== current) closeTable(current);
    current = Math.floor(grain / entriesPerTable);
    table.writeUInt32LE(at, (grain % entriesPerTable) * 4);
    add(grainBlock(grain, noise(`${disk.seed}/${index}`)));
  }
  closeTable(current);
  add(marker(BigInt(directory.length / sector), 2));
  const directoryAt = at;
  add(directory);
  add(marker(1n, 3));
  add(header(capacity, BigInt(directoryAt)));
  add(marker(0n, 0));
  return Buffer.concat(parts);
}

function header(capacity: number, directory: bigint): Buffer {
  const block = Buffer.alloc(sector);
  block.write('KDMV', 0, 'latin1');
  block.writeUInt32LE(3, 4);
  // Valid newline test, compressed grains, markers.
  block.writeUInt32LE(0x3_0001, 8);
  block.writeBigUInt64LE(BigInt(capacity), 12);
  block.writeBigUInt64LE(BigInt(grainSectors), 20);
  block.writeBigUInt64LE(1n, 28);
  block.writeBigUInt64LE(BigInt(descriptorSectors), 36);
  block.writeUInt32LE(entriesPerTable, 44);
  block.writeBigUInt64LE(0n, 48);
  block.writeBigUInt64LE(directory, 56);
  block.writeBigUInt64LE(BigInt(overhead), 64);
  block.write('\n \r\n', 73, 'latin1');
  block.writeUInt16LE(1, 77);
  return block;
}

function descriptor(disk: SampleDisk, capacity: number): Buffer {
  const text = `# Disk DescriptorFile
version=1
CID=${createHash('sha256').update(disk.seed).digest('hex').slice(0, 8)}
parentCID=ffffffff
createType="streamOptimized"

# Extent description
RW ${capacity} SPARSE "${disk.name}"

# The Disk Data Base
#DDB
ddb.adapterType = "lsilogic"
ddb.geometry.cylinders = "${Math.min(65_535, Math.floor(capacity / (255 * 63)))}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
ddb.virtualHWVersion = "13"
`;
  const block = Buffer.alloc(descriptorSectors * sector);
  block.write(text, 'latin1');
  return block;
}

function marker(value: bigint, type: number): Buffer {
  const block = Buffer.alloc(sector);
  block.writeBigUInt64LE(value, 0);
  block.writeUInt32LE(type, 12);
  return block;
}

function grainBlock(grain: number, data: Buffer): Buffer {
  const compressed = deflateSync(data);
  const block = Buffer.alloc(sectorsFor(12 + compressed.length) * sector);
  block.writeBigUInt64LE(BigInt(grain * grainSectors), 0);
  block.writeUInt32LE(compressed.length, 8);
  compressed.copy(block, 12);
  return block;
}

/** One grain of pseudorandom bytes, derived from `seed`. */
function noise(seed: string): Buffer {
  const parts: Buffer[] = [];
  for (let block = 0; block < (grainSectors * sector) / 64; block++) {
    parts.push(createHash('sha512').update(`${seed}/${block}`).digest());
  }
  return Buffer.concat(parts);
}

function sectorsFor(bytes: number): number {
  return Math.ceil(bytes / sector);
}
