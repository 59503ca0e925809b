/** `preflight`: every check before a deployment, without a change. */
import { exitCodes } from '../../core/base/errors.ts';
import { blockingCount, type Finding } from '../../core/base/findings.ts';
import { probeFindings } from '../../core/preflight/mail-probe-rules.ts';
import { preflightOf, seeMedium } from '../runner/preflight.ts';
import { amountLine } from './amount-line.ts';
import type { Flag } from './command.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';
import { openSite, type SiteOptions } from './open-site.ts';

export interface PreflightOptions extends SiteOptions {
  readonly probe?: boolean;
}

export const flags = ({ one, trust }: Flag) => [one('--probe', 'probe').default(false), trust()];

export async function run(context: CommandContext, file: string, options: PreflightOptions): Promise<number> {
  const opened = await openSite(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const { signal } = context;
  const line = amountLine(context);
  const media = await seeMedium(services, planned, signal, line.showFiles);
  line.end();
  if (!media.ok) return report(context, media.failure);
  // An untrusted medium has its own exit code, which takes precedence over all other findings.
  const refused = media.value.failure;
  if (refused?.kind === 'trust' || refused?.kind === 'cancelled') return report(context, refused);
  const { findings, decisive } = await preflightOf(services, planned, { media: media.value, signal });
  const all: Finding[] = [...findings];
  if (options.probe === true) {
    // Only on request: it contacts hosts other than the endpoints.
    const { probeSite } = await import('./probe-site.ts');
    const probed = await probeSite(planned.site, { signal });
    if (!probed.ok) return report(context, probed.failure);
    all.push(...probeFindings(planned.site, probed.value));
  }
  const blocking = blockingCount(all);
  print(context, findingsDocument(context.text, all), () => {
    sayFindings(context.text, all, { file, all: true });
    say(
      blocking === 0
        ? `${paint('green', '✓')} ${context.text('cli.preflight-good')}`
        : `${paint('red', '✗')} ${context.text('cli.preflight-bad', { blocking })}`,
    );
  });
  if (signal.aborted) return exitCodes.cancelled;
  if (decisive !== undefined) return exitCodes[decisive.kind];
  return blocking === 0 ? 0 : exitCodes.preflight;
}
