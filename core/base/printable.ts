/** Texts from outside, made safe for a screen and a message. */
import { invisible } from './invisible.ts';

export interface Printing {
  /** Longest result, in characters. Default 200. */
  readonly most?: number;
  /** Escapes letters beyond ASCII too: for what a file or another computer says, where letters may look alike. */
  readonly ascii?: boolean;
}

const anyInvisible = new RegExp(invisible.source, 'gu');

function escape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`;
}

/**
 * The text on one line: what cannot be seen (controls, marks of direction, separators) is written as `\x1b` or
 * `\u{202e}`.
 */
export function printable(text: string, { most = 200, ascii = false }: Printing = {}): string {
  // The rest of a long text is not looked at.
  const line = text
    .trim()
    .slice(0, most + 1)
    .replace(ascii ? /[^ -~]/gu : anyInvisible, escape);
  return line.length > most ? `${line.slice(0, most - 3)}...` : line;
}

/** What a file or another computer says: ASCII only. */
export const printableAscii = (text: string, most = 200): string => printable(text, { most, ascii: true });
