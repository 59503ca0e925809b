import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../../../core/base/errors.ts';
import type { FilePosition } from '../../../../../core/media/refusal.ts';
import { FrontTables } from '../../../../../core/media/vmdk/front.ts';
import { GrainList, TableList } from '../../../../../core/media/vmdk/grains.ts';
import { sectorBytes, tableEntries } from '../../../../../core/media/vmdk/header.ts';
import { VmdkCheck } from '../../../../../core/media/vmdk/vmdk.ts';
import type { VmdkReport } from '../../../../../core/media/vmdk/vmdk.ts';
import { disk } from '../../../main/adapters/media/image/ova-kit.ts';

function check(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): VmdkReport | string {
  try {
    const stream = new VmdkCheck('a.vmdk', bytes.length);
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      stream.push(bytes.subarray(at, at + size));
      at += size;
    }
    return stream.end();
  } catch (error) {
    if (error instanceof FailureSignal) return error.failure.code;
    throw error;
  }
}

describe('a streamed disk', () => {
  it('gives the same result with chunks of any size', () => {
    const whole = check(disk);
    expect(whole).toEqual({ capacityBytes: 2 ** 30, grains: 3 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 9 }), (sizes) => {
        expect(check(disk, sizes)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('is refused when any of its metadata changes in a bit that matters', () => {
    // Everything but the grains' own data and the fields that only describe (CID, geometry, ...).
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 71 }), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(disk);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const found = check(bytes);
        // A redundant directory's offset counts only when the flag for it is set; the text may be shorter or longer.
        const free = (at >= 48 && at < 52) || (at >= 52 && at < 56) || (at >= 36 && at < 44);
        expect(typeof found === 'string' || free).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the list of grains', () => {
  it('finds grains by sector, in and out of order, and detects a repeated grain', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 300 }), (grains) => {
        const list = new GrainList(5001);
        for (const [index, grain] of grains.entries()) expect(list.add(grain, index * 10)).toBe(true);
        for (const [index, grain] of grains.entries()) {
          expect(list.grainAt(index * 10)).toBe(grain);
          expect(list.grainAt(index * 10 + 1)).toBeUndefined();
        }
        expect(list.add(grains[0] ?? 0, grains.length * 10)).toBe(false);
      }),
    );
  });

  it('holds as many as a full disk of 200 GB in 26 MB', () => {
    const list = new GrainList(3_276_800);
    const before = process.memoryUsage().arrayBuffers;
    for (let grain = 0; grain < 3_276_800; grain++) list.add(grain, grain * 129);
    expect(list.grainAt(3_000_000 * 129)).toBe(3_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(28e6);
  });
});

describe('the list of tables', () => {
  it('holds a million empty tables in 12 MB, and knows which table is which', () => {
    const list = new TableList();
    const before = process.memoryUsage().arrayBuffers;
    for (let table = 0; table < 1_000_000; table++) list.add(1000 + table * 5, undefined, 0);
    list.add(6_000_000, 7, 300);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(14e6);
    expect(list.entriesOf(1000 + 5 * 777, 12)).toBe(0);
    expect(list.entriesOf(6_000_000, 7)).toBe(300);
    expect(list.entriesOf(6_000_000, 8)).toBeUndefined();
    expect(list.entriesOf(1001, 0)).toBeUndefined();
  });
});

/** Disks in the layout of qemu-img, made sector by sector: directory and tables twice, then the grains. */
describe('tables in front of the grains', () => {
  const place = (sector: number): FilePosition => ({ member: 'a.vmdk', byte: sector * sectorBytes });

  /** The tables of a disk of that many grains; `entry` is what a set says about a grain. */
  function tablesOf(grainsOfDisk: number, entry: (set: number, grain: number, first: number) => number) {
    const tables = grainsOfDisk / tableEntries;
    const directorySectors = Math.ceil((tables * 4) / sectorBytes);
    const setSectors = directorySectors + tables * 4;
    const [redundant, directory, overhead] = [21, 21 + setSectors, 21 + 2 * setSectors];
    const sizes = { capacity: grainsOfDisk * 128, grainSize: 128, descriptorOffset: 1, descriptorSize: 20, tables };
    const front = new FrontTables({ ...sizes, directory, redundant, overhead }, place(0));
    const sector = Buffer.alloc(sectorBytes);
    for (const [set, start] of [redundant, directory].entries()) {
      for (let index = 0; index < setSectors; index++) {
        for (let at = 0; at < 128; at++) {
          const table = index * 128 + at;
          const inDirectory = table < tables ? start + directorySectors + table * 4 : 0;
          const grain = (index - directorySectors) * 128 + at;
          sector.writeUInt32LE(index < directorySectors ? inDirectory : entry(set, grain, overhead), at * 4);
        }
        front.push(sector, place(start + index));
      }
    }
    return { front, first: overhead };
  }

  it('of a full disk of 512 GiB take 34 MB', { timeout: 30_000 }, () => {
    const grains = 8 * 1024 * 1024;
    const before = process.memoryUsage().arrayBuffers;
    const { front, first } = tablesOf(grains, (_set, grain, at) => at + grain);
    for (let grain = 0; grain < grains; grain++) front.takeGrain(grain, first + grain, place(first));
    front.checkComplete(place(first));
    expect(front.grains).toBe(grains);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(36e6);
  });

  it('are refused if the second set differs', () => {
    for (const wrong of [5, 4000]) {
      const entry = (set: number, grain: number, at: number): number => {
        if (set === 1 && grain === wrong) return 7;
        return grain < 9 ? at + grain : 0;
      };
      expect(() => tablesOf(8192, entry)).toThrow('media.vmdk-table');
    }
  });

  it('are refused if a grain is repeated or missing', () => {
    const { front, first } = tablesOf(8192, (_set, grain, at) => (grain < 2 ? at + grain : 0));
    front.takeGrain(0, first, place(first));
    expect(() => front.takeGrain(0, first + 1, place(first))).toThrow('media.vmdk-table');
    expect(() => front.checkComplete(place(first))).toThrow('media.vmdk-table');
  });
});
