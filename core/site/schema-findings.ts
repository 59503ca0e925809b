/** Turns zod issues into findings: the fault, the expected value, and the probable name. */
import type { z } from 'zod';
import type { Finding, Step } from '../base/findings.ts';
import { invisibleIn } from '../base/invisible.ts';
import { withoutUserInfo } from '../base/secret-in-text.ts';
import { nearestName } from './nearest-name.ts';
import { choicesAt, fieldNames } from './schema-walk.ts';
import { valueAtKeys } from './draft/path.ts';

const stepByField: Readonly<Record<string, Step>> = {
  site: 'site',
  sizing: 'site',
  footprint: 'site',
  network: 'network',
  domain: 'domain',
  certificate: 'domain',
  mail: 'mail',
  backup: 'mail',
  datacentres: 'infrastructure',
  media: 'infrastructure',
  handover: 'infrastructure',
};

/** The wizard's step that shows a field. */
export const stepOfPath = (path: string): Step => stepByField[path.split('.')[0] ?? ''] ?? 'site';

type Issue = z.core.$ZodIssue;
/** A finding. `key` is set if the finding is about a key, whose position then counts instead of the value's. */
export interface SchemaFinding {
  readonly finding: Finding;
  readonly key?: string;
}

/** A value as written, cut short. A map is shown by its field names only, since a value in it may be a password. */
const shown = (value: unknown): string => {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `[${value.length}]` : `{ ${Object.keys(value).slice(0, 8).join(', ')} }`;
  }
  const text = withoutUserInfo(JSON.stringify(value) ?? '');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** A file with more unknown keys is not a site file. */
const maxUnknownKeys = 50;

const secretName = /pass(word|phrase)?|secret|token|private-?key|api-?key|preshared/i;

/** Whether a key is named like a secret. The site file has no such field. */
export const namesSecret = (key: string): boolean => secretName.test(key);

const finding = (
  rule: string,
  path: readonly PropertyKey[],
  variant: string | undefined,
  params: Finding['params'],
): Finding => {
  const text = path.map(String).join('.');
  return {
    rule: `site.schema.${rule}`,
    status: 'fail',
    step: stepOfPath(text),
    path: text,
    params: { field: text, ...params },
    ...(variant === undefined ? {} : { variant }),
  };
};

const unknownKey = (parent: readonly PropertyKey[], key: string): SchemaFinding => {
  const names = fieldNames(parent.map(String));
  const meant = nearestName(key, names);
  const path = [...parent, key];
  const strange = invisibleIn(key);
  const params = {
    key: withoutUserInfo(key).slice(0, 60),
    known: names.join(', '),
    meant: meant ?? '',
    character: strange?.character ?? '',
  };
  const variant =
    strange !== undefined
      ? 'invisible'
      : meant !== undefined
        ? 'did-you-mean'
        : namesSecret(key)
          ? 'secret'
          : undefined;
  return { finding: finding('unknown-key', path, variant, params), key };
};

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  int: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'map',
  record: 'map',
};

const wrongType = (path: readonly PropertyKey[], data: unknown, expected: string): SchemaFinding => {
  const value = valueAtKeys(data, path);
  if (value === undefined) return { finding: finding('missing', path, undefined, { name: String(path.at(-1) ?? '') }) };
  if (value === null) return { finding: finding('missing', path, 'empty', { name: String(path.at(-1) ?? '') }) };
  if (expected === 'int' && typeof value === 'number') {
    return { finding: finding('type', path, 'whole-number', { found: shown(value) }) };
  }
  return { finding: finding('type', path, kinds[expected] ?? 'text', { found: shown(value) }) };
};

const limit = (
  issue: Issue & { code: 'too_big' | 'too_small' },
  path: readonly PropertyKey[],
  data: unknown,
): SchemaFinding => {
  const bound = issue.code === 'too_big' ? Number(issue.maximum) : Number(issue.minimum);
  const origin = issue.origin === 'array' ? 'list' : issue.origin === 'string' ? 'text' : 'number';
  const side = issue.code === 'too_big' ? 'most' : issue.inclusive === false ? 'above' : 'least';
  const value = valueAtKeys(data, path);
  return { finding: finding('range', path, `${origin}-${side}`, { limit: bound, found: shown(value) }) };
};

/** The branch of a union that fits the written value best: a branch that accepts its type. */
const bestBranch = (issue: Issue & { code: 'invalid_union' }): readonly Issue[] | undefined =>
  (issue.errors as readonly (readonly Issue[])[]).find(
    (branch) => !branch.some((one) => one.path.length === 0 && one.code !== 'unrecognized_keys'),
  );

