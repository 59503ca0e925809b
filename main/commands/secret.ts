/** `secret set|list|delete`: values come from stdin or a prompt, never from argv, and never go out again. */
import { secretNameForms } from '../../core/site/secret-name.ts';
import { type CommandContext, print, report, say } from './context.ts';
import { readSecretValue } from '../system/prompt.ts';

export async function secretSet(context: CommandContext, name: string): Promise<number> {
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

export async function secretList(context: CommandContext): Promise<number> {
  const names = await context.secrets.list();
  if (!names.ok) return report(context, names.failure);
  const { backend } = context.secrets;
  print(context, { backend, names: names.value }, () => {
    for (const name of names.value) say(name);
    if (names.value.length === 0) say(context.text('cli.secret-none', { backend }));
  });
  return 0;
}

export async function secretDelete(context: CommandContext, name: string): Promise<number> {
  const deleted = await context.secrets.delete(name);
  if (!deleted.ok) return report(context, deleted.failure);
  print(context, { name, deleted: deleted.value }, () =>
    say(context.text(deleted.value ? 'cli.secret-deleted' : 'cli.secret-absent', { name })),
  );
  return 0;
}
