/** Characters that a reader cannot see: a name that holds one looks like another name. */

/**
 * Names of those that get into files by copying or by an escape in double quotes. Source: Unicode Character Database.
 */
const names: Readonly<Record<number, string>> = {
  0x00: 'NULL',
  0x08: 'BACKSPACE',
  0x09: 'TAB',
  0x0a: 'LINE FEED',
  0x0b: 'LINE TABULATION',
  0x0c: 'FORM FEED',
  0x0d: 'CARRIAGE RETURN',
  0x1b: 'ESCAPE',
  0x85: 'NEXT LINE',
  0xa0: 'NO-BREAK SPACE',
  0xad: 'SOFT HYPHEN',
  0x2007: 'FIGURE SPACE',
  0x2009: 'THIN SPACE',
  0x200b: 'ZERO WIDTH SPACE',
  0x200c: 'ZERO WIDTH NON-JOINER',
  0x200d: 'ZERO WIDTH JOINER',
  0x200e: 'LEFT-TO-RIGHT MARK',
  0x200f: 'RIGHT-TO-LEFT MARK',
  0x2028: 'LINE SEPARATOR',
  0x2029: 'PARAGRAPH SEPARATOR',
  0x202f: 'NARROW NO-BREAK SPACE',
  0x2060: 'WORD JOINER',
  0x3000: 'IDEOGRAPHIC SPACE',
  0xfeff: 'BYTE ORDER MARK',
};

/** Control, format, private and separator characters but the plain space; and the blank of Braille. */
export const invisible = /(?! )[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

export interface InvisibleCharacter {
  /** `U+00A0 NO-BREAK SPACE`. */
  readonly character: string;
  /** In UTF-16 units. */
  readonly index: number;
  /** A control character: in YAML it comes from an escape in double quotes. */
  readonly isControl: boolean;
}

export const characterName = (code: number): string =>
  `U+${code.toString(16).toUpperCase().padStart(4, '0')} ${names[code] ?? ''}`.trim();

/** The first character of a text that cannot be seen; undefined: there is none. */
export function invisibleIn(text: string): InvisibleCharacter | undefined {
  const found = invisible.exec(text);
  if (found === null) return undefined;
  const code = found[0].codePointAt(0) ?? 0;
  return { character: characterName(code), index: found.index, isControl: /\p{Cc}/u.test(found[0]) };
}
