/** Rules for data centres as written, on every platform. Source: the overview's infrastructure rules. */
import { losses } from '../plan/footprint/survival.ts';
import { shownEndpoint } from '../network/endpoint-url.ts';
import { allPlatforms, automaticSite, layoutOf, platformNamed } from '../platform/layout.ts';
import type { Datacentre } from '../site/schema.ts';
import { maxRttMs } from '../plan/model.ts';
import type { Observation } from '../base/findings.ts';
import { platformRules } from './platform-rules.ts';
import type { Rule } from './rule.ts';

const step = 'infrastructure' as const;
const path = 'datacentres';

/** Later entries with the key of an earlier entry. */
const repeated = <T>(items: readonly T[], key: (item: T) => string): { readonly item: T; readonly index: number }[] => {
  const keys = new Set<string>();
  return items.flatMap((item, index) => {
    const known = keys.has(key(item));
    keys.add(key(item));
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
    // The check of the site file names each missing field of a required section.
    id: 'datacentres.section',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre((datacentre, at) => {
      const { name, platform } = datacentre;
      const others = allPlatforms().filter((one) => one.name !== platform && Object.hasOwn(datacentre, one.name));
      return others.map((one) => ({ path: `${at}.${one.name}`, params: { name, platform, section: one.name } }));
    }),
  },
  {
    id: 'datacentres.platform',
    step,
    severity: 'warn',
    path,
    needs: [],
    check: perDatacentre((datacentre, at) => {
      const { name, platform } = datacentre;
      const isByHand = platformNamed(platform)?.isSectionRequired !== true && automaticSite(datacentre) === undefined;
      return isByHand ? [{ path: `${at}.platform`, params: { name, platform } }] : [];
    }),
  },
  {
    id: 'datacentres.endpoints-unique',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) => {
      const endpoints = site.datacentres.flatMap((datacentre, index) =>
        (layoutOf(datacentre)?.endpoints ?? []).map((endpoint) => ({
          url: endpoint.url,
          at: `${path}.${index}.${datacentre.platform}.${endpoint.path}.url`,
        })),
      );
      return repeated(endpoints, ({ url }) => shownEndpoint(url)).map(({ item }) => ({
        path: item.at,
        params: { url: item.url },
      }));
    },
  },
  ...platformRules('section'),
  {
    id: 'datacentres.survives-loss',
    step,
    severity: 'fail',
    path,
    needs: ['plan'],
    // Servers refer to their data centre by name.
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
    // Only a test on site shows whether a VLAN spans the sites; without its number it cannot be configured.
    check: ({ site: { network } }) => [
      ...(network.lan.vlan === undefined ? [{ status: 'pending' as const, params: { network: 'LAN' } }] : []),
      ...(network.wan.vlan === undefined
        ? [{ status: 'pending' as const, path: 'network.wan.vlan', params: { network: 'WAN' } }]
        : []),
    ],
  },
];
