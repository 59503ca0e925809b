/** `secret export`: secrets for a second laptop, in one age file. Their values are never printed. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { failure } from '../../core/base/errors.ts';
import { checkRecipients, sealText } from '../adapters/handover/age-bundle.ts';
import { exportSecrets } from '../adapters/secrets/transfer-document.ts';
import { writeFileAtomic } from '../system/files/atomic.ts';
import type { Flag } from './command.ts';
import { type CommandContext, print, report, say } from './context.ts';

export const flags = ({ several, needed }: Flag) => [
  several('--to <age1>', 'secret-to').makeOptionMandatory(),
  needed('--out <file>', 'secret-out'),
];

export async function run(
  context: CommandContext,
  names: readonly string[],
  { to, out }: { readonly to: readonly string[]; readonly out: string },
): Promise<number> {
  const path = resolve(out);
  if (existsSync(path)) return report(context, failure('input', 'cli.file-exists', { path }));
  // Checked before the keychain may prompt.
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
