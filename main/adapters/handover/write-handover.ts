/** Writes the two files of a handover: the encrypted bundle and the public text beside it. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Result, capture, fail, failure, ok, unwrap } from '../../../core/base/errors.ts';
import { systemErrorCode } from '../../../core/base/system-error.ts';
import { type HandoverInput, buildHandoverBundle } from '../../../core/handover/bundle.ts';
import { confirmationCode } from '../../../core/handover/confirmation-code.ts';
import { type TextFunction, publicText, qrPayload } from '../../../core/handover/public-text.ts';
import { sealBundle } from './age-bundle.ts';

export interface WriteHandoverOptions {
  readonly input: Omit<HandoverInput, 'createdIso'>;
  /** X25519 recipients: ALE's from the signed catalogue, then those of the site file. */
  readonly recipients: readonly string[];
  /** Created where it is missing. */
  readonly outDir: string;
  readonly text: TextFunction;
  /** UTC, ISO 8601. */
  readonly nowIso: string;
  /** Replaces a file as a whole (`writeFileAtomic` of the files adapter). */
  readonly writeFile: (path: string, data: string | Uint8Array) => Promise<Result<void>>;
}

export interface WrittenHandover {
  readonly bundlePath: string;
  readonly textPath: string;
  /** Of the bundle file, hex. */
  readonly sha256: string;
  readonly confirmationCode: string;
  readonly publicText: string;
  /** For `qrSvg`. */
  readonly qrPayload: string;
}

async function makeFolder(path: string): Promise<Result<void>> {
  try {
    await mkdir(path, { recursive: true });
    return ok(undefined);
  } catch (error) {
    const reason = systemErrorCode(error);
    if (reason === undefined) throw error;
    return fail(failure('operation', 'handover.folder', { path, reason }));
  }
}

/**
 * Builds, encrypts and writes `handover-<site>.age` and `handover-<site>.txt`. Running it again writes a new bundle
 * with a new code, since each age file has a new key. Fails with `handover.incomplete`, `handover.no-recipients`,
 * `handover.recipient-invalid`, `handover.folder`, and as `writeFile` does.
 */
export async function writeHandover(options: WriteHandoverOptions): Promise<Result<WrittenHandover>> {
  const { input, recipients, outDir, text, nowIso, writeFile } = options;
  return capture(async () => {
    const bundle = unwrap(buildHandoverBundle({ ...input, createdIso: nowIso }));
    const sealed = unwrap(await sealBundle(bundle, recipients));
    const sha256 = createHash('sha256').update(sealed).digest('hex');
    const fileName = `handover-${bundle.site.name}.age`;
    const part = { bundle, fileName, sha256 };
    const words = publicText(text, part);
    const bundlePath = join(outDir, fileName);
    const textPath = join(outDir, `handover-${bundle.site.name}.txt`);
    unwrap(await makeFolder(outDir));
    unwrap(await writeFile(bundlePath, sealed));
    unwrap(await writeFile(textPath, words));
    return {
      bundlePath,
      textPath,
      sha256,
      confirmationCode: confirmationCode(sha256),
      publicText: words,
      qrPayload: qrPayload(part),
    };
  });
}
