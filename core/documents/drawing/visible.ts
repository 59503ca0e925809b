/** Makes foreign text safe to show: without hidden characters and changes of the writing direction. */

const isHidden = (code: number): boolean =>
  (code < 0x20 && code !== 0x0a) ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0xad ||
  code === 0x61c ||
  (code >= 0x200b && code <= 0x200f) ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x206f) ||
  (code >= 0xd800 && code <= 0xdfff) ||
  code === 0xfeff ||
  (code >= 0xfff0 && code <= 0xfffb) ||
  (code & 0xfffe) === 0xfffe;

const named = (code: number): string => `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;

/**
 * The same text with control, direction and zero-width characters and half surrogates shown as `[U+202E]`; line feeds
 * stay. Characters for which `known` is false, since the font lacks them, are shown in the same way.
 */
export function visible(text: string, known: (code: number) => boolean = () => true): string {
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    result += isHidden(code) || (code !== 0x0a && !known(code)) ? named(code) : character;
  }
  return result;
}

/** Visible text as XML or HTML character data, fit for attributes in double quotes too. */
export const markup = (text: string): string =>
  visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
