import { tableEntries } from './vmdk-header.ts';

/**
 * Which grain of a disk lies at which sector, remembered in the order of the stream: 8 bytes per grain, so that a full
 * 200 GB disk takes 26 MB.
 */

/** Most grains that are followed: 512 GiB of data at the usual grain of 64 KiB. */
export const mostGrains = 8 * 1024 * 1024;

/** Largest number of grains of a disk whose data may come out of order: 8 TiB at 64 KiB, a bitmap of 16 MB. */
const mostOutOfOrder = 2 ** 27;

export class GrainList {
  readonly #grainsOfDisk: number;
  #sectors = new Uint32Array(1024);
  #grains = new Uint32Array(1024);
  /** One bit per grain; only a disk that leaves the ascending order pays for it. */
  #seen: Uint8Array | undefined;
  length = 0;

  constructor(grainsOfDisk: number) {
    this.#grainsOfDisk = grainsOfDisk;
  }

  /** Whether one more grain can be followed. */
  canAdd(grain: number): boolean {
    if (this.length >= mostGrains) return false;
    return this.#seen !== undefined || this.#follows(grain) || this.#grainsOfDisk <= mostOutOfOrder;
  }

  /** Adds a grain of the disk; false when that grain was there before. Sectors come in ascending order. */
  add(grain: number, sector: number): boolean {
    if (this.#seen === undefined && !this.#follows(grain)) this.#leaveOrder();
    if (this.#seen !== undefined && !mark(this.#seen, grain)) return false;
    if (this.length === this.#sectors.length) this.#grow();
    this.#sectors[this.length] = sector;
    this.#grains[this.length] = grain;
    this.length += 1;
    return true;
  }

  /** The grain that begins at `sector`, or undefined. */
  grainAt(sector: number): number | undefined {
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.#sectors[middle] ?? 0;
      if (value === sector) return this.#grains[middle];
      if (value < sector) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #follows(grain: number): boolean {
    return this.length === 0 || grain > (this.#grains[this.length - 1] ?? 0);
  }

  #leaveOrder(): void {
    this.#seen = new Uint8Array(Math.ceil(this.#grainsOfDisk / 8));
    for (let index = 0; index < this.length; index++) mark(this.#seen, this.#grains[index] ?? 0);
  }

  #grow(): void {
    const grow = (from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.#sectors = grow(this.#sectors);
    this.#grains = grow(this.#grains);
  }
}

/** Sets the bit of a grain; false when it was set. */
function mark(bits: Uint8Array, grain: number): boolean {
  const at = grain >> 3;
  const bit = 1 << (grain & 7);
  const byte = bits[at] ?? 0;
  bits[at] = byte | bit;
  return (byte & bit) === 0;
}

/** The outcome of holding a grain table against the grains: which table it is, how many entries, or the wrong entry. */
export type TableCheck =
  | { readonly table: number | undefined; readonly entries: number }
  | { readonly wrongEntry: number };

/** Compares the entries of a table with the grains. An empty table fits everywhere (`table` is undefined). */
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
