import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../../core/errors.ts';
import { GrainList } from '../../../../core/media/vmdk-grains.ts';
import { VmdkCheck } from '../../../../core/media/vmdk.ts';
import type { VmdkReport } from '../../../../core/media/vmdk.ts';
import { disk } from '../../main/media/ova-kit.ts';

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

describe('a disk that streams by', () => {
  it('is read the same whatever the pieces', () => {
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
  it('finds grains by sector, in and out of order, and sees one that comes twice', () => {
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
    // The arrays double: up to twice what is used, and the halves that are not yet collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80e6);
  });
});
