/**
 * The YAML that a site file may use: one YAML 1.2 document of maps, lists and plain values. Anchors, aliases, tags,
 * directives and merge keys are refused, since two readers could understand them differently; size and depth are
 * limited before the parser runs.
 */
import {
  type Document,
  Composer,
  LineCounter,
  type Node,
  Parser,
  type YAMLError,
  isAlias,
  isMap,
  isScalar,
  isSeq,
} from 'yaml';
import type { MessageParams } from '../base/errors.ts';
import { characterName, invisibleIn } from '../base/invisible.ts';

export interface Position {
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
}

/** A fault of the text; `variant` names its sentence under `rules.site.yaml`. */
export interface TextFault extends Position {
  readonly variant: string;
  readonly params: MessageParams;
}

export type SiteDocument = Document.Parsed;

export interface YamlReading {
  /** Missing where the text was not parsed at all. */
  readonly document?: SiteDocument;
  readonly lines: LineCounter;
  readonly faults: readonly TextFault[];
}

/** A site file of a few hundred lines has some ten thousand characters; the parser takes a second for this limit. */
export const maxCharacters = 262_144;
export const maxDepth = 32;
const maxFaults = 100;

export const start: Position = { line: 1, column: 1 };

export const positionIn = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
};

/** Position of a character without a parser. */
const positionOf = (text: string, offset: number): Position => {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

const fault = (position: Position, variant: string, params: MessageParams = {}): TextFault => ({
  line: position.line,
  column: position.column,
  variant,
  params,
});

/** Control characters that are not valid in a text file. A replacement character means that the file was not UTF-8. */
// oxlint-disable-next-line no-control-regex
const binary = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;

/** Index of the bracket or list dash that opens too many levels, since the parser recurses once per level. */
const tooDeep = (text: string): number | undefined => {
  let open = 0;
  let dashes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\n') dashes = 0;
    else if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    else if ((character === '-' || character === '?') && (text[index + 1] === ' ' || text[index + 1] === '\t'))
      dashes += 1;
    if (open > maxDepth * 4 || dashes > maxDepth * 4) return index;
  }
  return undefined;
};

const beforeParsing = (text: string): TextFault | undefined => {
  if (text.length > maxCharacters) return fault(start, 'too-large', { limit: maxCharacters });
  const strange = binary.exec(text);
  if (strange !== null) return fault(positionOf(text, strange.index), strange[0] === '\ufffd' ? 'not-utf8' : 'binary');
  const depth = tooDeep(text);
  return depth === undefined ? undefined : fault(positionOf(text, depth), 'too-deep', { limit: maxDepth });
};

/** Maps the parser's codes to our variants. */
const variantByCode: Readonly<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'alias',
  BAD_ALIAS: 'alias',
  BAD_DIRECTIVE: 'directive',
  BAD_DQ_ESCAPE: 'escape',
  BAD_INDENT: 'indent',
  BAD_PROP_ORDER: 'token',
  BAD_SCALAR_START: 'scalar-start',
  BLOCK_AS_IMPLICIT_KEY: 'nested-on-one-line',
  BLOCK_IN_FLOW: 'block-in-flow',
  DUPLICATE_KEY: 'duplicate-key',
  IMPOSSIBLE: 'token',
  KEY_OVER_1024_CHARS: 'long-key',
  MISSING_CHAR: 'missing-character',
  MULTILINE_IMPLICIT_KEY: 'missing-colon',
  MULTIPLE_ANCHORS: 'anchor',
  MULTIPLE_DOCS: 'several-documents',
  MULTIPLE_TAGS: 'tag',
  NON_STRING_KEY: 'key',
  RESOURCE_EXHAUSTION: 'too-deep',
  TAB_AS_INDENT: 'tab',
  TAG_RESOLVE_FAILED: 'tag',
  UNEXPECTED_TOKEN: 'token',
  BAD_COLLECTION_TYPE: 'tag',
};

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Walks the tree, but not into refused nodes. */
function structureFaults(root: Node | null, lines: LineCounter): TextFault[] {
  const faults: TextFault[] = [];
  const add = (node: Node, variant: string, params: MessageParams = {}): void => {
    faults.push(fault(positionIn(lines, node.range?.[0] ?? 0), variant, params));
  };
  const visitKey = (key: unknown, parent: Node): void => {
    const node = isMap(key) || isSeq(key) || isScalar(key) || isAlias(key) ? key : undefined;
    if (node === undefined || !isScalar(node) || typeof node.value !== 'string') return add(node ?? parent, 'key');
    visit(node, 0);
    if (node.value === '<<') add(node, 'merge');
    else if (forbiddenKeys.has(node.value)) add(node, 'forbidden-key', { key: node.value });
  };
  const visit = (node: Node, depth: number): void => {
    if (faults.length >= maxFaults) return;
    if (isAlias(node)) return add(node, 'alias', { name: node.source.slice(0, 40) });
    if ('anchor' in node && node.anchor !== undefined) add(node, 'anchor', { name: node.anchor.slice(0, 40) });
    if (node.tag !== undefined) add(node, 'tag', { name: node.tag.slice(0, 60) });
    if (depth > maxDepth) return add(node, 'too-deep', { limit: maxDepth });
    if (isScalar(node) && typeof node.value === 'string') {
      const strange = binary.exec(node.value);
      if (strange !== null) add(node, 'control-escape', { character: characterName(strange[0].charCodeAt(0)) });
    }
    if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const { key, value } of node.items) {
        visitKey(key, node);
        if (isScalar(key) && keys.has(key.value)) add(key, 'duplicate-key', { key: String(key.value).slice(0, 60) });
        keys.add(isScalar(key) ? key.value : key);
        if (value !== null && typeof value === 'object') visit(value as Node, depth + 1);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) if (item !== null && typeof item === 'object') visit(item as Node, depth + 1);
    }
  };
  if (root !== null) visit(root, 0);
  return faults;
}

