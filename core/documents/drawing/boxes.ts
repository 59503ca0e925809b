/** The boxes of the drawing: one per component and data centre, with its VMs, addresses and VIPs. */
import type { Plan, PlannedVm } from '../../plan/model.ts';
import type { Component } from '../../site/schema.ts';
import type { Text } from '../../base/text.ts';

export const zones = ['front', 'services', 'data', 'operations'] as const;
export type Zone = (typeof zones)[number];

/** The zone of a component without a WAN address. Components with one are drawn in front. */
const zoneOf: Readonly<Partial<Record<Component, Zone>>> = {
  logs: 'operations',
  backup: 'operations',
  metrics: 'operations',
  datalake: 'operations',
  'message-bus': 'operations',
  'repository-noc': 'operations',
  'messages-db': 'data',
  'business-db': 'data',
  'files-storage': 'data',
  'object-storage': 'data',
};

export interface BoxRow {
  readonly kind: 'lan' | 'wan' | 'vip' | 'more';
  /** VM name without the site's prefix; empty on the further rows of the same VM. */
  readonly label: string;
  readonly value: string;
}

export interface Box {
  readonly id: string;
  readonly datacentre: string;
  readonly zone: Zone;
  readonly component: Component;
  readonly title: string;
  readonly count: number;
  readonly rows: readonly BoxRow[];
}

/** More VMs than this in one box are counted instead of listed. */
const listedVms = 8;

function rowsOf(plan: Plan, vms: readonly PlannedVm[], text: Text): BoxRow[] {
  const names = new Set(vms.map(({ name }) => name));
  const prefix = `${plan.site}-`;
  const vips = plan.vips.filter(({ members }) => members.some((member) => names.has(member)));
  const rows = vips
    .slice(0, listedVms)
    .map((vip): BoxRow => ({ kind: 'vip', label: text('drawing.vip'), value: vip.address }));
  for (const vm of vms.slice(0, listedVms)) {
    let label = vm.name.startsWith(prefix) ? vm.name.slice(prefix.length) : vm.name;
    for (const nic of vm.nics) {
      for (const value of nic.addresses) {
        rows.push({ kind: nic.network, label, value });
        label = '';
      }
    }
    if (label !== '') rows.push({ kind: 'lan', label, value: '' });
  }
  const rest = vms.length - listedVms;
  if (rest > 0) rows.push({ kind: 'more', label: text('drawing.more', { count: rest }), value: '' });
  return rows;
}

/** Boxes of every data centre, in the plan's order. */
export function boxesOf(plan: Plan, text: Text): readonly Box[] {
  const groups = new Map<string, PlannedVm[]>();
  for (const vm of plan.vms) {
    const id = `${vm.datacentre}/${vm.component}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [vm]);
    else group.push(vm);
  }
  return [...groups].flatMap(([id, vms]): Box[] => {
    const first = vms[0];
    if (first === undefined) return [];
    const inFront = vms.some(({ nics }) => nics.some(({ network }) => network === 'wan'));
    const key = `components.${first.component}`;
    return [
      {
        id,
        datacentre: first.datacentre,
        zone: inFront ? 'front' : (zoneOf[first.component] ?? 'services'),
        component: first.component,
        title: text.has(key) ? text(key) : first.component,
        count: vms.length,
        rows: rowsOf(plan, vms, text),
      },
    ];
  });
}
