import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { FailureSignal, failure, unwrap } from '../../../../core/base/errors.ts';
import type { FailureKind, MessageParams } from '../../../../core/base/errors.ts';
import {
  catalogueFileName,
  catalogueMaxBytes,
  parseCatalogue,
  signatureFileName,
  trustedCommentOf,
} from '../../../../core/media/catalogue.ts';
import type { Catalogue } from '../../../../core/media/catalogue.ts';
import type { SignedText } from '../../../../core/media/proof.ts';
import { compareReleases } from '../../../../core/media/release.ts';
import type { MediaState } from '../memory.ts';
import { readFileWithin } from '../../../system/files/read-file.ts';
import { parsePublicKey, publicKeyLine, verifyText } from './minisign.ts';

/** The catalogue of a medium and the proof that it is ALE's, current, and no older than the last accepted one. */

export interface TrustedKey {
  /** Shown as the signer, for example the file name of the key. */
  readonly name: string;
  /** Text of a minisign public key file, or its base64 line. */
  readonly publicKeyText: string;
}

export interface SignedCatalogue {
  readonly catalogue: Catalogue;
  readonly sha256: string;
  readonly signer: { readonly name: string; readonly keyId: string };
  readonly signed: SignedText;
  readonly trustedComment: string;
  /** The laptop's clock is behind a signed time, so it is wrong. */
  readonly clockSuspect: boolean;
  /** The newest signed time known now, UTC, ISO 8601. */
  readonly newestSignedTime: string;
}

/**
 * Reads and proves the catalogue in `folder`. Throws refusals: kind `input` for `media.folder-missing`,
 * `media.folder-kind`, `media.catalogue-missing`, `media.catalogue-size`, `media.catalogue-json`,
 * `media.catalogue-format`; kind `trust` for five distinct cases: `media.unsigned`,
 * `media.signature-unknown-key`, invalid (`media.signature-invalid`, `media.signature-format`,
 * `media.signature-legacy`, `media.signature-comment`), `media.expired`, `media.rollback`.
 */
export async function readSignedCatalogue(
  folder: string,
  trustedKeys: readonly TrustedKey[],
  nowIso: string,
  state: MediaState,
): Promise<SignedCatalogue> {
  await checkFolder(folder);
  const bytes = await readSmall(folder, catalogueFileName, 'input', 'media.catalogue-missing', 'media.catalogue-size');
  const signature = await readSmall(folder, signatureFileName, 'trust', 'media.unsigned', 'media.signature-format');
  const keys = trustedKeys.map(({ name, publicKeyText }) => {
    const key = parsePublicKey(publicKeyText);
    return key.ok ? { name, key: key.value } : refuse('input', key.failure.code, { name });
  });
  const signatureText = signature.toString('utf8');
  const verified = unwrap(
    verifyText(
      keys.map(({ key }) => key),
      bytes,
      signatureText,
    ),
  );
  // `minisign -V -H` refuses the legacy kind too, and the medium's format requires the prehashed kind.
  if (!verified.prehashed) refuse('trust', 'media.signature-legacy', {});
  const catalogue = unwrap(parseCatalogue(decodeUtf8(bytes)));
  const expected = trustedCommentOf(catalogue);
  if (verified.trustedComment !== expected) {
    refuse('trust', 'media.signature-comment', { comment: verified.trustedComment.slice(0, 200), expected });
  }
  const newest = latest([catalogue.created, state.newestSignedTime]);
  const now = latest([nowIso, newest]);
  if (Date.parse(now) >= Date.parse(catalogue.expires)) {
    refuse('trust', 'media.expired', { release: catalogue.release, expires: catalogue.expires, now });
  }
  const { keyId } = verified.key;
  checkRollback(catalogue, state, keyId);
  return {
    catalogue,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    signer: { name: keys.find(({ key }) => key === verified.key)?.name ?? '', keyId },
    signed: {
      catalogue: bytes.toString('utf8'),
      signature: signatureText,
      publicKey: publicKeyLine(verified.key),
    },
    trustedComment: verified.trustedComment,
    clockSuspect: Date.parse(nowIso) < Date.parse(newest),
    newestSignedTime: newest,
  };
}

/** The state after this catalogue was accepted. */
export function withAccepted(state: MediaState, signed: SignedCatalogue): MediaState {
  const { release, created } = signed.catalogue;
  return {
    ...state,
    newestSignedTime: signed.newestSignedTime,
    signers: { ...state.signers, [signed.signer.keyId]: { release, created } },
  };
}

function checkRollback(catalogue: Catalogue, state: MediaState, keyId: string): void {
  const known = Object.hasOwn(state.signers, keyId) ? state.signers[keyId] : undefined;
  if (known === undefined) return;
  const order = compareReleases(catalogue.release, known.release);
  const older = order < 0 || (order === 0 && Date.parse(catalogue.created) < Date.parse(known.created));
  if (!older) return;
  refuse('trust', 'media.rollback', {
    release: catalogue.release,
    created: catalogue.created,
    newest: known.release,
    newestCreated: known.created,
  });
}

async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats === undefined) refuse('input', 'media.folder-missing', { folder });
  else if (!stats.isDirectory()) refuse('input', 'media.folder-kind', { folder });
}

async function readSmall(
  folder: string,
  name: string,
  kind: FailureKind,
  missing: string,
  large: string,
): Promise<Buffer> {
  const file = path.join(folder, name);
  const read = await readFileWithin(file, { most: catalogueMaxBytes });
  if (read.ok) return read.bytes;
  if (read.refusal === 'too-large') return refuse(kind, large, { file: name, most: catalogueMaxBytes });
  const { error } = read.refusal === 'system' ? read : { error: undefined };
  const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isAbsent = read.refusal !== 'system' || ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(reason);
  return isAbsent
    ? refuse(kind, missing, { folder, file: name })
    : refuse('operation', 'media.file-unreadable', { file: name, reason });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('input', 'media.catalogue-json', {});
  }
}

function latest(times: ReadonlyArray<string | undefined>): string {
  let newest = new Date(0).toISOString();
  for (const time of times) if (time !== undefined && Date.parse(time) > Date.parse(newest)) newest = time;
  return newest;
}

function refuse(kind: FailureKind, code: string, params: MessageParams): never {
  throw new FailureSignal(failure(kind, code, params));
}
