/** `secret list`: the names in the secret store, never the values. */
import { type CommandContext, print, report, say } from './context.ts';

export async function run(context: CommandContext): Promise<number> {
  const names = await context.secrets.list();
  if (!names.ok) return report(context, names.failure);
  const { backend } = context.secrets;
  print(context, { backend, names: names.value }, () => {
    for (const name of names.value) say(name);
    if (names.value.length === 0) say(context.text('cli.secret-none', { backend }));
  });
  return 0;
}
