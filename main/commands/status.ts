/** `status`: compares the inventory of a site with its plan. */
import type { Drift } from '../../core/deploy/reconcile.ts';
import { compareInventory } from '../../core/deploy/comparison.ts';
import { allInventories, readEndpoints, withEndpoints } from '../runner/endpoints.ts';
import { type CommandContext, paint, print, report, say } from './context.ts';
import { openSite } from './open-site.ts';

/** Plan against inventory: exit code 0 also if VMs are missing, since that is no failure. */
export async function run(context: CommandContext, file: string): Promise<number> {
  const opened = await openSite(context, file);
  if (!opened.ok) return report(context, opened.failure);
  const { services, planned } = opened.value;
  const readings = await withEndpoints(services, planned.site, (endpoints) => readEndpoints(endpoints, context.signal));
  const inventories = allInventories(readings);
  if (!inventories.ok) return report(context, inventories.failure);
  const { vms, unplanned } = compareInventory(planned.plan, planned.site.datacentres, inventories.value);
  const done = vms.filter((vm) => vm.status === 'as-planned').map((vm) => vm.planned.name);
  const missing = vms
    .filter((vm) => vm.status !== 'as-planned' && vm.status !== 'differs')
    .map((vm) => ({ vm: vm.planned.name, status: vm.status }));
  const drift: Drift[] = [
    ...vms.flatMap((vm) =>
      vm.deviations.map(({ what, planned: wanted, found }) => ({ vm: vm.planned.name, what, planned: wanted, found })),
    ),
    ...unplanned.map(({ vm: { name } }) => ({ vm: name, what: 'unplanned-vm' as const, planned: '', found: name })),
  ];
  print(context, { done, missing, drift }, () => {
    for (const vm of done) say(`${paint('green', '✓')} ${vm}`);
    for (const one of missing)
      say(`${paint('yellow', '…')} ${one.vm}  ${context.text(`summary.vm-status.${one.status}`)}`);
    for (const { vm, what, planned: wanted, found } of drift) {
      say(`${paint('yellow', '!')} ${context.text(`deploy.drift.${what}`, { vm, planned: wanted, found })}`);
    }
    say(context.text('cli.status', { done: done.length, missing: missing.length, drift: drift.length }));
  });
  return 0;
}
