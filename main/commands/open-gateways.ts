/** A planned site and the access to its gateways, for commands over SSH. */
import { ok, type Result } from '../../core/base/errors.ts';
import { type GatewayAccess, openAccess } from '../runner/gateway-access.ts';
import { readSiteMachines } from '../runner/site-machines.ts';
import { amountLine } from './amount-line.ts';
import type { CommandContext } from './context.ts';
import { type Opened, openSite, type SiteOptions } from './open-site.ts';

export interface OpenedGateways extends Opened {
  readonly access: GatewayAccess;
}

/** Reads the site and proves its medium, with progress. Fails as {@link openSite} and {@link openAccess} do. */
export async function openGateways(
  context: CommandContext,
  file: string,
  options: SiteOptions,
): Promise<Result<OpenedGateways>> {
  const opened = await openSite(context, file, options);
  if (!opened.ok) return opened;
  const { services, planned } = opened.value;
  const { signal } = context;
  const machines = await readSiteMachines(services, planned, signal);
  const line = amountLine(context);
  const access = await openAccess(services, planned, machines, signal, line.showFiles);
  line.end();
  return access.ok ? ok({ services, planned, access: access.value }) : access;
}
