import { refuse } from '../refusal.ts';
import type { FilePosition } from '../refusal.ts';

/** Header and embedded descriptor of a sparse VMDK. Source: VMware, "Virtual Disk Format 5.0". */

export const sectorBytes = 512;
/** GD_AT_END, in sectors: the grain directory is at the end, and the footer has its offset. */
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
const tableEntries = 512;
/** Enough for 64 TiB at the usual grain of 64 KiB; its directory takes 8 MB. */
const mostTables = 2 ** 21;
const newlines = '\n \r\n';
const flagCompressed = 0x1_0000;
const flagMarkers = 0x2_0000;
const flagRedundant = 2;

/** All offsets and sizes in sectors of 512 bytes. */
export interface VmdkHeader {
  readonly capacity: number;
  readonly grainSize: number;
  readonly descriptorOffset: number;
  readonly descriptorSize: number;
  /** Undefined if the directory is at the end. */
  readonly directory: number | undefined;
  readonly redundant: number | undefined;
  /** First sector of the grains. */
  readonly overhead: number;
  readonly tables: number;
}

/** Sectors of one grain table: 512 entries of 4 bytes. */
export const tableSectors = (tableEntries * 4) / sectorBytes;
export { tableEntries };

/** Reads the header or the footer, which has the same form. Throws refusals `media.vmdk-header` with `field`. */
export function parseVmdkHeader(bytes: Uint8Array, position: FilePosition): VmdkHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wrong = (field: string, at: number): never =>
    refuse('vmdk-header', { member: position.member, byte: position.byte + at }, { field });
  const sectors = (field: string, at: number, most: number): number => {
    const value = view.getBigUint64(at, true);
    return value <= BigInt(most) ? Number(value) : wrong(field, at);
  };
  if (view.getUint32(0, true) !== 0x564d_444b) refuse('vmdk-magic', position);
  const version = view.getUint32(4, true);
  if (version < 1 || version > 3) wrong('version', 4);
  const flags = view.getUint32(8, true);
  if ((flags & flagCompressed) === 0 || (flags & flagMarkers) === 0 || view.getUint16(77, true) !== 1) {
    refuse('vmdk-format', position);
  }
  const capacity = sectors('capacity', 12, 2 ** 37);
  if (capacity === 0) wrong('capacity', 12);
  const grainSize = sectors('grain size', 20, 2048);
  if (grainSize < 8 || (grainSize & (grainSize - 1)) !== 0) wrong('grain size', 20);
  const tables = Math.ceil(capacity / (grainSize * tableEntries));
  if (tables > mostTables) wrong('grain size', 20);
  if (view.getUint32(44, true) !== tableEntries) wrong('table entries', 44);
  if (view.getUint8(72) !== 0) refuse('vmdk-unclean', { member: position.member, byte: position.byte + 72 });
  if (String.fromCharCode(...bytes.subarray(73, 77)) !== newlines) wrong('newline', 73);
  const directory = view.getBigUint64(56, true);
  // Without its flag the field has no meaning, and some writers leave GD_AT_END in it.
  const redundant = (flags & flagRedundant) === 0 ? 0 : sectors('redundant directory', 48, 2 ** 32);
  return {
    capacity,
    grainSize,
    descriptorOffset: sectors('descriptor offset', 28, 2 ** 20),
    descriptorSize: sectors('descriptor size', 36, 2048),
    directory: directory === directoryAtEnd ? undefined : sectors('directory', 56, 2 ** 32),
    redundant: redundant === 0 ? undefined : redundant,
    overhead: sectors('overhead', 64, 2 ** 32),
    tables,
  };
}

/** A key is one word, since other readers could take a line with blanks before the equals sign for an extent. */
const settingPattern = /^([\w.]+)\s*=\s*(.*)$/;
const extentPattern = /^(RW|RDONLY|NOACCESS)\s+([0-9]+)\s+([A-Z0-9]+)(?:\s+"([^"]*)")?/;

/**
 * Checks the text descriptor in the disk: one sparse extent of the header's capacity, no parent, no name of another
 * file or device (`media.vmdk-descriptor` with `field`, `media.vmdk-extent`, `media.vmdk-parent`).
 */
export function checkVmdkDescriptor(bytes: Uint8Array, header: VmdkHeader, position: FilePosition): void {
  // The text ends at its first NUL, since qemu-img leaves bytes of a longer CID behind it.
  const end = bytes.indexOf(0);
  const values = new Map<string, string>();
  let extents = 0;
  let at = position.byte;
  for (const line of asText(bytes.subarray(0, end < 0 ? bytes.length : end)).split('\n')) {
    const linePosition = { member: position.member, byte: at };
    at += line.length + 1;
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const extent = extentPattern.exec(content);
    if (extent !== null) {
      extents += 1;
      checkExtent(extent, header, linePosition);
      continue;
    }
    const [, name, value = ''] = settingPattern.exec(content) ?? [];
    if (name === undefined) return refuse('vmdk-extent', linePosition, { extent: content });
    const key = name.toLowerCase();
    if (values.has(key)) refuse('vmdk-descriptor', linePosition, { field: key });
    values.set(key, value.replaceAll('"', ''));
  }
  if (values.get('createtype')?.toLowerCase() !== 'streamoptimized') {
    refuse('vmdk-descriptor', position, { field: 'createType' });
  }
  const parent = values.get('parentcid')?.toLowerCase() ?? 'ffffffff';
  if (parent !== 'ffffffff' || values.has('parentfilenamehint')) refuse('vmdk-parent', position);
  if (extents !== 1) refuse('vmdk-descriptor', position, { field: 'extent' });
}

function checkExtent(extent: RegExpExecArray, header: VmdkHeader, position: FilePosition): void {
  const [line, , sectors, type, file = ''] = extent;
  // Other types and names with a path make some readers open a file or device of the host.
  if (type !== 'SPARSE' || /[/\\:]/.test(file) || file === '') {
    refuse('vmdk-extent', position, { extent: line });
  }
  if (Number(sectors) !== header.capacity) refuse('vmdk-descriptor', position, { field: 'extent size' });
}

function asText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
