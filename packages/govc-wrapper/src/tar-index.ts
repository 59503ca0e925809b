import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const block = 512;

/**
 * Sizes in bytes of the files in a tar archive (an OVA), by base name; the first of a name counts, as with govc. Reads
 * headers only. Only for showing progress: an archive that it cannot read gives what was found so far.
 */
export async function readTarSizes(path: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  // A named pipe would block the open until somebody writes.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) return sizes;
    const header = Buffer.alloc(block);
    let position = 0;
    for (;;) {
      const { bytesRead } = await file.read(header, 0, block, position);
      if (bytesRead < block || header[0] === 0) return sizes;
      const size = sizeOf(header);
      if (size === undefined) return sizes;
      const name = text(header, 0, 100).split('/').pop() ?? '';
      const type = text(header, 156, 1);
      if ((type === '' || type === '0') && !sizes.has(name)) sizes.set(name, size);
      position += block + Math.ceil(size / block) * block;
    }
  } finally {
    await file.close();
  }
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits, or a big-endian number where the highest bit is set (GNU, sizes from 8 GiB). */
function sizeOf(header: Buffer): number | undefined {
  const first = header[124] ?? 0;
  if ((first & 0x80) !== 0) {
    const value = header.readBigUInt64BE(128);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }
  const digits = text(header, 124, 12).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}
