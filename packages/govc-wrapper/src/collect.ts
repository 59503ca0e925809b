import { z } from 'zod';
import { GovcError } from './errors.ts';
import type { CommandOptions, Session } from './session.ts';

export interface Reference {
  readonly type: string;
  readonly value: string;
}

/** Properties of one managed object as govc's `object.collect -json` gives them, by property path. */
export interface Collected {
  readonly ref: Reference;
  readonly properties: Readonly<Record<string, unknown>>;
}

const reference = z.object({ type: z.string(), value: z.string() });
const changeSet = z.array(z.object({ name: z.string(), val: z.unknown() }));
const update = z.object({ obj: reference, changeSet: changeSet.nullish() });

/**
 * Reads properties of every object of one type below the root, in one call.
 *
 * `-wait 1ms` becomes "do not wait": without it govc waits forever for the first object where there is none.
 */
export async function collectAll(
  session: Session,
  type: string,
  properties: readonly string[],
  options: CommandOptions = {},
): Promise<readonly Collected[]> {
  const args = ['object.collect', '-json', '-wait', '1ms', '-type', type, '/', ...properties];
  const output = await session.command(args, options);
  const found = new Map<string, Collected>();
  for (const line of output.split('\n')) {
    if (line.trim() === '') continue;
    const { obj, changeSet: changes } = parse(update, line, args);
    const seen = found.get(obj.value)?.properties;
    found.set(obj.value, { ref: obj, properties: { ...seen, ...byName(changes ?? []) } });
  }
  return [...found.values()];
}

/** Reads properties of one object; rejects with `not-found` when it is gone. */
export async function collectOne(
  session: Session,
  ref: Reference,
  properties: readonly string[],
  options: CommandOptions = {},
): Promise<Collected> {
  const args = ['object.collect', '-json', `${ref.type}:${ref.value}`, ...properties];
  const output = await session.command(args, options);
  const changes = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => parse(changeSet, line, args));
  if (changes.length === 0) throw new GovcError('bad-output', 'govc ended well and wrote nothing.', { command: args });
  return { ref, properties: byName(changes) };
}

/** Parses one JSON text of a known shape; anything else is `bad-output`. */
export function parse<T>(schema: z.ZodType<T>, text: string, command: readonly string[]): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GovcError('bad-output', 'govc wrote JSON that cannot be read.', { command, cause });
  }
  return check(schema, value, command);
}

export function check<T>(schema: z.ZodType<T>, value: unknown, command: readonly string[]): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  const where = first === undefined ? '' : ` at ${first.path.join('.')}: ${first.message}`;
  throw new GovcError('bad-output', `govc wrote what was not expected${where}.`, { command, cause: result.error });
}

/** Arrays come wrapped as `{ "_value": [...] }`. */
export function byName(changes: z.infer<typeof changeSet>): Record<string, unknown> {
  return Object.fromEntries(changes.map(({ name, val }) => [name, unwrap(val)]));
}

const wrapper = '_value';

function unwrap(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && wrapper in value) return value[wrapper];
  return value ?? undefined;
}

export { changeSet as changeSetSchema, reference as referenceSchema };
