import { stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import path from 'node:path';
import { FailureSignal, failure } from '../../../../core/base/errors.ts';
import { openRegular } from '../../../system/files/read-file.ts';

/** Identity of a file on disk: equal values later mean that the file was neither replaced nor written. */
export interface FileIdentity {
  /** Device and inode as text: they exceed the safe integers on some file systems. */
  readonly dev: string;
  readonly ino: string;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Bytes. */
  readonly size: number;
}

export interface OpenImage {
  readonly handle: FileHandle;
  readonly identity: FileIdentity;
  /** Reads the identity of the open file again. */
  readonly identityNow: () => Promise<FileIdentity>;
}

/** The identity of the file at `file` now; undefined if it is missing or no regular file. */
export async function identityOf(file: string): Promise<FileIdentity | undefined> {
  try {
    const stats = await stat(file, { bigint: true });
    return stats.isFile() ? fromStats(stats) : undefined;
  } catch {
    return undefined;
  }
}

export function sameIdentity(left: FileIdentity, right: FileIdentity | undefined): boolean {
  return (
    right !== undefined &&
    left.dev === right.dev &&
    left.ino === right.ino &&
    left.size === right.size &&
    left.mtimeMs === right.mtimeMs &&
    left.ctimeMs === right.ctimeMs
  );
}

/**
 * Opens a regular file for reading. Throws refusals `media.file-missing`, `media.file-kind`, `media.file-unreadable`.
 */
export async function openImage(file: string): Promise<OpenImage> {
  if (file.includes('\0')) throw notAFile(file);
  const handle = await openRegular(file).catch((error: unknown) => {
    throw errorCode(error) === 'EISDIR' ? notAFile(file) : fileSignal(file, error);
  });
  if (typeof handle === 'string') throw notAFile(file);
  const identityNow = async (): Promise<FileIdentity> => fromStats(await handle.stat({ bigint: true }));
  const stats = await handle.stat({ bigint: true });
  return { handle, identity: fromStats(stats), identityNow };
}

function notAFile(file: string): FailureSignal {
  return new FailureSignal(failure('input', 'media.file-kind', { file: path.basename(file) }));
}

const errorCode = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** An error of the file system as a refusal that names the file. */
export function fileSignal(file: string, error: unknown): FailureSignal {
  const reason = errorCode(error);
  const missing = reason === 'ENOENT' || reason === 'ENOTDIR';
  const code = missing ? 'media.file-missing' : 'media.file-unreadable';
  return new FailureSignal(failure(missing ? 'input' : 'operation', code, { file: path.basename(file), reason }));
}

function fromStats(stats: BigIntStats): FileIdentity {
  return {
    dev: String(stats.dev),
    ino: String(stats.ino),
    mtimeMs: Number(stats.mtimeNs / 1000n) / 1000,
    ctimeMs: Number(stats.ctimeNs / 1000n) / 1000,
    size: Number(stats.size),
  };
}
