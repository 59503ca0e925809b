/** Writes POSIX ustar, in the plain form that our reader accepts. Source: POSIX.1-2017, ustar Interchange Format. */

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;
/** Largest size that eleven octal digits hold; larger sizes are written in base-256. */
const mostOctal = 0o77_777_777_777;

/** A header block for a regular file of `size` bytes; `seconds` is its time since 1970. */
export function tarHeader(name: string, size: number, seconds: number): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0, 100, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  if (size <= mostOctal) header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`${seconds.toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265, 'latin1');
  header.write('root', 297, 'latin1');
  sealTarHeader(header);
  return header;
}

/** Writes the checksum of a header block into it. */
export function sealTarHeader(header: Buffer): void {
  header.write('        ', 148, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** An archive of `files` in that order. */
export function writeTar(files: readonly TarFile[], seconds: number): Buffer {
  const parts: Uint8Array[] = [];
  for (const { name, bytes } of files) {
    parts.push(tarHeader(name, bytes.length, seconds), bytes, Buffer.alloc((block - (bytes.length % block)) % block));
  }
  parts.push(Buffer.alloc(2 * block));
  return Buffer.concat(parts);
}
