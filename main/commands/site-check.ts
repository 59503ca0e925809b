/** `site check`: the findings on a site file. Exit code 2 when one blocks. */
import { exitCodes } from '../../core/base/errors.ts';
import { blockingCount } from '../../core/base/findings.ts';
import { checkSite } from '../../core/preflight/check-site.ts';
import { readSiteText } from '../runner/site-input.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';

export async function run(context: CommandContext, file: string): Promise<number> {
  const read = await readSiteText(file, { typed: true, signal: context.signal });
  if (!read.ok) return report(context, read.failure);
  const { findings } = checkSite(read.value.text);
  const blocking = blockingCount(findings);
  print(context, findingsDocument(context.text, findings), () => {
    sayFindings(context.text, findings, { file });
    const warnings = findings.filter(({ status }) => status === 'warn').length;
    say(
      blocking === 0
        ? `${paint('green', '✓')} ${context.text('cli.check-good', { file, warnings })}`
        : `${paint('red', '✗')} ${context.text('cli.check-bad', { file, blocking, warnings })}`,
    );
  });
  return blocking === 0 ? 0 : exitCodes.input;
}
