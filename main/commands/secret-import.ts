/** `secret import`: imports secrets from another laptop. Their values are never printed. */
import { decodeText } from '../../core/base/decode-text.ts';
import { type Failure, failure } from '../../core/base/errors.ts';
import { openText } from '../adapters/handover/age-bundle.ts';
import { importSecrets } from '../adapters/secrets/transfer-document.ts';
import { readInput } from '../system/files/inputs.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say } from './context.ts';

export const flags = ({ needed }: Flag) => [needed('--identity <file>', 'identity')];

/** The file contains secrets, not a handover. */
function fileFailure(reason: Failure, path: string): Failure {
  switch (reason.code) {
    case 'handover.not-age':
      return failure('input', 'secrets.file-not-age', { path });
    case 'handover.wrong-identity':
      return failure('input', 'secrets.file-identity', { path });
    case 'handover.altered':
      return failure('trust', 'secrets.file-altered', { path });
    default:
      return reason;
  }
}

export async function run(
  context: CommandContext,
  file: string,
  { identity }: { readonly identity: string },
): Promise<number> {
  const { text, signal } = context;
  const bytes = await readInput(file, 'document', { typed: true, signal });
  if (!bytes.ok) return report(context, bytes.failure);
  const identityText = await readInput(identity, 'secret', { typed: true, signal });
  if (!identityText.ok) return report(context, identityText.failure);
  const opened = await openText(bytes.value, decodeText(identityText.value) ?? '');
  if (!opened.ok) return report(context, fileFailure(opened.failure, file));
  const imported = await importSecrets(context.secrets, opened.value);
  if (!imported.ok) return report(context, imported.failure);
  const { stored, present } = imported.value;
  const { backend } = context.secrets;
  print(context, { backend, stored, present }, () => {
    for (const name of stored) say(text('cli.secret-stored', { name, backend }));
    for (const name of present) say(text('cli.secret-present', { name }));
    say(text('cli.secret-import-done', { path: file }));
  });
  return 0;
}
