/** `handover confirm`: records ALE's answer, a signed file or the code that ALE says on the phone. */
import { fail, failure, type Result } from '../../core/base/errors.ts';
import { acceptAnswerCode, acceptAnswerFile } from '../runner/acknowledgement.ts';
import { readSecretValue } from '../system/prompt.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openSite, type SiteOptions } from './open-site.ts';

export const flags = ({ one, trust }: Flag) => [one('--answer <file>', 'answer'), trust()];

export async function run(
  context: CommandContext,
  file: string,
  { answer, ...options }: SiteOptions & { readonly answer?: string },
): Promise<number> {
  const opened = await openSite(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const byFile = async (path: string): Promise<Result<unknown>> => {
    const accepted = await acceptAnswerFile(services, planned, path);
    if (!accepted.ok || accepted.value !== undefined) return accepted;
    return fail(failure('input', 'handover.answer-missing', { path }));
  };
  const byCode = async (): Promise<Result<unknown>> => {
    const typed = await readSecretValue(context.text('cli.answer-question'), 'answer', context.signal);
    return typed.ok ? acceptAnswerCode(services, planned, typed.value) : typed;
  };
  const accepted = await (answer === undefined ? byCode() : byFile(answer));
  if (!accepted.ok) return report(context, accepted.failure);
  const { name } = planned.site.site;
  print(context, { site: name, accepted: true }, () =>
    say(`${paint('green', '✓')} ${context.text('cli.answer-kept')}`),
  );
  return 0;
}
