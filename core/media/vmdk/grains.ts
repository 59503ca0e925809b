import { Uint32List } from './uint32-list.ts';
import { tableEntries } from './header.ts';

/** Maps sectors to grains, in the order of the stream. A grain takes 8 bytes, a full 200 GB disk 26 MB. */

/** Largest number of tracked grains: 512 GiB of data at the usual grain of 64 KiB. */
export const mostGrains = 8 * 1024 * 1024;

/** Largest number of grains of a disk with unordered data: 8 TiB at 64 KiB, a bitmap of 16 MB. */
const mostOutOfOrder = 2 ** 27;

export class GrainList {
  readonly #grainsOfDisk: number;
  readonly #sectors = new Uint32List();
  readonly #grains = new Uint32List();
  /** One bit per grain, allocated only for a disk with unordered data. */
  #seen: Uint8Array | undefined;

  constructor(grainsOfDisk: number) {
    this.#grainsOfDisk = grainsOfDisk;
  }

  get length(): number {
    return this.#grains.length;
  }

  /** Whether one more grain can be tracked. */
  canAdd(grain: number): boolean {
    if (this.length >= mostGrains) return false;
    return this.#seen !== undefined || this.#follows(grain) || this.#grainsOfDisk <= mostOutOfOrder;
  }

  /** Adds a grain of the disk; false if it was added before. Sectors must ascend. */
  add(grain: number, sector: number): boolean {
    if (this.#seen === undefined && !this.#follows(grain)) this.#leaveOrder();
    if (this.#seen !== undefined && !mark(this.#seen, grain)) return false;
    this.#sectors.push(sector);
    this.#grains.push(grain);
    return true;
  }

  /** The grain at `sector`, or undefined. */
  grainAt(sector: number): number | undefined {
    const index = this.#sectors.indexOf(sector);
    return index === undefined ? undefined : this.#grains.at(index);
  }

  #follows(grain: number): boolean {
    return this.length === 0 || grain > this.#grains.at(this.length - 1);
  }

  #leaveOrder(): void {
    this.#seen = new Uint8Array(Math.ceil(this.#grainsOfDisk / 8));
    for (let index = 0; index < this.length; index++) mark(this.#seen, this.#grains.at(index));
  }
}

/** Sets the bit of a grain; false if it was already set. */
function mark(bits: Uint8Array, grain: number): boolean {
  const at = grain >> 3;
  const bit = 1 << (grain & 7);
  const byte = bits[at] ?? 0;
  bits[at] = byte | bit;
  return (byte & bit) === 0;
}

/** The result of comparing a grain table with the grains: its index and number of entries, or the wrong entry. */
export type TableCheck =
  | { readonly table: number | undefined; readonly entries: number }
  | { readonly wrongEntry: number };

/** Compares the entries of a table with the grains. An empty table fits any index (`table` is undefined). */
export function checkTable(bytes: Uint8Array, grains: GrainList): TableCheck {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let table: number | undefined;
  let entries = 0;
  for (let index = 0; index < tableEntries; index++) {
    const sector = view.getUint32(index * 4, true);
    if (sector === 0) continue;
    const grain = grains.grainAt(sector);
    if (grain === undefined || grain % tableEntries !== index) return { wrongEntry: index };
    const owner = Math.floor(grain / tableEntries);
    if (table !== undefined && table !== owner) return { wrongEntry: index };
    table = owner;
    entries += 1;
  }
  return { table, entries };
}

/** The grain tables of the stream, 12 bytes each, since a disk may have a million empty tables. */
export class TableList {
  readonly #sectors = new Uint32List();
  /** Index of the table plus one; 0 for an empty table. */
  readonly #owners = new Uint32List();
  readonly #entries = new Uint32List();

  get length(): number {
    return this.#sectors.length;
  }

  /** Adds the table at `sector`. Sectors must ascend. */
  add(sector: number, table: number | undefined, entries: number): void {
    this.#sectors.push(sector);
    this.#owners.push(table === undefined ? 0 : table + 1);
    this.#entries.push(entries);
  }

  /** Number of entries of the table at `sector`; undefined if it cannot be table `index`. */
  entriesOf(sector: number, index: number): number | undefined {
    const at = this.#sectors.indexOf(sector);
    if (at === undefined) return undefined;
    const owner = this.#owners.at(at);
    return owner === 0 || owner === index + 1 ? this.#entries.at(at) : undefined;
  }
}
