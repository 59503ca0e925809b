import { refuse } from '../refusal.ts';
import type { FilePosition } from '../refusal.ts';
import { isZero } from '../ustar.ts';
import { mostGrains } from './grains.ts';
import { sectorBytes, tableSectors } from './header.ts';
import type { VmdkHeader } from './header.ts';

const entriesPerSector = sectorBytes / 4;
const sectorsPerBlock = 2048;
/** Largest number of kept table sectors, 32 MB. */
const mostTableSectors = mostGrains / entriesPerSector;

/**
 * Grain directories and tables in front of the grains, as in qemu-img's disks: a redundant set and the real set, each a
 * directory with its tables right behind it. Both must agree, so only the first set is kept, without its empty sectors.
 */
export class FrontTables {
  readonly #header: VmdkHeader;
  /** First sectors of the sets, in the order of the file. */
  readonly #starts: readonly number[];
  readonly #directorySectors: number;
  /** Index of each kept table sector, from 1; 0 for an empty sector. */
  readonly #slots: Uint32Array;
  readonly #blocks: Uint32Array[] = [];
  readonly #scratch = new Uint32Array(entriesPerSector);
  #kept = 0;
  #entries = 0;
  /** Number of grains so far. */
  grains = 0;

  constructor(header: VmdkHeader, position: FilePosition) {
    this.#header = header;
    this.#directorySectors = Math.ceil((header.tables * 4) / sectorBytes);
    const length = this.#directorySectors + header.tables * tableSectors;
    const starts = [header.directory, header.redundant].filter((start) => start !== undefined);
    const from = header.descriptorOffset + header.descriptorSize;
    for (const start of starts) {
      if (start < from || start + length > header.overhead) refuse('vmdk-layout', position);
    }
    const [one, two] = starts;
    if (one !== undefined && two !== undefined && Math.abs(one - two) < length) refuse('vmdk-layout', position);
    this.#starts = starts.toSorted((a, b) => a - b);
    this.#slots = new Uint32Array(header.tables * tableSectors);
  }

  /** Takes the next sector of the metadata. */
  push(bytes: Uint8Array, position: FilePosition): void {
    const sector = position.byte / sectorBytes;
    for (const [set, start] of this.#starts.entries()) {
      const index = sector - start - this.#directorySectors;
      if (sector < start || index >= this.#slots.length) continue;
      if (index < 0) this.#checkDirectory(bytes, start, sector - start, position);
      else if (set === 0) this.#keep(bytes, index, position);
      else this.#compare(bytes, index, position);
    }
  }

  /** Counts a grain of the stream and compares it with the tables. */
  takeGrain(grain: number, sector: number, position: FilePosition): void {
    if (this.#entryOf(grain) !== sector) refuse('vmdk-table', position);
    this.grains += 1;
  }

  /** After the last grain: the tables must have one entry per grain. */
  checkComplete(position: FilePosition): void {
    if (this.#entries !== this.grains) refuse('vmdk-table', position);
  }

  /** Table n of a set must be n tables behind its directory, so that no offset points outside. */
  #checkDirectory(bytes: Uint8Array, start: number, index: number, position: FilePosition): void {
    for (const [at, found] of this.#numbers(bytes).entries()) {
      const table = index * entriesPerSector + at;
      const expected = table < this.#header.tables ? start + this.#directorySectors + table * tableSectors : 0;
      if (found !== expected) refuse('vmdk-directory', { ...position, byte: position.byte + at * 4 });
    }
  }

  #keep(bytes: Uint8Array, index: number, position: FilePosition): void {
    if (isZero(bytes)) return;
    if (this.#kept >= mostTableSectors) refuse('vmdk-grains', position);
    const at = (this.#kept % sectorsPerBlock) * entriesPerSector;
    if (at === 0) this.#blocks.push(new Uint32Array(sectorsPerBlock * entriesPerSector));
    const block = this.#blocks[this.#blocks.length - 1];
    const entries = this.#numbers(bytes);
    block?.set(entries, at);
    for (const entry of entries) if (entry !== 0) this.#entries += 1;
    this.#kept += 1;
    this.#slots[index] = this.#kept;
  }

  #compare(bytes: Uint8Array, index: number, position: FilePosition): void {
    if (this.#slots[index] === 0 && isZero(bytes)) return;
    for (const [entry, found] of this.#numbers(bytes).entries()) {
      if (found !== this.#entryOf(index * entriesPerSector + entry)) {
        refuse('vmdk-table', { ...position, byte: position.byte + entry * 4 });
      }
    }
  }

  /** The sector of a grain by the first set, or 0. */
  #entryOf(grain: number): number {
    const slot = this.#slots[Math.floor(grain / entriesPerSector)] ?? 0;
    if (slot === 0) return 0;
    const block = this.#blocks[Math.floor((slot - 1) / sectorsPerBlock)];
    return block?.[((slot - 1) % sectorsPerBlock) * entriesPerSector + (grain % entriesPerSector)] ?? 0;
  }

  /** The 32-bit numbers of a sector; valid until the next call. */
  #numbers(bytes: Uint8Array): Uint32Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < entriesPerSector; index++) this.#scratch[index] = view.getUint32(index * 4, true);
    return this.#scratch;
  }
}
