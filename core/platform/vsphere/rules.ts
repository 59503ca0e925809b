/** Rules for vSphere only. Source: the overview's infrastructure rules. Paths begin at the section `vsphere`. */
import type { Observation } from '../../base/findings.ts';
import type { PlatformRule } from '../platform.ts';
import { isVcenter, type VsphereSection } from './section.ts';

/** `6.5` is not below `6.5.0`, `10.0` is not below `6.5`. */
export function isOlder(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < than[0] || (major === than[0] && minor < than[1]);
}

const step = 'infrastructure' as const;

export const vsphereRules: readonly PlatformRule<VsphereSection>[] = [
  {
    id: 'vsphere.hosts',
    about: 'section',
    step,
    severity: 'warn',
    check: ({ name, section, path }) =>
      section.endpoints.length === 1 && !isVcenter(section) ? [{ path: `${path}.endpoints`, params: { name } }] : [],
  },
  {
    id: 'vsphere.vcenter-alone',
    about: 'section',
    step,
    severity: 'fail',
    check: ({ name, section, path }) =>
      isVcenter(section) && section.endpoints.length > 1 ? [{ path: `${path}.endpoints`, params: { name } }] : [],
  },
  {
    id: 'vsphere.datastores-distinct',
    about: 'section',
    step,
    severity: 'warn',
    check: ({ section: { datastores }, path }) =>
      datastores.standard === datastores.premium
        ? [{ path: `${path}.datastores.premium`, params: { datastore: datastores.premium } }]
        : [],
  },
  {
    id: 'vsphere.port-groups-distinct',
    about: 'section',
    step,
    severity: 'warn',
    check: ({ section: { networks }, path }) =>
      networks.lan === networks.wan ? [{ path: `${path}.networks.wan`, params: { portGroup: networks.wan } }] : [],
  },
  {
    id: 'vsphere.version',
    about: 'inventory',
    step,
    severity: 'warn',
    check: ({ inventory: { endpointIndex, url, version, product }, path }) =>
      isOlder(version, [6, 5])
        ? [{ path: `${path}.endpoints.${endpointIndex}`, params: { endpoint: url, product } }]
        : [],
  },
  {
    id: 'vsphere.datastores',
    about: 'inventory',
    step,
    severity: 'fail',
    check: ({ inventory, section, path: base }) =>
      (['standard', 'premium'] as const).flatMap((use): Observation[] => {
        const name = section.datastores[use];
        const found = inventory.storage.find((one) => one.name === name);
        const path = `${base}.datastores.${use}`;
        const params = { datastore: name, endpoint: inventory.url };
        if (found === undefined) {
          const known = inventory.storage.map((one) => one.name).join(', ');
          return [{ path, params: { ...params, known } }];
        }
        return found.accessible ? [] : [{ path, variant: 'inaccessible', params }];
      }),
  },
  {
    id: 'vsphere.port-groups',
    about: 'inventory',
    step,
    severity: 'fail',
    check: ({ inventory, section, path }) =>
      (['lan', 'wan'] as const).flatMap((use): Observation[] => {
        const name = section.networks[use];
        if (inventory.networks.includes(name)) return [];
        const known = inventory.networks.join(', ');
        return [{ path: `${path}.networks.${use}`, params: { portGroup: name, endpoint: inventory.url, known } }];
      }),
  },
];
