import { describe, expect, it } from 'vitest';
import { bytesPerDiskUnit, bytesPerMemoryUnit } from '../../../../../core/media/ovf/units.ts';

describe('units', () => {
  const both: ReadonlyArray<readonly [string, number | undefined]> = [
    ['', 1],
    ['byte', 1],
    ['Bytes', 1],
    ['byte * 2^20', 2 ** 20],
    ['byte*2^30', 2 ** 30],
    ['byte * 2 ^ 30', 2 ** 30],
    ['byte * 10^9', 10 ** 9],
    ['byte*1024*1024', 2 ** 20],
    ['2^10 * byte * 1024', 2 ** 20],
    ['kibibyte', 2 ** 10],
    ['MebiBytes', 2 ** 20],
    ['gibibyte * 2', 2 ** 31],
    ['byte * byte', undefined],
    ['byte * ', undefined],
    ['* byte', undefined],
    ['1024', undefined],
    ['byte * 2^99', undefined],
    ['byte * 0', undefined],
    ['byte * 010', undefined],
    ['byte / 2', undefined],
    ['byte * -2', undefined],
    ['hertz * 10^6', undefined],
    ['constructor', undefined],
    [`byte${' '.repeat(100)}`, undefined],
  ];
  it.each(both)('%s', (unit, bytes) => {
    expect(bytesPerDiskUnit(unit)).toBe(bytes);
    expect(bytesPerMemoryUnit(unit)).toBe(bytes);
  });

  // Powers of two for ESX, of ten for govmomi: memory is ESX's alone, the capacity of a disk is everybody's.
  it.each(['MegaBytes', 'megabyte', 'MB'])('%s are for memory only', (unit) => {
    expect(bytesPerMemoryUnit(unit)).toBe(2 ** 20);
    expect(bytesPerDiskUnit(unit)).toBeUndefined();
  });
});
