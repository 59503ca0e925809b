/** The position of a site's field in its text. */
import { isMap, isScalar, isSeq, type LineCounter } from 'yaml';
import { type Position, positionIn, start, type YamlReading } from './yaml.ts';

const nodePosition = (node: unknown, lines: LineCounter): Position | undefined => {
  const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined;
  return range === null || range === undefined ? undefined : positionIn(lines, range[0]);
};

/**
 * The position of the value at a path. For a missing value it is the key of the nearest ancestor in the text. A path
 * joins keys by dots; keys may hold dots themselves.
 */
export function positionOfPath({ document, lines }: YamlReading, path: string): Position {
  let node: unknown = document?.contents ?? undefined;
  let best = start;
  let parts = path === '' ? [] : path.split('.');
  while (parts.length > 0) {
    const step = stepInto(node, parts);
    if (step === undefined) return best;
    best = nodePosition(step.at, lines) ?? best;
    node = step.value;
    parts = parts.slice(step.used);
    if (parts.length === 0) return nodePosition(node, lines) ?? best;
  }
  return best;
}

interface PathStep {
  readonly at: unknown;
  readonly value: unknown;
  readonly used: number;
}

const stepInto = (node: unknown, parts: readonly string[]): PathStep | undefined => {
  if (isSeq(node)) {
    const item = node.items[Number(parts[0])];
    return item === undefined ? undefined : { at: item, value: item, used: 1 };
  }
  if (!isMap(node)) return undefined;
  for (let used = 1; used <= parts.length; used += 1) {
    const key = parts.slice(0, used).join('.');
    const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === key);
    if (pair !== undefined) return { at: pair.key, value: pair.value, used };
  }
  return undefined;
};

/** The position of the key at a path, for findings about the key. */
export function positionOfKey(reading: YamlReading, parent: string, key: string): Position {
  let node: unknown = reading.document?.contents ?? undefined;
  let parts = parent === '' ? [] : parent.split('.');
  while (parts.length > 0) {
    const step = stepInto(node, parts);
    if (step === undefined) return positionOfPath(reading, parent);
    node = step.value;
    parts = parts.slice(step.used);
  }
  const pair = isMap(node) ? node.items.find((one) => isScalar(one.key) && one.key.value === key) : undefined;
  return nodePosition(pair?.key, reading.lines) ?? positionOfPath(reading, parent);
}
