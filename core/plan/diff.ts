/** Differences between two versions of a site, in words for the people who prepare and operate it. */
import type { MessageParams } from '../base/errors.ts';
import type { Plan, PlannedVm } from './model.ts';
import type { Text } from '../base/text.ts';

/** One sentence under `plan.diff.<kind>`. `moves`: an existing server would have to be touched. */
export interface PlanDifference {
  readonly kind: string;
  readonly params: MessageParams;
  readonly moves: boolean;
}

const difference = (kind: string, params: MessageParams, moves = false): PlanDifference => ({ kind, params, moves });

const short = (plan: Plan, vm: PlannedVm): string => vm.name.slice(plan.site.length + 1);

const disksOf = (vm: PlannedVm): string =>
  vm.disks.map(({ sizeGb, class: kind }) => (kind === 'premium' ? `${sizeGb} P` : `${sizeGb}`)).join(' + ');

const addressesOf = (vm: PlannedVm): string => vm.nics.flatMap(({ addresses }) => addresses).join(' ');

const placeOf = (vm: PlannedVm): string => `${vm.datacentre} ${vm.endpointIndex + 1}`;

const changed = (kind: string, server: string, from: string | number, to: string | number): PlanDifference[] =>
  from === to ? [] : [difference(kind, { server, from, to }, true)];

const serverChanges = (before: Plan, after: Plan): PlanDifference[] => {
  const old = new Map(before.vms.map((vm) => [short(before, vm), vm]));
  const newVms = new Map(after.vms.map((vm) => [short(after, vm), vm]));
  return [
    ...[...newVms].flatMap(([server, vm]) => {
      if (old.has(server)) return [];
      const { vcpu, memoryGb, datacentre } = vm;
      return [difference('server-added', { server, vcpu, memoryGb, datacentre, addresses: addressesOf(vm) })];
    }),
    ...[...old].flatMap(([server]) => (newVms.has(server) ? [] : [difference('server-removed', { server }, true)])),
    ...[...newVms].flatMap(([server, vm]) => {
      const was = old.get(server);
      if (was === undefined) return [];
      return [
        ...changed('server-vcpu', server, was.vcpu, vm.vcpu),
        ...changed('server-memory', server, was.memoryGb, vm.memoryGb),
        ...changed('server-disks', server, disksOf(was), disksOf(vm)),
        ...changed('server-address', server, addressesOf(was), addressesOf(vm)),
        ...changed('server-place', server, placeOf(was), placeOf(vm)),
      ];
    }),
  ];
};

const vipChanges = (before: Plan, after: Plan): PlanDifference[] => {
  const old = new Map(before.vips.map(({ name, address }) => [name, address]));
  const newNames = new Set(after.vips.map(({ name }) => name));
  return [
    ...after.vips.flatMap(({ name, address }) => {
      const was = old.get(name);
      if (was === undefined) return [difference('vip-added', { vip: name, address })];
      return was === address ? [] : [difference('vip-address', { vip: name, from: was, to: address }, true)];
    }),
    ...before.vips.flatMap(({ name }) => (newNames.has(name) ? [] : [difference('vip-removed', { vip: name }, true)])),
  ];
};

/** Lines of one table that are missing in the other. Each line is compared as a whole. */
const lines = <T>(before: readonly T[], after: readonly T[], key: (line: T) => string) => {
  const old = new Set(before.map(key));
  const newKeys = new Set(after.map(key));
  return {
    added: after.filter((line) => !old.has(key(line))),
    removed: before.filter((line) => !newKeys.has(key(line))),
  };
};

const tableChanges = (before: Plan, after: Plan): PlanDifference[] => {
  const dns = lines(before.dns, after.dns, ({ name, type, value }) => `${name} ${type} ${value}`);
  const rules = lines(
    before.firewall,
    after.firewall,
    (row) => `${row.action} ${row.source} ${row.destination} ${row.protocol} ${row.port}`,
  );
  return [
    ...dns.added.map(({ name, type, value }) => difference('dns-added', { name, type, value })),
    ...dns.removed.map(({ name, type, value }) => difference('dns-removed', { name, type, value })),
    ...rules.added.map((row) =>
      difference(`firewall-added-${row.action}`, {
        source: row.source,
        destination: row.destination,
        protocol: row.protocol,
        port: row.port,
      }),
    ),
    ...rules.removed.map((row) =>
      difference(`firewall-removed-${row.action}`, {
        source: row.source,
        destination: row.destination,
        protocol: row.protocol,
        port: row.port,
      }),
    ),
  ];
};

