/** Rules for data centres, hosts, datastores and port groups as written. Source: the overview's infrastructure rules. */
import { losses } from '../plan/footprint/survival.ts';
import { shownEndpoint } from '../network/endpoint-url.ts';
import type { Datacentre } from '../site/schema.ts';
import type { Observation, Rule } from './rule.ts';

const step = 'infrastructure' as const;
const path = 'datacentres';

/** Round trip between data centres, in milliseconds. */
export const maxRttMs = 5;

/** A vCenter places servers on its own; its fields in the site file give it away. */
const isVcenter = ({ vsphere }: Datacentre): boolean =>
  vsphere?.cluster !== undefined || vsphere?.datacenter !== undefined || vsphere?.resourcePool !== undefined;

/** Later entries whose key was there before. */
const repeated = <T>(items: readonly T[], key: (item: T) => string): { readonly item: T; readonly index: number }[] => {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const known = seen.has(key(item));
    seen.add(key(item));
    return known ? [{ item, index }] : [];
  });
};

const perDatacentre =
  (look: (datacentre: Datacentre, at: string) => readonly Observation[]): Rule['check'] =>
  ({ site }) =>
    site.datacentres.flatMap((datacentre, index) => look(datacentre, `${path}.${index}`));

export const datacentreRules: readonly Rule[] = [
  {
    id: 'datacentres.names',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) =>
      repeated(site.datacentres, ({ name }) => name).map(({ item, index }) => ({
        path: `${path}.${index}.name`,
        params: { name: item.name },
      })),
  },
  {
    id: 'datacentres.vsphere',
    step,
    severity: 'warn',
    path,
    needs: [],
    // Where vSphere lacks its section, the judge names each missing field.
    check: perDatacentre(({ name, platform, vsphere }, at) =>
      platform !== 'vsphere' && vsphere !== undefined ? [{ path: `${at}.vsphere`, params: { name, platform } }] : [],
    ),
  },
  {
    id: 'datacentres.platform',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre(({ name, platform }, at) =>
      platform === 'vsphere' ? [] : [{ path: `${at}.platform`, params: { name, platform } }],
    ),
  },
  {
    id: 'datacentres.hosts',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre((datacentre, at) =>
      datacentre.vsphere?.endpoints.length === 1 && !isVcenter(datacentre)
        ? [{ path: `${at}.vsphere.endpoints`, params: { name: datacentre.name } }]
        : [],
    ),
  },
  {
    id: 'datacentres.endpoints-unique',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) => {
      const endpoints = site.datacentres.flatMap(({ vsphere }, index) =>
        (vsphere?.endpoints ?? []).map(({ url }, number) => ({
          url,
          at: `${path}.${index}.vsphere.endpoints.${number}.url`,
        })),
      );
      return repeated(endpoints, ({ url }) => shownEndpoint(url)).map(({ item }) => ({
        path: item.at,
        params: { url: item.url },
      }));
    },
  },
  {
    id: 'datacentres.vcenter-alone',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: perDatacentre((datacentre, at) =>
      isVcenter(datacentre) && (datacentre.vsphere?.endpoints.length ?? 0) > 1
        ? [{ path: `${at}.vsphere.endpoints`, params: { name: datacentre.name } }]
        : [],
    ),
  },
  {
    id: 'datacentres.datastores-distinct',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre(({ vsphere }, at) =>
      vsphere !== undefined && vsphere.datastores.standard === vsphere.datastores.premium
        ? [{ path: `${at}.vsphere.datastores.premium`, params: { datastore: vsphere.datastores.premium } }]
        : [],
    ),
  },
  {
    id: 'datacentres.port-groups-distinct',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre(({ vsphere }, at) =>
      vsphere !== undefined && vsphere.networks.lan === vsphere.networks.wan
        ? [{ path: `${at}.vsphere.networks.wan`, params: { portGroup: vsphere.networks.wan } }]
        : [],
    ),
  },
  {
    id: 'datacentres.survives-loss',
    step,
    severity: 'fail',
    path,
    needs: ['plan'],
    // Servers know their data centre by its name.
    applies: ({ site }) => site.datacentres.length > 1 && repeated(site.datacentres, ({ name }) => name).length === 0,
    check: ({ plan }) =>
      (plan === undefined ? [] : losses(plan)).flatMap(({ datacentre, gone, minority }): Observation[] => [
        ...gone.map((component): Observation => ({ params: { datacentre, component } })),
        ...(minority.length === 0
          ? []
          : [{ status: 'warn' as const, params: { datacentre, components: minority.join(', ') } }]),
      ]),
  },
  {
    id: 'network.datacentre-rtt',
    step: 'network',
    severity: 'fail',
    path: 'network.interDatacentreRttMs',
    needs: [],
    applies: ({ site }) => site.datacentres.length > 1,
    check: ({ site }) => {
      const rtt = site.network.interDatacentreRttMs;
      if (rtt === undefined) return [{ status: 'pending' }];
      return rtt > maxRttMs ? [{ params: { rtt, limit: maxRttMs } }] : [];
    },
  },
  {
    id: 'network.datacentre-layer2',
    step: 'network',
    severity: 'fail',
    path: 'network.lan.vlan',
    needs: [],
    applies: ({ site }) => site.datacentres.length > 1,
    // Whether a VLAN really spans the sites shows only on the spot; without its number nobody can configure it.
    check: ({ site: { network } }) => [
      ...(network.lan.vlan === undefined ? [{ status: 'pending' as const, params: { network: 'LAN' } }] : []),
      ...(network.wan.vlan === undefined
        ? [{ status: 'pending' as const, path: 'network.wan.vlan', params: { network: 'WAN' } }]
        : []),
    ],
  },
];
