/** MAC addresses of the planned networks, as the platform reports them after the import. */
import type { Machine } from '../platform/inventory.ts';
import type { NetworkName, Plan } from '../plan/model.ts';
import { recordedPositions } from './nic-order.ts';
import { isOurs, isWhole } from './ownership.ts';

export type MacsByVm = Readonly<Record<string, Readonly<Partial<Record<NetworkName, string>>>>>;

const macPattern = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const blank = '00:00:00:00:00:00';

/** The MAC address of the first NIC on each planned network. */
function macsOf(plan: Plan, machine: Machine): MacsByVm[string] {
  const planned = plan.vms.find(({ name }) => name === machine.name);
  const nics = planned?.nics ?? [];
  const positions = recordedPositions(nics, machine.owner?.nics);
  const macs: Partial<Record<NetworkName, string>> = {};
  for (const [index, { network }] of nics.entries()) {
    const mac = machine.nics[positions[index] ?? index]?.mac.toLowerCase() ?? '';
    if (macPattern.test(mac) && mac !== blank) macs[network] ??= mac;
  }
  return macs;
}

/**
 * The MAC addresses of every planned VM by network, in lower case. Only the site's own whole machines count. Left out:
 * a VM that exists twice, and an address that two NICs have.
 */
export function macsByVm(plan: Plan, machines: readonly Machine[]): MacsByVm {
  const own = new Map<string, Machine[]>();
  for (const machine of machines) {
    const known = own.get(machine.name) ?? [];
    // Two data centres of one vCenter have the same machines.
    const isKnown = known.some(
      ({ id, nics }) =>
        id === machine.id && String(nics.map(({ mac }) => mac)) === String(machine.nics.map(({ mac }) => mac)),
    );
    if (isOurs(plan.site, machine) && isWhole(machine) && !isKnown) own.set(machine.name, [...known, machine]);
  }
  const single = plan.vms.flatMap(({ name }) => {
    const [machine, ...others] = own.get(name) ?? [];
    return machine === undefined || others.length > 0 ? [] : [[name, macsOf(plan, machine)] as const];
  });
  const all = single.flatMap(([, macs]) => Object.values(macs));
  const isUnique = (mac: string): boolean => all.indexOf(mac) === all.lastIndexOf(mac);
  return Object.fromEntries(
    single.map(([name, macs]) => [name, Object.fromEntries(Object.entries(macs).filter(([, mac]) => isUnique(mac)))]),
  );
}
