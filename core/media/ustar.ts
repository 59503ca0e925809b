import { isPlainName } from './names.ts';
import { refuse } from './refusal.ts';

/**
 * Reads a header block of a POSIX ustar archive more strictly than tar programs, so that all of them read accepted
 * files alike. Sources: POSIX.1-2017 pax, "ustar Interchange Format"; media-and-handover.
 */

export const tarBlock = 512;

export interface TarEntry {
  readonly name: string;
  /** Size of the content in bytes, without the padding to full blocks. */
  readonly size: number;
}

interface Field {
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

const checksumField: Field = { name: 'checksum', at: 148, length: 8 };
const sizeField: Field = { name: 'size', at: 124, length: 12 };
/** Unused numbers that make Go's reader fail if malformed. */
const plainNumbers: readonly Field[] = [
  { name: 'mode', at: 100, length: 8 },
  { name: 'uid', at: 108, length: 8 },
  { name: 'gid', at: 116, length: 8 },
  { name: 'mtime', at: 136, length: 12 },
  { name: 'devmajor', at: 329, length: 8 },
  { name: 'devminor', at: 337, length: 8 },
];

/** Names of the common type letters, for the refusal. */
const typeNames: Readonly<Record<string, string>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'contiguous',
  g: 'pax-global',
  x: 'pax',
  K: 'gnu-longlink',
  L: 'gnu-longname',
  S: 'gnu-sparse',
};

/** Whether every byte of `block` is zero. */
export function isZero(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

/**
 * Reads a header block, not all zero, that starts at `byte` of the archive. Throws a refusal (`media.tar-*`) for
 * anything but a regular file with a plain name.
 */
export function parseTarHeader(block: Uint8Array, byte: number): TarEntry {
  const raw = text(block, 0, 100);
  const name = cut(raw);
  const position = { member: name, byte };
  if (text(block, 257, 8) !== 'ustar\x0000') refuse('tar-format', { ...position, byte: byte + 257 });
  checkSum(block, byte, position.member);
  const type = text(block, 156, 1);
  if (type !== '0' && type !== '\0') {
    refuse('tar-type', { ...position, byte: byte + 156 }, { type: typeNames[type] ?? type });
  }
  if (!isPlainName(name) || !isZero(block.subarray(name.length, 100))) refuse('tar-name', position);
  if (!isZero(block.subarray(157, 257))) refuse('tar-field', { ...position, byte: byte + 157 }, { field: 'linkname' });
  if (!isZero(block.subarray(345, tarBlock)))
    refuse('tar-field', { ...position, byte: byte + 345 }, { field: 'prefix' });
  for (const field of plainNumbers) {
    if (octal(block, field) === undefined) {
      refuse('tar-field', { ...position, byte: byte + field.at }, { field: field.name });
    }
  }
  for (const [field, at] of [
    ['uname', 265],
    ['gname', 297],
  ] as const) {
    if (!isOwnerName(text(block, at, 32))) refuse('tar-field', { ...position, byte: byte + at }, { field });
  }
  return { name, size: memberSize(block, byte, position.member) };
}

function memberSize(block: Uint8Array, byte: number, member: string): number {
  const size = (block[sizeField.at] ?? 0) >= 0x80 ? base256(block) : octal(block, sizeField);
  if (size === undefined || text(block, sizeField.at, sizeField.length).startsWith('\0')) {
    return refuse('tar-size', { member, byte: byte + sizeField.at });
  }
  return size;
}

/** GNU's binary size: the first byte is 0x80, the others are a big-endian number. Undefined if out of range. */
function base256(block: Uint8Array): number | undefined {
  const { at, length } = sizeField;
  if (block[at] !== 0x80) return undefined;
  let value = 0;
  for (const digit of block.subarray(at + 1, at + length)) {
    value = value * 256 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return value;
}

/** An octal field: digits, then NULs or spaces to its end; all NUL means zero. Undefined if malformed. */
function octal(block: Uint8Array, field: Field): number | undefined {
  const match = /^ *([0-7]*)[ \0]*$/.exec(text(block, field.at, field.length));
  return match === null ? undefined : Number.parseInt(match[1] === '' ? '0' : (match[1] ?? '0'), 8);
}

function checkSum(block: Uint8Array, byte: number, member: string): void {
  let sum = 0;
  for (const [index, value] of block.entries()) {
    const inField = index >= checksumField.at && index < checksumField.at + checksumField.length;
    sum += inField ? 0x20 : value;
  }
  if (octal(block, checksumField) !== sum) refuse('tar-checksum', { member, byte: byte + checksumField.at });
}

/** Owner and group: printable ASCII, then NULs only. */
function isOwnerName(field: string): boolean {
  return /^[ -~]*\0*$/.test(field);
}

function cut(field: string): string {
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

/** Maps each byte to the character of the same code, so that decoding cannot fail or join bytes. */
function text(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}
