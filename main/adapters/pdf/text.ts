/** Words of the report as the PDF can show them: fonts, tones and lines. */
import type { Content } from 'pdfmake/interfaces.js';
import { visible } from '../../../core/documents/drawing/visible.ts';
import type { Cell, Tone } from '../../../core/documents/model.ts';
import { inRoboto } from './roboto-coverage.ts';

export const colours = {
  ink: '#17212b',
  muted: '#566573',
  line: '#d3dae0',
  strongLine: '#97a4af',
  soft: '#f5f7f9',
  used: '#5b7c99',
  planned: '#e0a23a',
} as const;

export const toneColours: Readonly<Record<Tone, { readonly ink: string; readonly soft: string }>> = {
  good: { ink: '#1d6b3c', soft: '#e5f4ea' },
  warn: { ink: '#8a5300', soft: '#fdf1dc' },
  bad: { ink: '#a4262c', soft: '#fbe6e6' },
  info: { ink: '#0b5c87', soft: '#e3f1f9' },
  neutral: { ink: colours.ink, soft: colours.soft },
};

/** A character that the font lacks is named, not dropped: `[U+1F600]`. */
export const shown = (text: string): string => visible(text, inRoboto);

export const monoSize = 7;
/** Roboto Mono's advance is 0.6 em. */
const monoAdvance = 0.6;

/** Roboto's average for names in lower case, on the wide side. */
const textAdvance = 0.54;

/**
 * A long hash or key in pieces of about the same length, broken after a nearby `:` or `/`.
 * @param width points
 */
export function monoLines(text: string, width: number, size: number = monoSize): string {
  const most = Math.max(8, Math.floor(width / (size * monoAdvance)));
  return text
    .split('\n')
    .flatMap((line) => pieces(line, most, /[:/]/g))
    .join('\n');
}

/** Long words, such as host names, broken after a dot or the like instead of anywhere. */
function textLines(text: string, width: number, size: number): string {
  const most = Math.max(6, Math.floor(width / (size * textAdvance)));
  return text.replaceAll(/\S+/g, (word) => (word.length <= most ? word : pieces(word, most, /[.:/@_-]/g).join('\n')));
}

function pieces(line: string, most: number, separators: RegExp): string[] {
  const result: string[] = [];
  let rest = line;
  while (rest.length > most) {
    const even = Math.ceil(rest.length / Math.ceil(rest.length / most));
    const places = [...rest.slice(0, most).matchAll(separators)].map(({ index }) => index + 1);
    const nearest = places.toSorted((one, other) => Math.abs(one - even) - Math.abs(other - even))[0] ?? even;
    const at = nearest >= even * 0.6 ? nearest : even;
    result.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...result, rest];
}

const isAscii = (text: string): boolean => /^[\x20-\x7e\n]*$/.test(text);

/** One cell as content of the width it has, in points. */
export function cellContent(cell: Cell, width: number, size: number): Content {
  const text = shown(cell.text);
  const tone =
    cell.tone === undefined || cell.tone === 'neutral' ? {} : { color: toneColours[cell.tone].ink, bold: true };
  if (cell.mono === true && isAscii(text)) {
    return { text: monoLines(text, width, size - 1), font: 'RobotoMono', fontSize: size - 1, lineHeight: 1.2, ...tone };
  }
  const lines = textLines(text, width, size);
  const [first = '', ...more] = lines.split('\n');
  // Only the first line of a result is coloured; the other lines explain it.
  if (cell.tone !== undefined && cell.tone !== 'neutral' && more.length > 0) {
    return { text: [{ text: first, ...tone }, `\n${more.join('\n')}`], fontSize: size };
  }
  return { text: lines, fontSize: size, ...tone };
}
