/** `rollback`: removes the deployed VMs of a site. */
import { ownedVms } from '../../core/deploy/reconcile.ts';
import { cancelled, fail, failure, ok, type Result } from '../../core/base/errors.ts';
import type { EndpointInventory, Machine } from '../../core/platform/inventory.ts';
import { forgetDeployed } from '../records/deployed-sites.ts';
import { forgetTakeover } from '../records/kept-takeover.ts';
import { allInventories, endpointAt, type OpenedEndpoint, readEndpoints, withEndpoints } from '../runner/endpoints.ts';
import { afterTouching } from '../runner/phases.ts';
import type { PlannedSite } from '../runner/site-input.ts';
import { lockSite } from '../records/site-lock.ts';
import type { Flag } from './command.ts';
import { type CommandContext, paint, print, report, say, tell } from './context.ts';
import { type Opened, openSite } from './open-site.ts';

export const flags = ({ needed, one }: Flag) => [
  needed('--yes <site>', 'yes'),
  one('--sealed <site>', 'rollback-sealed'),
];

/** Removes the VMs and folders of this site only. */
export async function run(
  context: CommandContext,
  file: string,
  options: { readonly yes: string; readonly sealed?: string },
): Promise<number> {
  const opened = await openSite(context, file);
  if (!opened.ok) return report(context, opened.failure);
  const { site } = opened.value.planned.site;
  if (options.yes !== site.name) {
    return report(context, failure('input', 'deploy.confirm-name', { site: site.name, given: options.yes }));
  }
  const unlock = await lockSite(opened.value.services.stateDir, site.name, opened.value.services.warn);
  if (!unlock.ok) return report(context, unlock.failure);
  const removed: string[] = [];
  const ended = await removeOwned(context, opened.value, options.sealed, removed);
  await unlock.value();
  // Each removed VM is printed at once, so that an interrupted rollback shows which are gone.
  if (!ended.ok && removed.length > 0) return report(context, afterTouching(ended.failure), { removed });
  if (!ended.ok) return report(context, ended.failure);
  await forgetDeployed(opened.value.services.stateDir, site.name);
  await forgetTakeover(opened.value.services.stateDir, site.name);
  print(context, { removed }, () => say(context.text('cli.rollback', { count: removed.length })));
  return 0;
}

/** The first VM that ALE has taken over. */
const takenOver = (vms: readonly Machine[]): Machine | undefined =>
  vms.find(({ owner }) => owner?.stage === 'handed-over' || owner?.stage === 'sealed');

/**
 * Adds the names of removed VMs to `names`; stops at the first failure. Fails with `deploy.taken-over` before any
 * change if ALE has taken over a VM and `sealed` is not the site's name.
 */
function removeOwned(
  context: CommandContext,
  opened: Opened,
  sealed: string | undefined,
  names: string[],
): Promise<Result<void>> {
  const { name } = opened.planned.site.site;
  const { signal } = context;
  return withEndpoints(opened.services, opened.planned.site, async (endpoints): Promise<Result<void>> => {
    const inventories = allInventories(await readEndpoints(endpoints, signal));
    if (!inventories.ok) return inventories;
    const owned = ownedVms(name, inventories.value);
    const theirs = takenOver(owned.map(({ vm }) => vm));
    if (theirs !== undefined && sealed !== name) {
      return fail(failure('input', 'deploy.taken-over', { vm: theirs.name, site: name }));
    }
    for (const { place, vm } of owned) {
      if (signal.aborted) return fail(cancelled);
      const endpoint = endpointAt(endpoints, place);
      if (endpoint === undefined || !endpoint.ok) continue;
      const waits = (): void => {
        if (!context.json) tell(`${paint('yellow', '…')} ${vm.name}: ${context.text('deploy.waits-for-host')}`);
      };
      const gone = await endpoint.value.destroy(vm.id, signal, once(waits));
      if (!gone.ok) return gone;
      names.push(vm.name);
      if (!context.json) say(`${paint('green', '✓')} ${context.text('cli.removed', { vm: vm.name })}`);
    }
    return removeLeftovers(opened.planned, endpoints, names, inventories.value, signal);
  });
}

const once = (work: () => void): (() => void) => {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
};

/** Removes empty folders that an interrupted deployment left on storage, if no machine has that name. */
async function removeLeftovers(
  { plan }: PlannedSite,
  endpoints: readonly OpenedEndpoint[],
  removed: readonly string[],
  inventories: readonly EndpointInventory[],
  signal: AbortSignal,
): Promise<Result<void>> {
  const found = inventories.flatMap(({ machines }) => machines.map(({ name }) => name));
  const left = new Set(found.filter((name) => !removed.includes(name)));
  const names = plan.vms.map(({ name }) => name).filter((name) => !left.has(name));
  for (const { opened } of endpoints) {
    if (!opened.ok) continue;
    if (signal.aborted) return fail(cancelled);
    const tidied = await opened.value.removeLeftovers(names, signal);
    if (!tidied.ok) return tidied;
  }
  return ok(undefined);
}
