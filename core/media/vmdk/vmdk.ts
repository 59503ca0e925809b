import { ByteWindow } from '../byte-window.ts';
import { refuse } from '../refusal.ts';
import type { FilePosition } from '../refusal.ts';
import { isZero } from '../ustar.ts';
import { GrainList, TableList, checkTable } from './grains.ts';
import { FrontTables } from './front.ts';
import { checkVmdkDescriptor, parseVmdkHeader, sectorBytes, tableSectors } from './header.ts';
import type { VmdkHeader } from './header.ts';

/**
 * Checks a streamOptimized VMDK as a stream: header, text descriptor, every marker, and that grain tables and markers
 * agree, since importers use one or the other. Grain data is not decompressed. Source: VMware, "Virtual Disk Format
 * 5.0", Stream-Optimized Compressed Sparse Extents.
 */

export interface VmdkReport {
  /** Capacity of the guest's disk, in bytes. */
  readonly capacityBytes: number;
  readonly grains: number;
}

const markerTypes = { end: 0, table: 1, directory: 2, footer: 3 } as const;

type State = 'header' | 'descriptor' | 'front' | 'marker' | 'table' | 'directory' | 'footer' | 'ended';

export class VmdkCheck {
  readonly #member: string;
  readonly #sizeBytes: number;
  readonly #window = new ByteWindow();
  #grains = new GrainList(0);
  readonly #tables = new TableList();
  /** Number of grains by the sector of their grain directory. */
  readonly #directories = new Map<number, number>();
  #state: State = 'header';
  /** Offset in bytes of the end marker, or of qemu-img's padding. */
  #endOfGrains = 0;
  #header: VmdkHeader | undefined;
  #front: FrontTables | undefined;
  #footer: VmdkHeader | undefined;