/**
 * The parser's faults. If an invisible character is in the line of a fault or the line before, the fault is that
 * character.
 */
function causedByInvisible(syntax: readonly TextFault[], text: string): TextFault[] {
  const rows = text.split('\n').map((row, index) => (index === 0 ? row.replace(/^\ufeff/, '\u0020') : row));
  return syntax.map((one) => {
    for (const line of [one.line - 1, one.line]) {
      const row = (rows[line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
      const strange = invisibleIn(row);
      if (strange !== undefined) {
        return fault({ line, column: strange.index + 1 }, 'invisible', { character: strange.character });
      }
    }
    return one;
  });
}

interface Composed {
  /** Missing if the parser found so many faults that composing stopped. */
  readonly document?: SiteDocument;
  readonly faults: readonly { readonly offset: number; readonly code: YAMLError['code']; readonly message: string }[];
}

/**
 * The first document of a text, and the faults of the library. Reading stops after `maxFaults` faults of the parser.
 */
function compose(text: string, lines: LineCounter): Composed {
  const unexpected: Composed['faults'][number][] = [];
  function* tokens() {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type !== 'error') yield token;
      else unexpected.push({ offset: token.offset, code: 'UNEXPECTED_TOKEN', message: token.message });
      if (unexpected.length >= maxFaults) return;
    }
  }
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false, strict: true });
  const [document, second] = composer.compose(tokens(), true, text.length);
  if (document === undefined || unexpected.length >= maxFaults) return { faults: unexpected };
  const found = document.errors.map(({ pos, code, message }) => ({ offset: pos[0], code, message }));
  const more = second === undefined ? [] : [{ offset: second.range[0], code: 'MULTIPLE_DOCS' as const, message: '' }];
  return { document, faults: [...unexpected, ...found, ...more] };
}

function documentFaults({ document, faults: syntaxFaults }: Composed, lines: LineCounter, text: string): TextFault[] {
  const found = syntaxFaults.slice(0, maxFaults).map(({ offset, code, message }) => {
    const character = /(?:a closing |closing )?(["'\]}:,?|-])/.exec(message)?.[1] ?? '';
    return fault(positionIn(lines, offset), variantByCode[code], { character, limit: maxDepth });
  });
  const syntax = causedByInvisible(found, text);
  if (document === undefined) return syntax;
  const { yaml, tags } = document.directives;
  const directive = yaml.explicit === true || Object.keys(tags).length > 1;
  const structure = structureFaults(document.contents, lines);
  // The parser reports an unknown tag at a slightly different position.
  const tagged = new Set(structure.flatMap(({ variant, line }) => (variant === 'tag' ? [line] : [])));
  const rest = syntax.filter(({ variant, line }) => variant !== 'tag' || !tagged.has(line));
  const all = [...(directive ? [fault(start, 'directive')] : []), ...rest, ...structure];
  if (all.length > 0) return all;
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return [fault(start, 'empty')];
  }
  return isMap(document.contents) ? [] : [fault(positionIn(lines, document.contents.range[0]), 'not-a-map')];
}

const unique = (faults: readonly TextFault[]): TextFault[] => {
  const keys = new Set<string>();
  return faults.filter(({ line, column, variant }) => {
    const key = `${line}:${column}:${variant}`;
    return keys.size < maxFaults && !keys.has(key) && keys.add(key) !== undefined;
  });
};

/** Parses a site file's text. Never fails or throws: `faults` lists every fault, in the order of the text. */
export function parseYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const early = beforeParsing(text);
  if (early !== undefined) return { lines, faults: [early] };
  try {
    const composed = compose(text, lines);
    const faults = documentFaults(composed, lines, text).toSorted((a, b) => a.line - b.line || a.column - b.column);
    const { document } = composed;
    return { ...(document === undefined ? {} : { document }), lines, faults: unique(faults) };
  } catch (error) {
    // The parser recurses; its stack is the last limit on depth.
    if (error instanceof RangeError) return { lines, faults: [fault(start, 'too-deep', { limit: maxDepth })] };
    throw error;
  }
}
