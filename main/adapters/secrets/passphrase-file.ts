/** The vault's passphrase from the file that `EDGE_VAULT_PASSPHRASE_FILE` names. */
import { decodeText } from '../../../core/base/decode-text.ts';
import { cancelled, type Result, fail, failure, ok } from '../../../core/base/errors.ts';
import { type FileReading, readFileWithin } from '../../system/files/read-file.ts';

/** Bytes. */
const largestFile = 256 * 1024;

function reasonOf(reading: FileReading & { readonly ok: false }): string {
  if (reading.refusal !== 'system') return reading.refusal;
  const { error } = reading;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/**
 * The first line of the file, without its line end. A pipe will do, such as `/dev/fd/3`. Windows' UTF-16 is understood.
 * Fails with `secrets.passphrase-file`, `secrets.passphrase-encoding`, `secrets.passphrase-empty` or `cancelled`.
 */
export async function readPassphraseFile(path: string, signal?: AbortSignal): Promise<Result<string>> {
  const reading = await readFileWithin(path, { most: largestFile, pipe: true, signal });
  if (!reading.ok) {
    if (reading.refusal === 'cancelled') return fail(cancelled);
    return fail(failure('input', 'secrets.passphrase-file', { path, reason: reasonOf(reading) }));
  }
  const text = decodeText(reading.bytes);
  if (text === undefined) return fail(failure('input', 'secrets.passphrase-encoding', { path }));
  const [line = ''] = text.split(/\r?\n/);
  return line === '' ? fail(failure('input', 'secrets.passphrase-empty')) : ok(line);
}
