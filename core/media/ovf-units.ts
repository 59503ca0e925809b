/**
 * Units of OVF quantities in bytes. Sources: DSP0243 2.1.1 annex C (programmatic units of DSP0004), the same in
 * govmomi's `ParseCapacityAllocationUnits`, and the words that older tools wrote.
 */

/** Longest unit that is read, in characters. */
const longest = 64;
const mostBytes = 2 ** 50;

/** Every reader takes these words for the same. */
const plainWords: Readonly<Record<string, number>> = {
  byte: 1,
  kibibyte: 2 ** 10,
  mebibyte: 2 ** 20,
  gibibyte: 2 ** 30,
};

/** For memory ESX, VirtualBox and OVF 1.0 count these in powers of two; DSP0004 and govmomi would say powers of ten. */
const memoryWords: Readonly<Record<string, number>> = {
  ...plainWords,
  kilobyte: 2 ** 10,
  megabyte: 2 ** 20,
  gigabyte: 2 ** 30,
  terabyte: 2 ** 40,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
};

/** Bytes per unit of a disk's capacity, for `byte * 2^30`, `byte*1024` and the like; undefined when it is no such unit. */
export const bytesPerDiskUnit = (unit: string): number | undefined => bytesPerUnit(unit, plainWords);

/** Bytes per unit of memory: those of disks, and `MegaBytes`, `MB` and the like; undefined when it is no such unit. */
export const bytesPerMemoryUnit = (unit: string): number | undefined => bytesPerUnit(unit, memoryWords);

function bytesPerUnit(unit: string, words: Readonly<Record<string, number>>): number | undefined {
  if (unit.length > longest) return undefined;
  const text = unit.toLowerCase().replaceAll(/[ \t\r\n]/g, '');
  if (text === '') return 1;
  const factors = text.split('*');
  const values = factors.map((factor) => words[factor.replace(/s$/, '')] ?? numberOf(factor));
  const wordCount = factors.filter((factor) => numberOf(factor) === undefined).length;
  if (wordCount !== 1) return undefined;
  const bytes = values.reduce<number>((product, value) => product * (value ?? Number.NaN), 1);
  return bytes <= mostBytes ? bytes : undefined;
}

function numberOf(factor: string): number | undefined {
  const [, base, exponent = '1'] = /^([1-9][0-9]{0,15})(?:\^([1-9][0-9]?))?$/.exec(factor) ?? [];
  return base === undefined ? undefined : Number(base) ** Number(exponent);
}
