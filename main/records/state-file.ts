/** The one reader and writer of what this laptop keeps as JSON in its state folder. */
import { rename } from 'node:fs/promises';
import type { z } from 'zod';
import { type Failure, failure, type Result } from '../../core/base/errors.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { errnoOf } from '../system/files/file-failure.ts';
import { readKept } from '../system/files/kept-file.ts';

/** Receives a warning about state that cannot be used. */
export type Warn = (reason: Failure) => void;

export const silent: Warn = () => undefined;

export interface StateFile<T> {
  /** Absolute. */
  readonly path: string;
  readonly schema: z.ZodType;
  /** Only for the type of the value: the schema checks what is relied on. */
  readonly shape?: T;
}

/** No record of ours comes near this: bytes. */
export const largestState = 64 * 1024 * 1024;

/** The warning for a file of the state folder that counts as none. */
export const ignoredState = (path: string, reason = 'FORMAT'): Failure =>
  failure('operation', 'files.state-ignored', { path, reason });

/** The text of a state file; undefined where there is none, and with a warning where it cannot be used. */
export async function readStateText(path: string, warn: Warn): Promise<string | undefined> {
  try {
    const text = await readKept(path, largestState);
    if (text === undefined) warn(ignoredState(path));
    return text;
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === undefined) throw error;
    if (reason !== 'ENOENT') warn(ignoredState(path, reason));
    return undefined;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The kept value. Undefined where there is none; a file that is damaged, that another version wrote, or that cannot be read
 * counts as none and is warned of.
 */
export async function readState<T>({ path, schema }: StateFile<T>, warn: Warn): Promise<T | undefined> {
  const text = await readStateText(path, warn);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data as T;
  warn(ignoredState(path));
  return undefined;
}

/** Moves what cannot be used out of the way. Where it cannot be moved, the write that follows says why. */
export const moveAside = (path: string): Promise<void> => rename(path, `${path}.aside`).catch(() => undefined);

/**
 * Replaces the kept value. Something in its place that {@link readState} does not take is not overwritten: it is moved to
 * `<path>.aside`. Fails with `files.*`.
 */
export async function writeState<T>(file: StateFile<T>, value: T): Promise<Result<void>> {
  const { path } = file;
  let odd = false;
  await readState(file, () => (odd = true));
  if (odd) await moveAside(path);
  return writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}
