/**
 * Changes plain values in a text and keeps every other byte, by the syntax tokens of the YAML library. It applies only
 * if site and text differ in values, and not in a name, an order or the length of a list.
 */
import { Composer, CST, isMap, isScalar, isSeq, type Node, Parser, Scalar, stringify } from 'yaml';

/** The quotes of a new string are those of the old string, or the library's default. */
function styleOf(value: string, old: Scalar.Type | undefined): Scalar.Type {
  if (old === Scalar.QUOTE_DOUBLE || old === Scalar.QUOTE_SINGLE) return old;
  return stringify(value, { lineWidth: 0 }).trimEnd() === value ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
}

function setScalar(node: Scalar, value: unknown, inFlow: boolean): boolean {
  if (node.value === value) return true;
  const token = node.srcToken ?? null;
  const isPlainValue = value === null || typeof value !== 'object';
  // A block scalar would be folded again, and a missing value has no token.
  if (!isPlainValue || !CST.isScalar(token) || token.type === 'block-scalar' || token.source === '') return false;
  if (typeof value === 'string') CST.setScalarValue(token, value, { inFlow, type: styleOf(value, node.type) });
  else CST.setScalarValue(token, stringify(value).trimEnd(), { inFlow, type: Scalar.PLAIN });
  return true;
}

/** Sets the tokens of `node` to `value`. Returns false if more than values differ. */
function setValues(node: unknown, value: unknown, inFlow: boolean): boolean {
  if (isScalar(node)) return setScalar(node, value, inFlow);
  const flow = inFlow || (node as Partial<{ flow: boolean }> | null)?.flow === true;
  if (isSeq(node) && Array.isArray(value)) {
    return node.items.length === value.length && node.items.every((item, index) => setValues(item, value[index], flow));
  }
  if (!isMap(node) || typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Object.keys(value).length !== node.items.length) return false;
  return node.items.every(({ key, value: item }) => {
    const name = isScalar(key) ? String(key.value) : '';
    return Object.hasOwn(value, name) && setValues(item, (value as Record<string, unknown>)[name], flow);
  });
}

/** The text with the changed values, or undefined if more than values changed. */
export function spliceValues(text: string, value: unknown): string | undefined {
  const tokens = [...new Parser().parse(text)];
  const composer = new Composer({ version: '1.2', schema: 'core', keepSourceTokens: true });
  const [document] = composer.compose(tokens);
  const contents: Node | null | undefined = document?.contents;
  return setValues(contents, value, false) ? tokens.map((token) => CST.stringify(token)).join('') : undefined;
}
