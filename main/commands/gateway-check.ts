/** `gateway check`: the health of the gateways and the servers as findings. */
import { type Result, exitCodes, fail, failure, ok } from '../../core/base/errors.ts';
import { blockingCount } from '../../core/base/findings.ts';
import { askWords } from '../system/prompt.ts';
import { checkFailover } from '../runner/check-failover.ts';
import { checkGateways } from '../runner/check-gateways.ts';
import { checkServers } from '../runner/check-servers.ts';
import type { Flag } from './command.ts';
import { type CommandContext, findingsDocument, paint, print, report, say, sayFindings } from './context.ts';
import { openGateways } from './open-gateways.ts';
import type { SiteOptions } from './open-site.ts';

interface GatewayCheckOptions extends SiteOptions {
  readonly failover?: boolean;
  readonly yes?: string;
}

export const flags = ({ one, trust }: Flag) => [one('--failover', 'failover'), one('--yes <site>', 'yes'), trust()];

/**
 * The user's consent to a failover: the site's name. Fails with `common.no-terminal`, `gateway.confirm-name` and
 * `cancelled`.
 */
async function confirmFailover(
  { text, signal }: CommandContext,
  site: string,
  yes: string | undefined,
): Promise<Result<void>> {
  const asked = async () => askWords(text('cli.gateway.failover-ask', { site }), `--yes ${site}`, signal);
  const given = yes === undefined ? await asked() : ok(yes);
  if (!given.ok) return given;
  return given.value.trim() === site
    ? ok(undefined)
    : fail(failure('input', 'gateway.confirm-name', { site, given: given.value.slice(0, 80) }));
}

export async function run(context: CommandContext, file: string, options: GatewayCheckOptions): Promise<number> {
  const opened = await openGateways(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned, access } = opened.value;
  if (options.failover === true) {
    const confirmed = await confirmFailover(context, planned.site.site.name, options.yes);
    if (!confirmed.ok) return report(context, confirmed.failure);
  }
  const checked = await checkGateways(services, planned, access, context.signal);
  if (!checked.ok) return report(context, checked.failure);
  const servers = await checkServers(services, planned, access, context.signal);
  if (!servers.ok) return report(context, servers.failure);
  const distrust = checked.value.distrust ?? servers.value.distrust;
  const isSafe = options.failover === true && distrust === undefined;
  const moved = isSafe ? await checkFailover(services, planned, access, context.signal) : ok([]);
  if (!moved.ok) return report(context, moved.failure);
  if (context.signal.aborted) return exitCodes.cancelled;
  const findings = [...checked.value.findings, ...moved.value, ...servers.value.findings];
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
