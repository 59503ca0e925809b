/** `secret delete`: removes one secret from the store. */
import { type CommandContext, print, report, say } from './context.ts';

export async function run(context: CommandContext, name: string): Promise<number> {
  const deleted = await context.secrets.delete(name);
  if (!deleted.ok) return report(context, deleted.failure);
  print(context, { name, deleted: deleted.value }, () =>
    say(context.text(deleted.value ? 'cli.secret-deleted' : 'cli.secret-absent', { name })),
  );
  return 0;
}
