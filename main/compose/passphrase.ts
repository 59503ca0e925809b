/** The passphrase of a vault: from the file that `EDGE_VAULT_PASSPHRASE_FILE` names, else from the terminal. */
import { fail, failure, type Result } from '../../core/base/errors.ts';
import type { Text } from '../../core/base/text.ts';
import { readPassphraseFile } from '../adapters/secrets/passphrase-file.ts';
import type { PassphrasePurpose } from '../adapters/secrets/vault.ts';
import { askSecret } from '../system/prompt.ts';

const variable = 'EDGE_VAULT_PASSPHRASE_FILE';

/** Asks twice for a new vault. Fails with `cli.passphrases-differ`, `common.no-terminal`, `secrets.*`. */
export async function readPassphrase(
  text: Text,
  purpose: PassphrasePurpose,
  signal: AbortSignal,
): Promise<Result<string>> {
  const file = process.env[variable];
  if (file) return readPassphraseFile(file, signal);
  const how = text('cli.passphrase.how', { variable });
  const first = await askSecret(text(`cli.passphrase.${purpose}`), how, signal);
  if (!first.ok || purpose === 'open') return first;
  const second = await askSecret(text('cli.passphrase.again'), how, signal);
  if (second.ok && second.value !== first.value) return fail(failure('input', 'cli.passphrases-differ'));
  return second;
}
