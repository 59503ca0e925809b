/** Reads PEM with text around it, pasted, quoted or joined, in any editor's encoding. Source: RFC 7468. */

export interface PemBlock {
  readonly label: string;
  /** Line of its first marker, from 1. */
  readonly line: number;
  readonly der: Uint8Array;
  /** Header lines of a legacy encrypted key. */
  readonly headers: readonly string[];
}

/**
 * `open`: no end marker. `unopened`: no begin marker. `label`: the two markers differ. `marker`: dashes are missing, or
 * typographic. `character`: a character outside base64. `cut`: characters are missing.
 */
export type PemFault = 'open' | 'unopened' | 'label' | 'marker' | 'character' | 'cut';

export interface DamagedBlock {
  readonly fault: PemFault;
  readonly label: string;
  /** Line of the fault, from 1. */
  readonly line: number;
  /** The character outside base64. */
  readonly character?: string;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** In the order of the text. */
  readonly damaged: readonly DamagedBlock[];
}

/** The text of a file. Windows' editors and PowerShell save UTF-16, mostly with a byte order mark. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const little = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  return new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : 'utf-8').decode(bytes);
}

const entities: Readonly<Record<string, string>> = { nbsp: ' ', plus: '+', equals: '=', sol: '/', gt: '>', amp: '&' };
const decoded = (code: number): string => (code > 0 && code <= 0xffff ? String.fromCharCode(code) : '?');

/**
 * Reverses the changes of mail programs, web pages, JSON and spreadsheets. None of the changed characters is base64.
 */
const repair = (text: string): string =>
  text
    .replace(/&#x([0-9a-f]{1,4});/gi, (_, digits: string) => decoded(Number.parseInt(digits, 16)))
    .replace(/&#([0-9]{1,5});/g, (_, digits: string) => decoded(Number(digits)))
    .replace(/&([a-z]{2,6});/gi, (whole, name: string) => entities[name.toLowerCase()] ?? whole)
    .replace(/<\/?(?:br|p|div|span|pre)\s*\/?>/gi, ' ')
    .replace(/(?:\\r)?\\n|\\r/g, ' ')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '');

const marker = /-----(BEGIN|END) ([A-Z0-9 #]{1,40}?)-----/g;
/** Matches an intended marker: a known label with any dashes on at least one side. */
const nearMarker =
  /(?:[-\u2010-\u2015\u2212] ?(?:BEGIN|END) (?:[A-Z0-9#]{1,10} ){0,3}(?:CERTIFICATE|KEY|PKCS7|CMS)\b|(?:BEGIN|END) (?:[A-Z0-9#]{1,10} ){0,3}(?:CERTIFICATE|KEY|PKCS7|CMS) ?[-\u2010-\u2015\u2212])/i;
/** Header lines of legacy encrypted keys, RFC 1421; only keys have them. */
const header = /^[A-Za-z][A-Za-z0-9-]{1,40}: /;
/** Decoration around lines: mail quotes, bars, comments, quotation marks, commas. */
const quoted = /^[\s>|#"',]+|["',;\\\s]+$/g;

type Decoded = Pick<PemBlock, 'der' | 'headers'> | { readonly at: number; readonly character?: string };

/** `at` is the index of the line with the fault. */
function decode(body: string, isKey: boolean): Decoded {
  let text = '';
  const headers: string[] = [];
  for (const [at, raw] of body.split(/\r\n|\r|\n/).entries()) {
    const line = repair(raw).trim();
    if (isKey && header.test(line)) {
      headers.push(line);
      continue;
    }
    const clean = line.replace(quoted, '').replace(/\s+/g, '');
    const character = /[^A-Za-z0-9+/=]/u.exec(clean)?.[0];
    if (character !== undefined) return { at, character };
    // No character may follow the padding.
    if (text.endsWith('=') && /[^=]/.test(clean)) return { at };
    text += clean;
  }
  const content = text.replace(/=+$/, '');
  // Missing padding is accepted, since its length is known. A single character is no byte.
  if (content === '' || content.includes('=') || content.length % 4 === 1) return { at: 0 };
  return { der: new Uint8Array(Buffer.from(content, 'base64')), headers };
}

interface Marker {
  readonly kind: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

const lineEnds = /\r\n|\r|\n/g;
const countLines = (text: string): number => text.match(lineEnds)?.length ?? 0;

function markersOf(text: string): Marker[] {
  let [line, at] = [1, 0];
  return [...text.matchAll(marker)].map((match): Marker => {
    const [whole, kind = '', label = ''] = match;
    line += countLines(text.slice(at, match.index));
    at = match.index;
    return { kind, label: label.trim(), from: match.index, to: match.index + whole.length, line };
  });
}

/** The first line that resembles a marker but is malformed. */
function misspelt(text: string): DamagedBlock[] {
  const rest = text.replace(marker, ' ');
  const found = nearMarker.exec(rest);
  if (found === null) return [];
  const label = /(?:BEGIN|END) ([A-Z0-9 #]+)/i.exec(found[0])?.[1] ?? '';
  return [{ fault: 'marker', label: label.trim().toUpperCase(), line: 1 + countLines(rest.slice(0, found.index)) }];
}

/** All blocks of a text, in their order. One pass: a hostile file costs no more than its size. */
export function readPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  const damaged: DamagedBlock[] = misspelt(text);
  let open: Marker | undefined;
  for (const one of markersOf(text)) {
    const { kind, label, line } = one;
    if (kind === 'BEGIN') {
      if (open !== undefined) damaged.push({ fault: 'open', label: open.label, line: open.line });
      open = one;
    } else if (open === undefined) damaged.push({ fault: 'unopened', label, line });
    else {
      if (open.label === label) {
        const read = decode(text.slice(open.to, one.from), label.endsWith('KEY'));
        if ('der' in read) blocks.push({ label, line: open.line, ...read });
        else {
          const { at, character } = read;
          const fault =
            character === undefined ? ({ fault: 'cut' } as const) : ({ fault: 'character', character } as const);
          damaged.push({ ...fault, label, line: open.line + at });
        }
      } else damaged.push({ fault: 'label', label, line });
      open = undefined;
    }
  }
  if (open !== undefined) damaged.push({ fault: 'open', label: open.label, line: open.line });
  return { blocks, damaged: damaged.toSorted((a, b) => a.line - b.line) };
}

/** Whether a text is intended as PEM. */
export const isPem = (text: string): boolean => text.includes('-----BEGIN ') || nearMarker.test(text);

/** Decodes a text of base64 alone, as some authorities' web pages give it; else undefined. */
export function bareBase64(text: string): Uint8Array | undefined {
  const body = text.replace(/\s+/g, '');
  return /^MI[A-Za-z0-9+/]{60,}={0,2}$/.test(body) ? new Uint8Array(Buffer.from(body, 'base64')) : undefined;
}

/** A PEM block, 64 characters a line, with a line feed at the end. */
export function pemText(label: string, der: Uint8Array, headers: readonly string[] = []): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const top = headers.length > 0 ? [...headers, ''] : [];
  return [`-----BEGIN ${label}-----`, ...top, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** One certificate as PEM. */
export const certificatePem = (der: Uint8Array): string => pemText('CERTIFICATE', der);
