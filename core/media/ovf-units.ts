/** Units of OVF quantities. Source: DSP0243 2.1.1 annex C (programmatic units, DSP0004) and what older tools wrote. */

/** Units that OVF 0.9 and 1.0 tools wrote as words. */
const words: Readonly<Record<string, number>> = {
  byte: 1,
  bytes: 1,
  kilobytes: 2 ** 10,
  megabytes: 2 ** 20,
  gigabytes: 2 ** 30,
  terabytes: 2 ** 40,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
};

const factor = /^(?:byte|bytes)(?:\s*\*\s*(2|10)\s*\^\s*([0-9]{1,2}))?$/;

/** Bytes per unit, for `byte`, `byte * 2^30`, `GigaBytes` and the like; undefined when it is no such unit. */
export function bytesPerUnit(unit: string): number | undefined {
  const text = unit.trim().toLowerCase();
  const word = words[text];
  if (word !== undefined) return word;
  const match = factor.exec(text);
  if (match === null) return undefined;
  const exponent = Number(match[2] ?? '0');
  const value = Number(match[1] ?? '2') ** exponent;
  return value <= 2 ** 50 ? value : undefined;
}
