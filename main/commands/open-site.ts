/** The site of a command, read and planned once, with the services that work on it. */
import { ok, type Result } from '../../core/base/errors.ts';
import { proveWorkFolders } from '../records/work-folders.ts';
import type { Services } from '../runner/services.ts';
import { type PlannedSite, readPlannedSite } from '../runner/site-input.ts';
import { type CommandContext, sayFindings } from './context.ts';

export interface SiteOptions {
  readonly trust?: readonly string[];
}

export interface Opened {
  readonly services: Services;
  readonly planned: PlannedSite;
}

/**
 * The planned site, and services with writable folders. If the site cannot be planned, it shows the findings and fails
 * as `readPlannedSite` does; otherwise it fails as the services and {@link proveWorkFolders} do. The file may be a
 * pipe, which is read once.
 */
export async function openSite(
  context: CommandContext,
  file: string,
  { trust = [] }: SiteOptions = {},
): Promise<Result<Opened>> {
  const planned = await readPlannedSite(file, { typed: true, signal: context.signal });
  if (!planned.ok) {
    if (!context.json) sayFindings(context.text, planned.findings ?? [], { file });
    return planned;
  }
  const services = await context.services({ trust });
  if (!services.ok) return services;
  const proven = await proveWorkFolders(services.value.stateDir);
  return proven.ok ? ok({ services: services.value, planned: planned.value }) : proven;
}
