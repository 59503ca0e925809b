/**
 * The effect of losing one data centre, and the capacity that the others need for it. Source: the overview's rule of
 * thumb that each of two active data centres is at most half used, so that one can fail.
 */
import type { Plan, PlannedVm } from '../model.ts';
import type { Component } from '../../site/schema.ts';

export interface Load {
  readonly vms: number;
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly diskGb: number;
}

export interface Loss {
  /** The data centre that is lost. */
  readonly datacentre: string;
  readonly lost: Load;
  /** Components with several servers that lose all of them. A plan over several data centres has none. */
  readonly gone: readonly Component[];
  /** Components with several servers that keep fewer than half of them. */
  readonly minority: readonly Component[];
  /**
   * Single servers that are lost. They are restarted in another data centre, from shared storage or from the backup.
   */
  readonly restart: readonly string[];
}

/**
 * The share of its capacity that a data centre may use so that any one of `count` can fail: 1/2 of two, 2/3 of three.
 */
export const allowedUse = (count: number): number => (count < 2 ? 1 : (count - 1) / count);

const loadOf = (vms: readonly PlannedVm[]): Load => {
  const load = { vms: vms.length, vcpu: 0, memoryGb: 0, diskGb: 0 };
  for (const { vcpu, memoryGb, disks } of vms) {
    load.vcpu += vcpu;
    load.memoryGb += memoryGb;
    for (const { sizeGb } of disks) load.diskGb += sizeGb;
  }
  return load;
};

/** What each data centre should offer, so that it is used as little as {@link allowedUse} says. Sizes in GB. */
export function capacityToOffer({
  datacentres,
}: Pick<Plan, 'datacentres'>): readonly (Load & { readonly datacentre: string })[] {
  const use = allowedUse(datacentres.length);
  return datacentres.map(({ name, vms, vcpu, memoryGb, diskGb }) => ({
    datacentre: name,
    vms,
    vcpu: Math.ceil(vcpu / use),
    memoryGb: Math.ceil(memoryGb / use),
    diskGb: Math.ceil(diskGb / use),
  }));
}

/** The loss of each data centre in turn. Empty for a plan with one. */
export function losses({ vms, datacentres }: Pick<Plan, 'vms' | 'datacentres'>): readonly Loss[] {
  if (datacentres.length < 2) return [];
  const groups = new Map<Component, PlannedVm[]>();
  for (const vm of vms) {
    const group = groups.get(vm.component);
    if (group === undefined) groups.set(vm.component, [vm]);
    else group.push(vm);
  }
  return datacentres.map(({ name }) => {
    const gone: Component[] = [];
    const minority: Component[] = [];
    const restart: string[] = [];
    for (const [component, group] of groups) {
      const left = group.filter(({ datacentre }) => datacentre !== name).length;
      if (group.length === 1 && left === 0) restart.push(...group.map((vm) => vm.name));
      else if (left === 0) gone.push(component);
      else if (left * 2 < group.length) minority.push(component);
    }
    return {
      datacentre: name,
      lost: loadOf(vms.filter(({ datacentre }) => datacentre === name)),
      gone,
      minority,
      restart,
    };
  });
}
