/** The vault's passphrase from the file that `EDGE_VAULT_PASSPHRASE_FILE` names. */
import { readFile } from 'node:fs/promises';
import { type Result, fail, failure, ok } from '../../../core/errors.ts';

/** The first line of the file, without its line end. Fails with `secrets.passphrase-file` or `secrets.passphrase-empty`. */
export async function readPassphraseFile(path: string): Promise<Result<string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return fail(failure('input', 'secrets.passphrase-file', { path, reason }));
  }
  const [line = ''] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return line === '' ? fail(failure('input', 'secrets.passphrase-empty')) : ok(line);
}
