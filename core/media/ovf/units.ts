/**
 * Units of OVF quantities in bytes. Sources: DSP0243 2.1.1 annex C (programmatic units of DSP0004), govmomi's
 * `ParseCapacityAllocationUnits`, and the words of older tools.
 */

/** Longest accepted unit, in characters. */
const longest = 64;
const mostBytes = 2 ** 50;

/** Words with one meaning to every reader. */
const plainWords: ReadonlyMap<string, number> = new Map([
  ['byte', 1],
  ['kibibyte', 2 ** 10],
  ['mebibyte', 2 ** 20],
  ['gibibyte', 2 ** 30],
]);

/** Memory units that ESX, VirtualBox and OVF 1.0 count in powers of two, DSP0004 and govmomi in powers of ten. */
const memoryWords: ReadonlyMap<string, number> = new Map([
  ...plainWords,
  ...['kilo', 'mega', 'giga', 'tera'].flatMap((prefix, index): ReadonlyArray<readonly [string, number]> => [
    [`${prefix}byte`, 2 ** (10 * (index + 1))],
    [`${prefix.charAt(0)}b`, 2 ** (10 * (index + 1))],
  ]),
]);

/** Bytes per unit of a disk's capacity, for `byte * 2^30`, `byte*1024` and the like; undefined for other units. */
export const bytesPerDiskUnit = (unit: string): number | undefined => bytesPerUnit(unit, plainWords);

/** Bytes per unit of memory: the disk units, and `MegaBytes`, `MB` and the like; undefined for other units. */
export const bytesPerMemoryUnit = (unit: string): number | undefined => bytesPerUnit(unit, memoryWords);

function bytesPerUnit(unit: string, words: ReadonlyMap<string, number>): number | undefined {
  if (unit.length > longest) return undefined;
  const text = unit.toLowerCase().replaceAll(/[ \t\r\n]/g, '');
  if (text === '') return 1;
  let bytes = 1;
  let wordCount = 0;
  for (const factor of text.split('*')) {
    const word = words.get(factor.replace(/s$/, ''));
    if (word !== undefined) wordCount += 1;
    bytes *= word ?? numberOf(factor);
  }
  return wordCount === 1 && bytes <= mostBytes ? bytes : undefined;
}

/** A plain number or a power; NaN for other texts. */
function numberOf(factor: string): number {
  const [, base = Number.NaN, exponent = 1] = /^([1-9][0-9]{0,15})(?:\^([1-9][0-9]?))?$/.exec(factor) ?? [];
  return Number(base) ** Number(exponent);
}
