/**
 * Changes plain values right in a text. Where a site differs from its text in values only, and in no name, order or
 * length of a list, nothing but those values is written anew: the rest stays byte for byte.
 */
import { isMap, isScalar, isSeq, Scalar, stringify } from 'yaml';

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const written = (value: unknown, style: string | undefined): string | undefined => {
  const scalar = new Scalar(value);
  if (style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE) scalar.type = style;
  // As an item of a list in brackets, a value that needs quotes in there has them.
  const text = stringify([scalar], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd();
  return text.startsWith('[') && text.endsWith(']') && !text.includes('\n') ? text.slice(1, -1) : undefined;
};

/** Edits that make the node's text say `value`; undefined where values alone do not do it. */
function editsFor(node: unknown, value: unknown): Edit[] | undefined {
  if (isScalar(node)) {
    if (node.value === value) return [];
    const isPlainValue = value === null || typeof value !== 'object';
    const block = node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL;
    const { range } = node;
    if (!isPlainValue || block || range === null || range === undefined || range[0] === range[1]) return undefined;
    const text = written(value, node.type);
    return text === undefined ? undefined : [{ from: range[0], to: range[1], text }];
  }
  if (isSeq(node) && Array.isArray(value) && node.items.length === value.length) {
    return gather(node.items.map((item, index) => editsFor(item, value[index])));
  }
  if (isMap(node) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value);
    if (names.length !== node.items.length) return undefined;
    return gather(
      node.items.map(({ key, value: item }) => {
        const name = isScalar(key) ? String(key.value) : '';
        return Object.hasOwn(value, name) ? editsFor(item, (value as Record<string, unknown>)[name]) : undefined;
      }),
    );
  }
  return undefined;
}

const gather = (parts: readonly (Edit[] | undefined)[]): Edit[] | undefined => {
  const all: Edit[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    all.push(...part);
  }
  return all;
};

/**
 * The text with the changed values, or undefined where more than values changed.
 * @param root the parsed text's contents
 */
export function spliceValues(text: string, root: unknown, value: unknown): string | undefined {
  const edits = editsFor(root, value)?.toSorted((one, other) => other.from - one.from);
  return edits?.reduce((result, { from, to, text: piece }) => result.slice(0, from) + piece + result.slice(to), text);
}
