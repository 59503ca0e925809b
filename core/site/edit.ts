/**
 * Writes a site or a draft as YAML. An existing text is edited in place: unchanged fields keep their comments, order
 * and style, and new fields are inserted in the order of the contract.
 */
import { Document, Pair, Scalar, type YAMLMap, type YAMLSeq, isMap, isScalar, isSeq } from 'yaml';
import type { SiteDraft } from './read.ts';
import { fieldNames } from './schema-walk.ts';
import type { SiteInput } from './schema.ts';
import { spliceValues } from './splice.ts';
import { parseYaml } from './yaml.ts';

type Plain = string | number | boolean | null | Plain[] | PlainMap;
interface PlainMap {
  [key: string]: Plain;
}

const isPlainMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value without `undefined`, its fields in the order of the contract. */
const ordered = (value: unknown, path: readonly string[]): Plain => {
  if (Array.isArray(value)) return value.map((item) => ordered(item ?? null, [...path, '0']));
  if (!isPlainMap(value)) return value as Plain;
  const known = fieldNames(path);
  const names = Object.keys(value);
  const inOrder =
    known.length === 0
      ? names
      : [...known.filter((name) => Object.hasOwn(value, name)), ...names.filter((name) => !known.includes(name))];
  const result: PlainMap = {};
  for (const name of inOrder) {
    const item = value[name];
    if (item !== undefined) {
      const written = ordered(item, [...path, name]);
      Object.defineProperty(result, name, { value: written, enumerable: true, writable: true, configurable: true });
    }
  }
  return result;
};

/** Equal as data; the order of fields does not count. */
const same = (one: unknown, other: unknown): boolean => {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  }
  if (isPlainMap(one) && isPlainMap(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]))
    );
  }
  return Object.is(one, other);
};

const sameText = (text: string, value: unknown): boolean => {
  const { document, faults } = parseYaml(text);
  return document !== undefined && faults.length === 0 && same(document.toJS(), value);
};

const keyOf = (pair: { readonly key: unknown }): string =>
  isScalar(pair.key) ? String(pair.key.value) : String(pair.key);

/** Index for a new field: behind the last present field that the contract lists before it. */
const insertAt = (map: YAMLMap, name: string, known: readonly string[]): number => {
  const rank = known.indexOf(name);
  if (rank < 0) return map.items.length;
  let index = 0;
  map.items.forEach((pair, position) => {
    const other = known.indexOf(keyOf(pair));
    if (other >= 0 && other < rank) index = position + 1;
  });
  return index;
};

const updateMap = (document: Document, map: YAMLMap, value: PlainMap, path: readonly string[]): void => {
  map.items = map.items.filter((pair) => Object.hasOwn(value, keyOf(pair)));
  const known = fieldNames(path);
  for (const [name, item] of Object.entries(value)) {
    const pair = map.items.find((one) => keyOf(one) === name);
    if (pair === undefined) {
      map.items.splice(insertAt(map, name, known), 0, new Pair(document.createNode(name), document.createNode(item)));
    } else {
      pair.value = updated(document, pair.value, item, [...path, name]);
    }
  }
};

const updateSeq = (document: Document, seq: YAMLSeq, value: readonly Plain[], path: readonly string[]): void => {
  // Remaining items keep their comments if an earlier item was removed.
  const rest = [...seq.items];
  seq.items = value.map((item, index) => {
    const match = rest.findIndex((node) => same(plainOf(document, node), item));
    const next = rest[0];
    if (match >= 0) return rest.splice(0, match + 1).at(-1);
    if (next !== undefined && rest.length >= value.length - index) {
      rest.shift();
      return updated(document, next, item, [...path, '0']);
    }
    return document.createNode(item);
  });
};

const plainOf = (document: Document, node: unknown): unknown =>
  isMap(node) || isSeq(node) || isScalar(node) ? node.toJS(document) : node;

const updated = (document: Document, node: unknown, value: Plain, path: readonly string[]): unknown => {
  if (same(plainOf(document, node), value)) return node;
  if (isMap(node) && isPlainMap(value)) {
    updateMap(document, node, value, path);
    return node;
  }
  if (isSeq(node) && Array.isArray(value)) {
    updateSeq(document, node, value, path);
    return node;
  }
  const created = document.createNode(value);
  if (isScalar(node) && isScalar(created)) {
    if (node.comment !== undefined) created.comment = node.comment;
    if (node.commentBefore !== undefined) created.commentBefore = node.commentBefore;
    const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
    if (quoted && typeof value === 'string' && node.type !== undefined) created.type = node.type;
  }
  return created;
};

const options = { lineWidth: 0, indent: 2, flowCollectionPadding: true } as const;

/**
 * The text of a site file.
 * @param previous the text to edit; an unreadable text is replaced
 */
export function writeSite(site: SiteInput | SiteDraft, previous?: string): string {
  const value = ordered(site, []);
  const reading = previous === undefined ? undefined : parseYaml(previous);
  const editable = reading?.faults.length === 0 ? reading.document : undefined;
  if (editable === undefined || !isMap(editable.contents) || !isPlainMap(value)) {
    return new Document(value, { version: '1.2', schema: 'core', aliasDuplicateObjects: false }).toString(options);
  }
  const spliced = spliceValues(previous ?? '', value);
  if (spliced !== undefined && sameText(spliced, value)) return spliced;
  updateMap(editable, editable.contents, value, []);
  const text = editable.toString(options);
  return previous?.includes('\r\n') === true ? text.replace(/\r?\n/g, '\r\n') : text;
}
