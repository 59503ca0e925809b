/** The site file's schema for editors, with titles and descriptions in the user's language. */
import { z } from 'zod';
import type { Text } from '../base/text.ts';
import { siteSchema } from './schema.ts';

export type JsonSchema = { [key: string]: unknown };

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const describe = (schema: JsonSchema, path: readonly string[], text: Text): void => {
  const key = ['site', 'fields', ...path].join('.');
  if (path.length > 0 && text.has(`${key}.title`)) schema['title'] = text(`${key}.title`);
  if (path.length > 0 && text.has(`${key}.description`)) schema['description'] = text(`${key}.description`);
  describeFields(schema, path, text);
};

function describeFields(schema: JsonSchema, path: readonly string[], text: Text): void {
  const { properties, items } = schema;
  if (isObject(properties)) {
    for (const [name, field] of Object.entries(properties)) if (isObject(field)) describe(field, [...path, name], text);
  }
  if (isObject(items)) describe(items, path, text);
  for (const forms of [schema['anyOf'], schema['oneOf']]) {
    if (Array.isArray(forms)) for (const form of forms) if (isObject(form)) describeFields(form, path, text);
  }
}

/**
 * JSON Schema draft 2020-12 of a written site file, in which fields with a default are optional.
 * @param text gives every field its title and description; if missing, fields have none
 */
export function siteJsonSchema(text?: Text): JsonSchema {
  const schema: JsonSchema = { ...z.toJSONSchema(siteSchema, { io: 'input', target: 'draft-2020-12' }) };
  if (text === undefined) return schema;
  describe(schema, [], text);
  return { ...schema, title: text('site.schema.title'), description: text('site.schema.description') };
}
