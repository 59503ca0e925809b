/**
 * Drives the YAML library's parser and composer so that a text full of faults stays cheap: the library makes an Error
 * with a stack for each of them (200,000 take half a minute), here they are plain values and composing stops early.
 */
import { Composer, type Document, type LineCounter, Parser, type YAMLError } from 'yaml';

export interface SyntaxFault {
  readonly offset: number;
  readonly code: YAMLError['code'];
  readonly message: string;
}

export interface Composed {
  /** Missing when composing stopped early. */
  readonly document?: Document.Parsed;
  readonly faults: readonly SyntaxFault[];
}

/** What the composer names as the place of a fault. */
type Place = number | readonly [number, number, ...number[]] | { readonly offset: number };

const offsetOf = (place: Place): number =>
  typeof place === 'number' ? place : 'offset' in place ? place.offset : place[0];

class EnoughFaults extends Error {}

/** The first document of a text, and up to `most` faults. */
export function composeYaml(text: string, lines: LineCounter, most: number): Composed {
  const faults: SyntaxFault[] = [];
  const add = (place: Place, code: SyntaxFault['code'], message: string): void => {
    faults.push({ offset: offsetOf(place), code, message });
    if (faults.length >= most) throw new EnoughFaults();
  };
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false, strict: true });
  // The library calls this member for every fault; it has no public way to be told of one without an Error each.
  Object.assign(composer, { onError: add });

  function* tokens() {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type === 'error') add(token.offset, 'UNEXPECTED_TOKEN', token.message);
      else yield token;
    }
  }

  let document: Document.Parsed | undefined;
  try {
    for (const one of composer.compose(tokens(), true, text.length)) {
      if (document === undefined) {
        document = one;
      } else {
        add(one.range[0], 'MULTIPLE_DOCS', '');
        break;
      }
    }
  } catch (error) {
    if (error instanceof EnoughFaults) return { faults };
    throw error;
  }
  return document === undefined ? { faults } : { document, faults };
}
