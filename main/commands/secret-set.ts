/** `secret set`: the value comes from stdin or a prompt, never from argv. */
import { secretNameForms } from '../../core/site/secret-name.ts';
import { readSecretValue } from '../system/prompt.ts';
import { type CommandContext, print, report, say } from './context.ts';

export async function run(context: CommandContext, name: string): Promise<number> {
  const named = secretNameForms(name);
  if (!named.ok) return report(context, named.failure);
  const value = await readSecretValue(context.text('cli.secret-value', { name }), name, context.signal);
  if (!value.ok) return report(context, value.failure);
  const written = await context.secrets.set(name, value.value);
  if (!written.ok) return report(context, written.failure);
  const { backend } = context.secrets;
  print(context, { name, backend }, () => say(context.text('cli.secret-stored', { name, backend })));
  return 0;
}
