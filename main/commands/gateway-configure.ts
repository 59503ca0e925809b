/** `gateway configure`: brings the files of the gateways to what is planned, over SSH. */
import { exitCodes } from '../../core/base/errors.ts';
import { failureInWords } from '../../core/base/text.ts';
import { configureGateways, type ConfiguredGateway } from '../runner/configure-gateways.ts';
import { withEndpoints } from '../runner/endpoints.ts';
import { noteGateways } from '../runner/site-machines.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openGateways } from './open-gateways.ts';
import type { SiteOptions } from './open-site.ts';

export const flags = ({ trust }: Flag) => [trust()];

/** One gateway as JSON has it. */
function documentOf({ text }: CommandContext, configured: ConfiguredGateway) {
  const { gateway, connections, roundTrips, outcome, failure } = configured;
  const counts = { connections, roundTrips };
  if (failure !== undefined) return { gateway, status: 'failed', ...counts, error: failureInWords(text, failure) };
  if (outcome === undefined || outcome === 'untouched') return { gateway, status: 'untouched', ...counts };
  const { written, unchanged, drifted, obsolete, restarted, settled = null, warnings } = outcome;
  return {
    gateway,
    status: written.length === 0 ? 'unchanged' : 'configured',
    ...counts,
    written,
    unchanged,
    drifted,
    obsolete,
    restarted,
    settled,
    warnings: warnings.map((one) => failureInWords(text, one)),
  };
}

function sayGateway({ text }: CommandContext, { gateway, outcome, failure }: ConfiguredGateway): void {
  if (failure !== undefined) return say(`${paint('red', '✗')} ${gateway}`);
  if (outcome === undefined || outcome === 'untouched')
    return say(`${paint('dim', '–')} ${gateway}  ${text('cli.gateway.untouched')}`);
  const { written, unchanged, drifted, obsolete, restarted } = outcome;
  const count = { written: written.length, unchanged: unchanged.length };
  say(`${paint('green', '✓')} ${gateway}  ${text('cli.gateway.configured', count)}`);
  for (const path of written) say(`  ${path}`);
  if (restarted.length > 0)
    say(`  ${text('cli.gateway.restarted', { units: restarted.map(({ unit }) => unit).join(', ') })}`);
  for (const path of drifted) say(`  ${paint('yellow', '!')} ${text('cli.gateway.drifted', { path })}`);
  for (const path of obsolete) say(`  ${paint('yellow', '!')} ${text('cli.gateway.obsolete', { path })}`);
}

export async function run(context: CommandContext, file: string, options: SiteOptions): Promise<number> {
  const opened = await openGateways(context, file, options);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned, access } = opened.value;
  const { signal } = context;
  const configured = await configureGateways(services, planned, access, context.signal);
  if (!configured.ok) return report(context, configured.failure);
  const gateways = configured.value.map((one) => documentOf(context, one));
  for (const { outcome } of configured.value) {
    if (typeof outcome === 'object') for (const warning of outcome.warnings) context.warn(warning);
  }
  const done = configured.value.filter(({ outcome }) => typeof outcome === 'object');
  const noted = await withEndpoints(services, planned.site, (endpoints) =>
    noteGateways(services, planned, access.machines, done, { endpoints: async () => endpoints, signal }),
  );
  if (!noted.ok) return report(context, noted.failure, { gateways });
  const failed = configured.value.find(({ failure }) => failure !== undefined)?.failure;
  if (context.json && failed !== undefined) return report(context, failed, { gateways });
  print(context, { gateways }, () => {
    for (const one of configured.value) sayGateway(context, one);
  });
  if (failed !== undefined) report(context, failed);
  return failed === undefined ? 0 : exitCodes[failed.kind];
}