function wrongValue(path: readonly PropertyKey[], data: unknown, allowed: readonly string[]): SchemaFinding {
  const value = valueAtKeys(data, path);
  if (value === undefined || value === null) return wrongType(path, data, 'string');
  const meant = typeof value === 'string' ? nearestName(value, allowed) : undefined;
  const params = { allowed: allowed.join(', '), found: shown(value), meant: meant ?? '' };
  return { finding: finding('value', path, meant === undefined ? undefined : 'did-you-mean', params) };
}

/** The discriminator of a union has an unknown value. */
function wrongChoice(path: readonly PropertyKey[], field: string, data: unknown): SchemaFinding {
  const at = path.at(-1) === field ? path : [...path, field];
  return wrongValue(at, data, choicesAt(at.map(String)));
}

/** Findings for one issue of zod. `data` is the whole value that was checked. */
function issueFindings(issue: Issue, data: unknown, prefix: readonly PropertyKey[] = []): SchemaFinding[] {
  const path = [...prefix, ...issue.path];
  const value = valueAtKeys(data, path);
  const strange = typeof value === 'string' ? invisibleIn(value) : undefined;
  // A value that looks right is refused for its invisible character.
  if (
    strange !== undefined &&
    !strange.isControl &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_value')
  ) {
    const { character, index } = strange;
    const before = withoutUserInfo(String(value)).slice(Math.max(0, index - 20), index);
    return [{ finding: finding('format', path, 'invisible', { character, before }) }];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, maxUnknownKeys).map((key) => unknownKey(path, key));
    case 'invalid_key':
      return [unknownKey(path.slice(0, -1), String(path.at(-1) ?? ''))];
    case 'invalid_type':
      return [wrongType(path, data, issue.expected)];
    case 'too_big':
    case 'too_small':
      return [limit(issue, path, data)];
    case 'invalid_value':
      return [wrongValue(path, data, issue.values.map(String))];
    case 'invalid_format':
      return [{ finding: finding('format', path, issue.message, { found: shown(valueAtKeys(data, path)) }) }];
    case 'custom': {
      const isSecret = issue.message === 'secret';
      const params = {
        ...(issue.params as Finding['params']),
        found: isSecret ? '***' : shown(valueAtKeys(data, path)),
      };
      return [{ finding: finding('format', path, issue.message, params) }];
    }
    case 'invalid_union': {
      const { discriminator } = issue;
      if (discriminator !== undefined) return [wrongChoice([...prefix, ...issue.path], discriminator, data)];
      const branch = bestBranch(issue);
      if (branch !== undefined) return branch.flatMap((one) => issueFindings(one, data, path));
      const isScale = path.at(-1) === 'scale';
      return [
        { finding: finding('type', path, isScale ? 'scale' : 'address', { found: shown(valueAtKeys(data, path)) }) },
      ];
    }
    default:
      return [{ finding: finding('value', path, 'other', { found: shown(valueAtKeys(data, path)) }) }];
  }
}

/** Index in each map and list on the path, as far as the value has them. */
function placeOf(data: unknown, path: string): readonly number[] {
  const parts = path === '' ? [] : path.split('.');
  if (typeof data !== 'object' || data === null) return [];
  const names = Object.keys(data);
  for (let used = 1; used <= parts.length; used += 1) {
    const name = parts.slice(0, used).join('.');
    const index = names.indexOf(name);
    if (index >= 0) {
      return [index, ...placeOf((data as Record<string, unknown>)[name], parts.slice(used).join('.'))];
    }
  }
  return [];
}

function byPlace(one: readonly number[], other: readonly number[]): number {
  const differs = one.findIndex((index, at) => index !== other[at]);
  if (differs < 0) return one.length - other.length;
  return (one[differs] ?? 0) - (other[differs] ?? -1);
}

/**
 * Findings for all issues of zod, in the order of the fields in `data`. A field whose name has a typo is reported once,
 * not also as missing.
 */
export function schemaFindings(issues: readonly Issue[], data: unknown): SchemaFinding[] {
  const all = issues.flatMap((issue) => issueFindings(issue, data));
  const meant = new Set(
    all.flatMap(({ finding: { path, params }, key }) =>
      key !== undefined && params['meant'] !== ''
        ? [`${path.slice(0, path.length - key.length)}${params['meant'] ?? ''}`]
        : [],
    ),
  );
  return all
    .filter(({ finding: { rule, path } }) => rule !== 'site.schema.missing' || !meant.has(path))
    .map((found) => ({ found, place: placeOf(data, found.finding.path) }))
    .toSorted((one, other) => byPlace(one.place, other.place))
    .map(({ found }) => found);
}
