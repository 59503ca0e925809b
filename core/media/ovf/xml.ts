import { SaxesParser } from 'saxes';
import { refuse } from '../refusal.ts';
import type { FilePosition } from '../refusal.ts';

/**
 * A small XML tree for descriptors, read by a SAX parser with limits on time and memory, since descriptors are
 * untrusted. Document type declarations are refused, so a document cannot define entities.
 */

export const xmlLimits = {
  bytes: 2 * 1024 * 1024,
  depth: 32,
  elements: 20_000,
  attributes: 40,
  attributesInAll: 60_000,
  attributeCharacters: 64 * 1024,
  textCharacters: 1024 * 1024,
} as const;

export interface XmlElement {
  /** Name without its prefix. */
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  readonly text: string;
  /** Position near the end of its start tag, in characters of the document. */
  readonly at: number;
}

/** Prefix declarations count as attributes: Go's reader takes `xmlns:href` for an attribute `href`. */
export interface XmlAttribute {
  readonly name: string;
  readonly namespace: string;
  readonly value: string;
}

export interface XmlDocument {
  readonly root: XmlElement;
  /** The byte offset in the file of an element's position. */
  readonly byteAt: (position: number) => number;
}

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: OpenElement[];
  text: string;
  readonly at: number;
}

/** The parser reads this many characters between two checks of the limits. */
const stride = 4096;

/** The namespace of `xmlns:*`. Source: Namespaces in XML 1.0, section 3. */
export const declarations = 'http://www.w3.org/2000/xmlns/';
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Parses a document. Refuses: too large (`media.xml-limit`, with `limit`), a DOCTYPE (`media.xml-doctype`), a
 * processing instruction (`media.xml-instruction`), another encoding than UTF-8 (`media.xml-encoding`), another
 * version than 1.0, which Go does not read (`media.xml-version`), broken XML (`media.xml-syntax`).
 */
export function parseXml(bytes: Uint8Array, member: string): XmlDocument {
  if (bytes.length > xmlLimits.bytes) refuse('xml-limit', { member, byte: xmlLimits.bytes }, { limit: 'bytes' });
  const text = decodeUtf8(bytes, member);
  const before = byteOrderMark.every((byte, at) => bytes[at] === byte) ? byteOrderMark.length : 0;
  const byteAt = (position: number): number => before + new TextEncoder().encode(text.slice(0, position)).length;
  const positionAt = (character: number): FilePosition => ({ member, byte: byteAt(character) });
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;
  let attributes = 0;
  let ownAttributes = 0;
  let characters = 0;

  const limit = (name: string, value: number, most: number): void => {
    if (value > most) refuse('xml-limit', positionAt(parser.position), { limit: name });
  };
  const addText = (part: string): void => {
    characters += part.length;
    limit('text', characters, xmlLimits.textCharacters);
    const current = open[open.length - 1];
    if (current !== undefined) current.text += part;
  };

  parser.on('error', () => refuse('xml-syntax', positionAt(parser.position)));
  parser.on('doctype', () => refuse('xml-doctype', positionAt(parser.position)));
  parser.on('processinginstruction', () => refuse('xml-instruction', positionAt(parser.position)));
  parser.on('xmldecl', (declaration) => {
    const encoding = declaration.encoding?.toLowerCase() ?? 'utf-8';
    if (encoding !== 'utf-8') refuse('xml-encoding', positionAt(0));
    if (declaration.version !== '1.0') refuse('xml-version', positionAt(0), { version: declaration.version ?? '' });
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('opentagstart', () => {
    ownAttributes = 0;
  });
  parser.on('attribute', ({ value }) => {
    ownAttributes += 1;
    attributes += 1;
    limit('attributes', ownAttributes, xmlLimits.attributes);
    limit('attributes', attributes, xmlLimits.attributesInAll);
    limit('attribute value', value.length, xmlLimits.attributeCharacters);
  });
  parser.on('opentag', (tag) => {
    elements += 1;
    limit('depth', open.length + 1, xmlLimits.depth);
    limit('elements', elements, xmlLimits.elements);
    const element: OpenElement = {
      name: tag.local,
      namespace: tag.uri,
      attributes: Object.values(tag.attributes).map(({ local, uri, value }) => ({
        name: local,
        namespace: uri,
        value,
      })),
      children: [],
      text: '',
      at: parser.position,
    };
    const parent = open[open.length - 1];
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());

  for (let at = 0; at < text.length; at += stride) parser.write(text.slice(at, at + stride));
  parser.close();
  return { root: root ?? refuse('xml-syntax', positionAt(0)), byteAt };
}

function decodeUtf8(bytes: Uint8Array, member: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('xml-encoding', { member, byte: soundUtf8(bytes) });
  }
}

/** Length in bytes of the longest valid UTF-8 prefix (binary search). */
function soundUtf8(bytes: Uint8Array): number {
  let sound = 0;
  for (let step = 2 ** 31; step >= 1; step /= 2) {
    if (sound + step <= bytes.length && isUtf8(bytes.subarray(0, sound + step), true)) sound += step;
  }
  // The prefix may end within the last character.
  while (!isUtf8(bytes.subarray(0, sound), false)) sound -= 1;
  return sound;
}

/** Whether the bytes are UTF-8. With `cut`, the last character may be incomplete. */
function isUtf8(bytes: Uint8Array, cut: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return true;
  } catch {
    return false;
  }
}
