/** `secret export` and `secret import`: secrets to a second laptop, in one age file. Their values are never printed. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeText } from '../../core/decode-text.ts';
import { type Failure, failure } from '../../core/errors.ts';
import { writeFileAtomic } from '../adapters/files/atomic.ts';
import { readInput } from '../adapters/files/inputs.ts';
import { checkRecipients, openText, sealText } from '../adapters/handover/age-bundle.ts';
import { exportSecrets, importSecrets } from '../adapters/secrets/transfer-document.ts';
import { type CommandContext, print, report, say } from './context.ts';

export async function secretExport(
  context: CommandContext,
  names: readonly string[],
  { to, out }: { readonly to: readonly string[]; readonly out: string },
): Promise<number> {
  const path = resolve(out);
  if (existsSync(path)) return report(context, failure('input', 'cli.file-exists', { path }));
  // Before the keychain asks for anything.
  const recipients = checkRecipients(to);
  if (!recipients.ok) return report(context, recipients.failure);
  const exported = await exportSecrets(context.secrets, names);
  if (!exported.ok) return report(context, exported.failure);
  const sealed = await sealText(exported.value.text, recipients.value);
  if (!sealed.ok) return report(context, sealed.failure);
  const written = await writeFileAtomic(path, sealed.value, { mode: 0o600 });
  if (!written.ok) return report(context, written.failure);
  print(context, { file: path, names: exported.value.names, recipients: recipients.value }, () => {
    for (const name of exported.value.names) say(name);
    say(context.text('cli.secret-exported', { path }));
  });
  return 0;
}

/** The file holds secrets, not a handover. */
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

export async function secretImport(
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
