/**
 * Proves one of our programs before it is started: it may receive a password. It is hashed once; before each later
 * start its identity (device, inode, size, times) is compared, and a file that changed is hashed again.
 *
 * Linux starts the very file that was hashed, by its open descriptor, even if its path names another file by then.
 * Windows and macOS start it by its path. A file that is replaced between the comparison and the start, about a
 * millisecond, is not noticed there.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { type Failure, fail, failure, ok, type Result } from '../../../core/base/errors.ts';

export interface Program {
  readonly name: string;
  readonly path: string;
  /** Hex; undefined if the build has none. */
  readonly sha256: string | undefined;
}

interface Proof {
  readonly sha256: string;
  readonly identity: string;
  /** The path to start. */
  readonly path: string;
}

/** Proofs of this process, by path. */
const proofs = new Map<string, Promise<Result<Proof>>>();

/** Open for the life of the process: a start may be using the descriptor's number. */
const held: FileHandle[] = [];

const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

const missing = ({ name }: Program, reason: string): Failure =>
  failure('operation', 'common.program-missing', { program: name, reason });

const altered = ({ name, path, sha256 = '' }: Program, found: string): Failure =>
  failure('trust', 'common.program-altered', { program: name, path, expected: sha256, found });

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1024 * 1024);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function proveFile(program: Program, file: FileHandle): Promise<Result<Proof>> {
  const before = await file.stat({ bigint: true });
  // A pipe or a device has no end.
  if (!before.isFile()) return fail(altered(program, '–'));
  const sha256 = await hashOf(file);
  const identity = identityOf(await file.stat({ bigint: true }));
  if (sha256 !== program.sha256 || identity !== identityOf(before)) return fail(altered(program, sha256));
  if (process.platform !== 'linux') return ok({ sha256, identity, path: program.path });
  held.push(file);
  return ok({ sha256, identity, path: `/proc/self/fd/${file.fd}` });
}

async function prove(program: Program): Promise<Result<Proof>> {
  let file: FileHandle;
  try {
    // Without NONBLOCK the opening of a pipe would wait for its writer.
    file = await open(program.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return fail(missing(program, reasonOf(error)));
  }
  const proven = await proveFile(program, file).catch((error: unknown): Result<Proof> =>
    fail(missing(program, reasonOf(error))),
  );
  if (!held.includes(file)) await file.close();
  return proven;
}

/** Proves the program once for all concurrent callers. A failure is not cached: the file may be repaired. */
async function proofOf(program: Program): Promise<Result<Proof>> {
  const proving = prove(program);
  proofs.set(program.path, proving);
  const proof = await proving;
  if (!proof.ok && proofs.get(program.path) === proving) proofs.delete(program.path);
  return proof;
}

async function isUnchanged({ path, sha256 }: Program, proof: Proof): Promise<boolean> {
  if (proof.sha256 !== sha256) return false;
  const now = await stat(path, { bigint: true }).catch(() => undefined);
  return now !== undefined && identityOf(now) === proof.identity;
}

/**
 * Returns the path to start. It holds for one start: call this before each. Fails with `common.program-missing`
 * (absent, unreadable, not executable, or the build names no hash) and `common.program-altered` (kind `trust`).
 */
export async function provenProgram(program: Program): Promise<Result<string>> {
  if (program.sha256 === undefined) return fail(missing(program, program.path));
  const known = await (proofs.get(program.path) ?? proofOf(program));
  const proof = !known.ok || (await isUnchanged(program, known.value)) ? known : await proofOf(program);
  if (!proof.ok) return proof;
  try {
    await access(program.path, constants.X_OK);
  } catch (error) {
    return fail(missing(program, reasonOf(error)));
  }
  return ok(proof.value.path);
}
