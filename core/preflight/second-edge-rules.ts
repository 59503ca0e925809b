/** Rules that find an existing edge of this product, since a renamed site would be deployed as a second edge. */
import type { MessageParams } from '../base/errors.ts';
import type { Machine } from '../platform/inventory.ts';
import type { DeployedSite } from './facts.ts';
import type { Finding, Observation } from '../base/findings.ts';
import { layoutOf } from '../platform/layout.ts';
import type { NetworkName, Plan } from '../plan/model.ts';
import type { Context, Rule } from './rule.ts';

const base = { severity: 'fail' } as const;

/** Machines of this product, each once: two data centres of one vCenter have the same machines. */
function ourMachines({ facts }: Context): Machine[] {
  const found = new Map<string, Machine>();
  for (const { url, inventory } of facts?.endpoints ?? []) {
    for (const vm of inventory?.machines ?? []) if (vm.owner !== undefined) found.set(`${url} ${vm.id}`, vm);
  }
  return [...found.values()];
}

/** The network of each planned address, VIPs included. */
const networkOfAddress = ({ vms, vips }: Plan): ReadonlyMap<string, NetworkName> =>
  new Map<string, NetworkName>([
    ...vms.flatMap(({ nics }) =>
      nics.flatMap(({ network, addresses }) => addresses.map((address): [string, NetworkName] => [address, network])),
    ),
    ...vips.map(({ address, network }): [string, NetworkName] => [address, network]),
  ]);

const shortList = (items: readonly string[]): string =>
  items.length <= 4 ? items.join(', ') : `${items.slice(0, 3).join(', ')}, … (${items.length})`;

interface Clash {
  readonly site: string;
  readonly network: NetworkName;
  /** Whether one of the VMs is connected to a planned network. */
  isConnected: boolean;
  readonly addresses: Set<string>;
  readonly vms: Set<string>;
}

/** Planned addresses that VMs of another site of this product use, by site and network. */
function clashes(context: Context): Clash[] {
  const planned = context.plan === undefined ? new Map<string, NetworkName>() : networkOfAddress(context.plan);
  const networks = new Set(
    context.site.datacentres.flatMap((datacentre) => Object.values(layoutOf(datacentre)?.networks ?? {})),
  );
  const found = new Map<string, Clash>();
  for (const vm of ourMachines(context)) {
    const site = vm.owner?.site ?? '';
    if (site === context.site.site.name) continue;
    for (const address of vm.addresses) {
      const network = planned.get(address);
      if (network === undefined) continue;
      const key = `${site} ${network}`;
      const clash = found.get(key) ?? { site, network, isConnected: false, addresses: new Set(), vms: new Set() };
      clash.addresses.add(address);
      clash.vms.add(vm.name);
      clash.isConnected ||= vm.nics.some((nic) => networks.has(nic.network));
      found.set(key, clash);
    }
  }
  return [...found.values()];
}

const renamed = { id: 'infrastructure.renamed', step: 'site', path: 'site.name' } as const;

const renamedParams = ({ site, vms }: DeployedSite, name: string): MessageParams => ({ site, name, count: vms });

/** The finding for a file whose site name differs from the deployed one. */
export const renamedSite = (deployed: DeployedSite, name: string): Finding => {
  const { id: rule, step, path } = renamed;
  return { rule, status: base.severity, step, path, params: renamedParams(deployed, name) };
};

export const secondEdgeRules: readonly Rule[] = [
  {
    ...base,
    ...renamed,
    needs: ['deployed'],
    check: (context) => {
      const { deployed, endpoints } = context.facts ?? {};
      const { name } = context.site.site;
      if (!deployed || deployed.site === name) return [];
      // The inventory decides: VMs that are gone are no longer deployed.
      const isRead = endpoints !== undefined && endpoints.every(({ inventory }) => inventory !== undefined);
      if (isRead && !ourMachines(context).some((vm) => vm.owner?.site === deployed.site)) return [];
      return [{ params: renamedParams(deployed, name) }];
    },
  },
  {
    ...base,
    id: 'infrastructure.addresses',
    step: 'network',
    path: 'network.lan.cidr',
    needs: ['plan', 'endpoints'],
    check: (context) =>
      clashes(context).map(({ site, network, isConnected, addresses, vms }): Observation => {
        const params = {
          site,
          name: context.site.site.name,
          addresses: shortList([...addresses]),
          vms: shortList([...vms]),
        };
        const path = `network.${network}.cidr`;
        // On other networks, the same private addresses may be right, since the networks may be separate.
        return isConnected ? { path, params } : { path, params, status: 'warn', variant: 'apart' };
      }),
  },
];
