/** `gateway check`: the health of the gateways as findings. */
import { exitCodes } from '../../core/base/errors.ts';
import { blockingCount } from '../../core/base/findings.ts';
import { checkGateways } from '../runner/check-gateways.ts';
import { checkServers } from '../runner/check-servers.ts';
import type { Flag } from './command.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';
import { openGateways } from './open-gateways.ts';
import type { SiteOptions } from './open-site.ts';

export const flags = ({ trust }: Flag) => [trust()];

export async function run(context: CommandContext, file: string, options: SiteOptions): Promise<number> {
  const opened = await openGateways(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned, access } = opened.value;
  const checked = await checkGateways(services, planned, access, context.signal);
  if (!checked.ok) return report(context, checked.failure);
  const servers = await checkServers(services, planned, access, context.signal);
  if (!servers.ok) return report(context, servers.failure);
  if (context.signal.aborted) return exitCodes.cancelled;
  const findings = [...checked.value.findings, ...servers.value.findings];
  const distrust = checked.value.distrust ?? servers.value.distrust;
  if (distrust !== undefined) return report(context, distrust);
  const blocking = blockingCount(findings);
  print(context, findingsDocument(context.text, findings), () => {
    sayFindings(context.text, findings, { file, all: true });
    say(
      blocking === 0
        ? `${paint('green', '✓')} ${context.text('cli.gateway.good')}`
        : `${paint('red', '✗')} ${context.text('cli.gateway.bad', { blocking })}`,
    );
  });
  return blocking === 0 ? 0 : exitCodes.preflight;
}
