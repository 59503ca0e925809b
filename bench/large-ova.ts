import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { tarHeader } from '../main/demo/medium/tar-writer.ts';
import { writeSampleDescriptor } from '../main/demo/medium/sample-descriptor.ts';

/** Writes OVAs of many gigabytes, valid and incompressible, as fast as the disk takes them. */

const sector = 512;
const grainSectors = 128;
const grainsPerGb = 16_384;

/** The parts of a streamOptimized VMDK of `diskGb` GiB whose first `grains` grains are full, table after table. */
function* vmdkParts(name: string, grains: number, diskGb: number): Generator<Buffer> {
  const capacity = diskGb * grainsPerGb * grainSectors;
  const tables = Math.ceil((diskGb * grainsPerGb) / 512);
  const directory = Buffer.alloc(Math.ceil((tables * 4) / sector) * sector);
  const text = `# Disk DescriptorFile\nversion=1\nCID=00000001\nparentCID=ffffffff\ncreateType="streamOptimized"\nRW ${capacity} SPARSE "${name}"\n`;
  const front = Buffer.alloc(128 * sector);
  header(capacity, 0xffff_ffff_ffff_ffffn).copy(front);
  front.write(text, sector, 'latin1');
  yield front;
  const data = deflateSync(randomNoise, { level: 0 });
  const blockSectors = Math.ceil((12 + data.length) / sector);
  let at = 128;
  for (let table = 0; table * 512 < grains; table++) {
    const count = Math.min(512, grains - table * 512);
    const run = Buffer.alloc((count * blockSectors + 1 + 4) * sector);
    for (let index = 0; index < count; index++) {
      const offset = index * blockSectors * sector;
      run.writeBigUInt64LE(BigInt((table * 512 + index) * grainSectors), offset);
      run.writeUInt32LE(data.length, offset + 8);
      data.copy(run, offset + 12);
      run.writeUInt32LE(at + index * blockSectors, (count * blockSectors + 1) * sector + index * 4);
    }
    marker(4n, 1).copy(run, count * blockSectors * sector);
    at += count * blockSectors + 1;
    directory.writeUInt32LE(at, table * 4);
    at += 4;
    yield run;
  }
  yield Buffer.concat([marker(BigInt(directory.length / sector), 2), directory, marker(1n, 3)]);
  yield Buffer.concat([header(capacity, BigInt(at + 1)), marker(0n, 0)]);
}

const randomNoise = randomBytes(grainSectors * sector);

/** Writes an OVA of about `bytes` bytes to `file`. */
export async function writeLargeOva(file: string, bytes: number): Promise<void> {
  const disk = 'large-disk1.vmdk';
  // A full grain takes 129 sectors.
  const grains = Math.ceil(bytes / (129 * sector));
  const diskGb = Math.ceil(grains / grainsPerGb);
  const hash = createHash('sha256');
  let size = 0;
  for (const part of vmdkParts(disk, grains, diskGb)) {
    hash.update(part);
    size += part.length;
  }
  const ovf = Buffer.from(
    writeSampleDescriptor({ component: 'large', release: '1', disk, diskBytes: size, diskGb, wan: true }),
  );
  const digest = createHash('sha256').update(ovf).digest('hex');
  const mf = Buffer.from(`SHA256(large.ovf)= ${digest}\nSHA256(${disk})= ${hash.digest('hex')}\n`);
  const handle = await open(file, 'w');
  try {
    for (const [name, content] of [
      ['large.ovf', ovf],
      ['large.mf', mf],
    ] as const) {
      await handle.write(tarHeader(name, content.length, 0));
      await handle.write(Buffer.concat([content, Buffer.alloc((sector - (content.length % sector)) % sector)]));
    }
    await handle.write(tarHeader(disk, size, 0));
    for (const part of vmdkParts(disk, grains, diskGb)) await handle.write(part);
    await handle.write(Buffer.alloc(2 * sector));
  } finally {
    await handle.close();
  }
}

function header(capacity: number, directory: bigint): Buffer {
  const block = Buffer.alloc(sector);
  block.write('KDMV', 0, 'latin1');
  block.writeUInt32LE(3, 4);
  block.writeUInt32LE(0x3_0001, 8);
  block.writeBigUInt64LE(BigInt(capacity), 12);
  block.writeBigUInt64LE(BigInt(grainSectors), 20);
  block.writeBigUInt64LE(1n, 28);
  block.writeBigUInt64LE(20n, 36);
  block.writeUInt32LE(512, 44);
  block.writeBigUInt64LE(directory, 56);
  block.writeBigUInt64LE(128n, 64);
  block.write('\n \r\n', 73, 'latin1');
  block.writeUInt16LE(1, 77);
  return block;
}

function marker(value: bigint, type: number): Buffer {
  const block = Buffer.alloc(sector);
  block.writeBigUInt64LE(value, 0);
  block.writeUInt32LE(type, 12);
  return block;
}
