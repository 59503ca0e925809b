import { refuse } from './refusal.ts';
import type { Place } from './refusal.ts';
import { sectorBytes, tableEntries, tableSectors } from './vmdk-header.ts';
import type { VmdkHeader } from './vmdk-header.ts';

/** Most table sectors kept per set: 8 Mi grains at 128 a sector. */
const mostTableSectors = (8 * 1024 * 1024) / (tableEntries / 4);

/**
 * Grain directories and tables in front of the grains, as qemu-img writes them: a redundant set and the real one, each
 * a directory with its tables right behind it. Only tables that hold an entry are kept.
 */
export class FrontTables {
  readonly #header: VmdkHeader;
  readonly #sets: ReadonlyArray<{ readonly start: number; readonly tables: Map<number, Uint8Array> }>;
  readonly #directorySectors: number;

  constructor(header: VmdkHeader, place: Place) {
    this.#header = header;
    this.#directorySectors = Math.ceil((header.tables * 4) / sectorBytes);
    const length = this.#directorySectors + header.tables * tableSectors;
    const starts = [header.directory, header.redundant].filter((start) => start !== undefined);
    const from = header.descriptorOffset + header.descriptorSize;
    for (const start of starts) {
      if (start < from || start + length > header.overhead) refuse('vmdk-layout', place);
    }
    const [one, two] = starts;
    if (one !== undefined && two !== undefined && Math.abs(one - two) < length) refuse('vmdk-layout', place);
    this.#sets = starts.map((start) => ({ start, tables: new Map() }));
  }

  /** Takes the next sector of the metadata. */
  push(bytes: Uint8Array, place: Place): void {
    const sector = place.byte / sectorBytes;
    for (const set of this.#sets) {
      const index = sector - set.start;
      if (index < 0 || index >= this.#directorySectors + this.#header.tables * tableSectors) continue;
      if (index < this.#directorySectors) this.#checkDirectory(bytes, set.start, index, place);
      else if (bytes.some((byte) => byte !== 0)) {
        set.tables.set(index - this.#directorySectors, bytes.slice());
        if (set.tables.size > mostTableSectors) refuse('vmdk-grains', place);
      }
    }
  }

  /** Holds a grain of the stream against the tables. */
  checkGrain(grain: number, sector: number, place: Place): void {
    const perSector = sectorBytes / 4;
    for (const { tables } of this.#sets) {
      const bytes = tables.get(Math.floor(grain / perSector));
      const at = (grain % perSector) * 4;
      const entry = bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
      if (entry !== sector) refuse('vmdk-table', place);
    }
  }

  /** After the last grain: the tables hold as many entries as grains went by, in each set. */
  checkComplete(grains: number, place: Place): void {
    for (const { tables } of this.#sets) {
      let entries = 0;
      for (const bytes of tables.values()) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (let at = 0; at < bytes.length; at += 4) if (view.getUint32(at, true) !== 0) entries += 1;
      }
      if (entries !== grains) refuse('vmdk-table', place);
    }
  }

  /** Table n of a set lies n tables behind its directory: anything else could point outside. */
  #checkDirectory(bytes: Uint8Array, start: number, index: number, place: Place): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 4) {
      const table = index * (sectorBytes / 4) + at / 4;
      const expected = table < this.#header.tables ? start + this.#directorySectors + table * tableSectors : 0;
      if (view.getUint32(at, true) !== expected) refuse('vmdk-directory', { ...place, byte: place.byte + at });
    }
  }
}
