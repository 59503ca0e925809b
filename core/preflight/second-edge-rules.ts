/** Rules that find an edge of ours that is there already: a renamed site would become a second one beside it. */
import { addressesOf, siteOf } from '../deploy/ownership.ts';
import type { MessageParams } from '../base/errors.ts';
import type { DeployedSite, SeenVm } from '../platform/inventory.ts';
import type { Finding } from '../base/findings.ts';
import type { NetworkName, Plan } from '../plan/model.ts';
import type { Context, Observation, Rule } from './rule.ts';

const base = { severity: 'fail' } as const;

/** VMs of ours, each once: two data centres of one vCenter see the same VMs. */
function ourVms({ facts }: Context): SeenVm[] {
  const found = new Map<string, SeenVm>();
  for (const { url, seen } of facts?.endpoints ?? []) {
    for (const vm of seen?.vms ?? []) if (siteOf(vm) !== undefined) found.set(`${url} ${vm.moref}`, vm);
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
  /** Whether one of the VMs is connected to a port group that is planned for. */
  isConnected: boolean;
  readonly addresses: Set<string>;
  readonly vms: Set<string>;
}

/** Planned addresses that VMs of another site of ours use, by site and network. */
function clashes(context: Context): Clash[] {
  const planned = context.plan === undefined ? new Map<string, NetworkName>() : networkOfAddress(context.plan);
  const portGroups = new Set(
    context.site.datacentres.flatMap(({ vsphere }) => (vsphere ? [vsphere.networks.lan, vsphere.networks.wan] : [])),
  );
  const found = new Map<string, Clash>();
  for (const vm of ourVms(context)) {
    const site = siteOf(vm) ?? '';
    if (site === context.site.site.name) continue;
    for (const address of addressesOf(vm)) {
      const network = planned.get(address);
      if (network === undefined) continue;
      const key = `${site} ${network}`;
      const clash = found.get(key) ?? { site, network, isConnected: false, addresses: new Set(), vms: new Set() };
      clash.addresses.add(address);
      clash.vms.add(vm.name);
      clash.isConnected ||= vm.nics.some((nic) => portGroups.has(nic.network));
      found.set(key, clash);
    }
  }
  return [...found.values()];
}

const renamed = { id: 'infrastructure.renamed', step: 'site', path: 'site.name' } as const;

const renamedParams = ({ site, vms }: DeployedSite, name: string): MessageParams => ({ site, name, count: vms });

/** What the rule says of a file with another site name than the one that was deployed from it. */
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
      // The inventory is the truth: what was removed there is deployed no longer.
      const isRead = endpoints !== undefined && endpoints.every(({ seen }) => seen !== undefined);
      if (isRead && !ourVms(context).some((vm) => siteOf(vm) === deployed.site)) return [];
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
        // On port groups that are not planned for, the same private addresses may be right: the networks may be separate.
        return isConnected ? { path, params } : { path, params, status: 'warn', variant: 'apart' };
      }),
  },
];
