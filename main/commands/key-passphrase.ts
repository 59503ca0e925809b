/** The passphrase of a minisign key. */
import { fail, failure, type Result } from '../../core/base/errors.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import { askSecret, readSecretValue } from '../system/prompt.ts';
import type { CommandContext } from './context.ts';

const passphraseVariable = 'EDGE_KEY_PASSPHRASE_FILE';

/**
 * From the file that the variable names, from a pipe, or from the terminal. Fails with `common.no-terminal` without any
 * of them.
 */
export async function readKeyPassphrase({ text, signal }: CommandContext, file: string): Promise<Result<string>> {
  const named = process.env[passphraseVariable];
  if (named) return readPassphraseFile(named, signal);
  const question = text('cli.key-passphrase', { file });
  if (process.stdin.isTTY) return askSecret(question, '', signal);
  const piped = await readSecretValue(question, file, signal);
  const how = text('cli.key-passphrase-how', { variable: passphraseVariable });
  return piped.ok && piped.value === '' ? fail(failure('input', 'common.no-terminal', { what: question, how })) : piped;
}