/** The differences between two plans. The first plan is the one that may be deployed already. */
export function planDifferences(before: Plan, after: Plan): readonly PlanDifference[] {
  const head: PlanDifference[] = [];
  if (before.site !== after.site) head.push(difference('site-name', { from: before.site, to: after.site }, true));
  if (before.fqdn !== after.fqdn) head.push(difference('fqdn', { from: before.fqdn, to: after.fqdn }, true));
  if (before.footprint.option !== after.footprint.option) {
    head.push(difference('option', { from: before.footprint.option, to: after.footprint.option }, true));
  }
  if (before.footprint.scale !== after.footprint.scale) {
    head.push(difference('scale', { from: before.footprint.scale, to: after.footprint.scale }));
  }
  for (const network of ['lan', 'wan'] as const) {
    const name = network.toUpperCase();
    for (const field of ['cidr', 'gateway', 'vlan'] as const) {
      const [from, to] = [before[network][field] ?? '-', after[network][field] ?? '-'];
      if (from !== to) head.push(difference(`network-${field}`, { network: name, from, to }, true));
    }
  }
  return [...head, ...serverChanges(before, after), ...vipChanges(before, after), ...tableChanges(before, after)];
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list of plain values is one field: its order and length are part of the value. */
const fieldText = (value: unknown): string | undefined => {
  if (isPlain(value)) return String(value);
  return Array.isArray(value) && value.length > 0 && value.every(isPlain) ? value.join(', ') : undefined;
};

const isItemList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && !value.every(isPlain);

/** The name of a list's item, e.g. of a data centre or a host. */
const itemName = (item: unknown): string => {
  if (!isMap(item)) return '';
  return String([item['name'], item['url'], item['role']].find(isPlain) ?? '');
};

/** Positions of items: pairs of equal names first, then the rest in order. A missing side is a new or removed item. */
function pairItems(
  before: readonly unknown[],
  after: readonly unknown[],
): readonly { readonly from?: number; readonly to?: number }[] {
  const free = new Set(before.keys());
  const take = (from: number | undefined): number | undefined => {
    if (from !== undefined) free.delete(from);
    return from;
  };
  const named = after.map((item) => {
    const name = itemName(item);
    return take(name === '' ? undefined : [...free].find((position) => itemName(before[position]) === name));
  });
  const pairs = named.map((same, to) => {
    const from = same ?? take([...free][0]);
    return { to, ...(from === undefined ? {} : { from }) };
  });
  return [...pairs, ...[...free].map((from) => ({ from }))];
}

/** The order counts: the first data centre is the primary one. */
const orderChange = (
  before: readonly unknown[],
  after: readonly unknown[],
  pairs: ReturnType<typeof pairItems>,
  path: string,
): PlanDifference[] => {
  const places = pairs.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [from]));
  if (places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0))) return [];
  const names = (list: readonly unknown[]): string => list.map(itemName).join(', ');
  return [difference('field-item-order', { field: path, from: names(before), to: names(after) })];
};

const itemChanges = (before: readonly unknown[], after: readonly unknown[], path: string): PlanDifference[] => {
  const pairs = pairItems(before, after);
  const items = pairs.flatMap(({ from, to }) => {
    if (from === undefined) return [difference('field-item-added', { field: path, item: itemName(after[to ?? 0]) })];
    if (to === undefined) return [difference('field-item-removed', { field: path, item: itemName(before[from]) })];
    return fieldChanges(before[from], after[to], `${path}.${to}`);
  });
  return [...orderChange(before, after, pairs, path), ...items];
};

function fieldChanges(before: unknown, after: unknown, path: string): PlanDifference[] {
  if (isItemList(before) || isItemList(after)) {
    return itemChanges(Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], path);
  }
  if (isMap(before) || isMap(after)) {
    const [old, now] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    const names = [...Object.keys(now), ...Object.keys(old).filter((name) => !Object.hasOwn(now, name))];
    return names.flatMap((name) => fieldChanges(old[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  const [from, to] = [fieldText(before), fieldText(after)];
  if (from === to) return [];
  if (to === undefined) return [difference('field-removed', { field: path, from: from ?? '' })];
  return from === undefined
    ? [difference('field-added', { field: path, to })]
    : [difference('field-changed', { field: path, from, to })];
}

/**
 * Every field that differs between two site files, complete or not. Items of a list are compared by name; a new or
 * removed item is one difference.
 */
export const siteDifferences = (before: unknown, after: unknown): readonly PlanDifference[] =>
  fieldChanges(before, after, '');

/** One sentence of a comparison in the language of `text`. */
export function differenceInWords(text: Text, { kind, params }: PlanDifference): string {
  const place = (value: string | number | undefined): string => {
    const key = `plan.firewall.place.${value ?? ''}`;
    return text.has(key) ? text(key) : String(value ?? '');
  };
  if (!kind.startsWith('firewall-')) return text(`plan.diff.${kind}`, params);
  return text(`plan.diff.${kind}`, {
    ...params,
    source: place(params['source']),
    destination: place(params['destination']),
  });
}
