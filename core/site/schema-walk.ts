/** Reads the schema of the site file as data: fields, their paths and their order. */
import type { z } from 'zod';
import { siteSchema } from './schema.ts';

type Schema = z.core.$ZodType;
type Definition = z.core.$ZodTypes['_zod']['def'];

const definition = (schema: Schema): Definition => (schema as unknown as { readonly def: Definition }).def;

/** The schema inside optional, default and prefault. */
const unwrap = (schema: Schema): Schema => {
  const def = definition(schema);
  return def.type === 'optional' || def.type === 'default' || def.type === 'prefault' || def.type === 'nullable'
    ? unwrap(def.innerType)
    : schema;
};

const step = (schema: Schema, key: string): Schema | undefined => {
  const def = definition(unwrap(schema));
  if (def.type === 'object') return def.shape[key];
  if (def.type === 'array') return def.element;
  if (def.type === 'record') return def.valueType;
  if (def.type === 'union') return def.options.map((option) => step(option, key)).find((found) => found !== undefined);
  return undefined;
};

const namesIn = (schema: Schema): readonly string[] => {
  const def = definition(unwrap(schema));
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type === 'record') {
    const key = definition(def.keyType);
    return key.type === 'enum' ? Object.values(key.entries).map(String) : [];
  }
  if (def.type === 'union') return def.options.flatMap(namesIn);
  return [];
};

/** The schema at a path of keys and indexes; undefined if the site file has no such field. */
function schemaAt(path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (schema, key) => (schema === undefined ? schema : step(schema, key)),
    siteSchema,
  );
}

/** Names of the fields of the map at a path, in the order of the contract. Empty for free names. */
export function fieldNames(path: readonly string[]): readonly string[] {
  const schema = schemaAt(path);
  return schema === undefined ? [] : [...new Set(namesIn(schema))];
}

/** Allowed values of a field of the map at `path`, in all forms of the map. */
export function choicesAt(path: readonly string[]): readonly string[] {
  const parent = schemaAt(path.slice(0, -1));
  const def = parent && definition(unwrap(parent));
  const forms = def?.type === 'union' ? def.options : [];
  return forms.flatMap((form) => {
    const field = step(form, path.at(-1) ?? '');
    const found = field && definition(unwrap(field));
    return found?.type === 'literal' ? found.values.map(String) : [];
  });
}
