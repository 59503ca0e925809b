/** Reads and writes all JSON files of the state folder. */
import { rename } from 'node:fs/promises';
import type { z } from 'zod';
import { type Failure, failure, type Result } from '../../core/base/errors.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import { errnoOf } from '../system/files/file-failure.ts';
import { readKept } from '../system/files/kept-file.ts';

/** Receives a warning about unusable state. */
export type Warn = (reason: Failure) => void;

export const silent: Warn = () => undefined;

export interface StateFile<T> {
  /** Absolute. */
  readonly path: string;
  readonly schema: z.ZodType;
  /** Only the type of the value: the schema checks the fields that are used. */
  readonly shape?: T;
}

/** Largest file in bytes, far above the size of any record. */
export const largestState = 64 * 1024 * 1024;

/** The warning for a file of the state folder that counts as none. */
export const ignoredState = (path: string, reason = 'FORMAT'): Failure =>
  failure('operation', 'files.state-ignored', { path, reason });

/** The text of a state file; undefined if there is none, or, with a warning, if it is unusable. */
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
 * The kept value. Undefined if there is none. A file that is damaged, unreadable or in another version's format
 * counts as none, with a warning.
 */
export async function readState<T>({ path, schema }: StateFile<T>, warn: Warn): Promise<T | undefined> {
  const text = await readStateText(path, warn);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data as T;
  warn(ignoredState(path));
  return undefined;
}

/** Moves an unusable file aside. If that fails, the following write reports the cause. */
export const moveAside = (path: string): Promise<void> => rename(path, `${path}.aside`).catch(() => undefined);

/**
 * Replaces the kept value. A file that {@link readState} rejects is not overwritten: it is moved to
 * `<path>.aside`. Fails with `files.*`.
 */
export async function writeState<T>(file: StateFile<T>, value: T): Promise<Result<void>> {
  const { path } = file;
  let odd = false;
  await readState(file, () => (odd = true));
  if (odd) await moveAside(path);
  return writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}