  /** `member` names the disk in refusals, `sizeBytes` is the length of its file. */
  constructor(member: string, sizeBytes: number) {
    this.#member = member;
    this.#sizeBytes = sizeBytes;
    if (sizeBytes < 2 * sectorBytes || sizeBytes % sectorBytes !== 0) refuse('vmdk-length', this.#position(sizeBytes));
    this.#window.want(sectorBytes);
  }

  /** Takes the next bytes of the file. Throws refusals `media.vmdk-*`. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'ended') return this.#readPadding(chunk.subarray(at));
      at += this.#window.take(chunk, at);
      if (this.#window.complete) this.#step(this.#window.bytes);
    }
  }

  /** After the last byte: returns the report, or throws a refusal if the disk is incomplete. */
  end(): VmdkReport {
    const header = this.#header;
    const position = this.#position(this.#window.position);
    if (header === undefined) return refuse('vmdk-truncated', position);
    const between = this.#state === 'marker' && this.#window.pending === sectorBytes;
    if (this.#front === undefined) {
      if (this.#state !== 'ended') refuse('vmdk-truncated', position);
      this.#checkFooter(position);
    } else {
      if (this.#state !== 'ended' && !between) refuse('vmdk-truncated', position);
      this.#front.checkComplete(position);
    }
    const { grains } = this.#front ?? { grains: this.#grains.length };
    return { capacityBytes: header.capacity * sectorBytes, grains };
  }

  #step(bytes: Uint8Array): void {
    const start = this.#window.position - bytes.length;
    switch (this.#state) {
      case 'header':
        return this.#readHeader(bytes);
      case 'descriptor':
        return this.#readDescriptor(bytes, start);
      case 'front':
        return this.#readFront(bytes, start);
      case 'marker':
        return this.#readMarker(bytes, start);
      case 'table':
        return this.#readTable(bytes, start);
      case 'directory':
        return this.#readDirectory(bytes, start);
      case 'footer':
        return this.#readFooter(bytes, start);
      default:
        return undefined;
    }
  }

  #readHeader(bytes: Uint8Array): void {
    const header = parseVmdkHeader(bytes, this.#position(0));
    const end = header.descriptorOffset + header.descriptorSize;
    if (header.descriptorOffset < 1 || header.descriptorSize < 1) {
      refuse('vmdk-header', this.#position(28), { field: 'descriptor offset' });
    }
    if (end > header.overhead || header.overhead * sectorBytes > this.#sizeBytes) {
      refuse('vmdk-header', this.#position(64), { field: 'overhead' });
    }
    this.#header = header;
    this.#grains = new GrainList(Math.ceil(header.capacity / header.grainSize));
    this.#window.skip((header.descriptorOffset - 1) * sectorBytes);
    this.#want('descriptor', header.descriptorSize);
  }

  #readDescriptor(bytes: Uint8Array, start: number): void {
    const header = this.#knownHeader();
    checkVmdkDescriptor(bytes, header, this.#position(start));
    if (header.directory === undefined) {
      this.#window.skip(header.overhead * sectorBytes - this.#window.position);
      this.#want('marker', 1);
      return;
    }
    this.#front = new FrontTables(header, this.#position(0));
    this.#next('front');
  }

  #readFront(bytes: Uint8Array, start: number): void {
    this.#front?.push(bytes, this.#position(start));
    this.#next('front');
  }

  /** Continues with the next metadata sector before the grains, or with the first marker. */
  #next(state: 'front'): void {
    const done = this.#window.position >= this.#knownHeader().overhead * sectorBytes;
    this.#want(done ? 'marker' : state, 1);
  }

  #readMarker(bytes: Uint8Array, start: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const value = view.getBigUint64(0, true);
    const size = view.getUint32(8, true);
    if (size > 0) return this.#readGrain(bytes, value, size, start);
    const type = view.getUint32(12, true);
    if (type === markerTypes.end && value === 0n) {
      this.#state = 'ended';
      this.#endOfGrains = start;
      return undefined;
    }
    if (this.#front === undefined && this.#footer === undefined) {
      if (type === markerTypes.table && value === BigInt(tableSectors)) return this.#want('table', tableSectors);
      const directorySectors = Math.ceil((this.#knownHeader().tables * 4) / sectorBytes);
      if (type === markerTypes.directory && value === BigInt(directorySectors)) {
        return this.#want('directory', directorySectors);
      }
      if (type === markerTypes.footer && value === 1n) return this.#want('footer', 1);
    }
    return refuse('vmdk-marker', this.#position(start));
  }

  /**
   * Accepts zeros that end less than one grain behind the last grain, since qemu-img extends the file to the end of its
   * last grain. Other trailing data is refused with `media.vmdk-trailing`.
   */
  #readPadding(bytes: Uint8Array): void {
    const start = this.#window.position;
    const grainBytes = this.#knownHeader().grainSize * sectorBytes;
    const most = this.#front === undefined ? 0 : this.#endOfGrains + grainBytes - 1 - start;
    const stray = isZero(bytes) ? bytes.length : bytes.findIndex((byte) => byte !== 0);
    if (stray < bytes.length || bytes.length > most) {
      refuse('vmdk-trailing', this.#position(start + Math.max(0, Math.min(stray, most))));
    }
    this.#window.position += bytes.length;
  }

  #readGrain(bytes: Uint8Array, lba: bigint, size: number, start: number): void {
    const header = this.#knownHeader();
    const position = this.#position(start);
    const grainBytes = header.grainSize * sectorBytes;
    const sector = Number(lba);
    if (this.#footer !== undefined || lba >= BigInt(header.capacity) || sector % header.grainSize !== 0) {
      refuse('vmdk-grain', position);
    }
    // Deflate enlarges incompressible data slightly. Larger data is not a grain of this disk.
    if (size > grainBytes * 2) refuse('vmdk-grain', position);
    const zlib = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
    if ((zlib & 0x0f00) !== 0x0800 || zlib % 31 !== 0 || size < 8) refuse('vmdk-grain', position);
    const rest = Math.ceil((12 + size) / sectorBytes) * sectorBytes - sectorBytes;
    if (start + sectorBytes + rest > this.#sizeBytes) refuse('vmdk-truncated', position);
    const grain = sector / header.grainSize;
    if (this.#front !== undefined) this.#front.takeGrain(grain, start / sectorBytes, position);
    else if (!this.#grains.canAdd(grain)) refuse('vmdk-grains', position);
    else if (!this.#grains.add(grain, start / sectorBytes)) refuse('vmdk-grain-twice', position);
    this.#window.skip(rest);
    this.#want('marker', 1);
  }

  #readTable(bytes: Uint8Array, start: number): void {
    const check = checkTable(bytes, this.#grains);
    if ('wrongEntry' in check) return refuse('vmdk-table', this.#position(start + check.wrongEntry * 4));
    this.#tables.add(start / sectorBytes, check.table, check.entries);
    if (this.#tables.length > this.#knownHeader().tables * 2) refuse('vmdk-table', this.#position(start));
    return this.#want('marker', 1);
  }

  #readDirectory(bytes: Uint8Array, start: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let grains = 0;
    for (let index = 0; index < bytes.length / 4; index++) {
      const sector = view.getUint32(index * 4, true);
      if (sector === 0) continue;
      const entries = this.#tables.entriesOf(sector, index);
      if (entries === undefined || index >= this.#knownHeader().tables) {
        return refuse('vmdk-directory', this.#position(start + index * 4));
      }
      grains += entries;
    }
    this.#directories.set(start / sectorBytes, grains);
    if (this.#directories.size > 2) refuse('vmdk-directory', this.#position(start));
    return this.#want('marker', 1);
  }

  #readFooter(bytes: Uint8Array, start: number): void {
    const header = this.#knownHeader();
    const footer = parseVmdkHeader(bytes, this.#position(start));
    if (footer.capacity !== header.capacity || footer.grainSize !== header.grainSize) {
      refuse('vmdk-footer', this.#position(start));
    }
    this.#footer = footer;
    this.#want('marker', 1);
  }

  /** The footer's directory must list exactly the grains of the stream. */
  #checkFooter(position: FilePosition): void {
    const directory = this.#footer?.directory;
    if (directory === undefined) return refuse('vmdk-footer', position);
    const directories = [directory, ...(this.#footer?.redundant === undefined ? [] : [this.#footer.redundant])];
    for (const sector of directories) {
      if (this.#directories.get(sector) !== this.#grains.length) refuse('vmdk-footer', position);
    }
    return undefined;
  }

  #want(state: State, sectors: number): void {
    this.#state = state;
    this.#window.want(sectors * sectorBytes);
  }

  #knownHeader(): VmdkHeader {
    // A bug: the states of the reader exclude it.
    if (this.#header === undefined) throw new Error('the header is read first');
    return this.#header;
  }

  #position(byte: number): FilePosition {
    return { member: this.#member, byte };
  }
}
