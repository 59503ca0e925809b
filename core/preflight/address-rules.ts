/** Rules for pins and for the finished address plan. */
import { sizeFootprint } from '../plan/footprint/size.ts';
import { contains, formatCidr, ipv4Number, subnetOf } from '../network/ipv4.ts';
import { pinTarget, type PinProblem, type ReadPin, readPins } from '../plan/network/pins.ts';
import { nearestName } from '../site/nearest-name.ts';
import { components, type Site } from '../site/schema.ts';
import type { Observation } from '../base/findings.ts';
import type { Rule } from './rule.ts';

const step = 'network' as const;
const path = 'network.addresses';

const problem = ({ name, path: at, fault }: PinProblem): Observation => {
  switch (fault.kind) {
    case 'unknown-name': {
      const stem = nearestName(name.replace(/-[0-9]+$/, ''), [...components]);
      return {
        path: at,
        variant: stem === undefined ? 'unknown-name' : 'did-you-mean',
        params: { name, meant: stem ?? '' },
      };
    }
    case 'not-in-option':
      return { path: at, status: 'warn', variant: 'not-in-option', params: { name } };
    case 'no-such-network':
      return { path: at, variant: 'no-such-network', params: { name, network: fault.network.toUpperCase() } };
    case 'too-many':
      return { path: at, variant: 'too-many', params: { name, allowed: fault.allowed } };
    case 'address':
      return { path: at, variant: fault.fault, params: { name, text: fault.address } };
  }
};

const pinsOf = (site: Site): { pins: readonly ReadPin[]; problems: readonly PinProblem[] } =>
  readPins(site.network.addresses, sizeFootprint(site).option);

const outside = (site: Site, pin: ReadPin): Observation[] => {
  const subnet = subnetOf(site.network[pin.network].cidr);
  if (subnet === undefined) return [];
  const { address } = pin;
  const params = { name: pin.name, cidr: formatCidr(subnet), network: pin.network.toUpperCase() };
  if (!contains(subnet, address)) return [{ path: pin.path, variant: 'outside', params }];
  if (address === subnet.network) return [{ path: pin.path, variant: 'network-address', params }];
  if (address === subnet.broadcast) return [{ path: pin.path, variant: 'broadcast', params }];
  const gateway = ipv4Number(site.network.wan.gateway);
  return pin.network === 'wan' && address === gateway ? [{ path: pin.path, variant: 'gateway', params }] : [];
};

export const addressRules: readonly Rule[] = [
  {
    id: 'network.pins',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) => pinsOf(site).problems.map(problem),
  },
  {
    id: 'network.pins-inside',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) => pinsOf(site).pins.flatMap((pin) => outside(site, pin)),
  },
  {
    id: 'network.pins-unique',
    step,
    severity: 'fail',
    path,
    needs: [],
    check: ({ site }) => {
      const owners = new Map<number, string>();
      const { pins } = pinsOf(site);
      return pins.flatMap(({ name, path: at, address }): Observation[] => {
        const other = owners.get(address);
        owners.set(address, other ?? name);
        return other === undefined ? [] : [{ path: at, params: { name, other } }];
      });
    },
  },
  {
    id: 'network.pins-used',
    step,
    severity: 'warn',
    path,
    needs: ['plan'],
    check: ({ site, plan }) => {
      const names = new Set([
        ...(plan?.vms ?? []).map(({ component, index }) => `${component}-${index}`),
        ...(plan?.vips ?? []).map(({ name }) => name),
      ]);
      return Object.keys(site.network.addresses).flatMap((name) =>
        pinTarget(name) === undefined || names.has(name) ? [] : [{ path: `${path}.${name}`, params: { name } }],
      );
    },
  },
  {
    id: 'network.lan-gateway',
    step,
    severity: 'fail',
    path: 'network.lan.gateway',
    needs: ['plan'],
    applies: ({ site }) => site.network.lan.gateway !== undefined,
    check: ({ site, plan }) => {
      const gateway = site.network.lan.gateway ?? '';
      const vip = plan?.lan.gateway ?? '';
      return gateway === vip ? [] : [{ params: { gateway, vip } }];
    },
  },
  {
    id: 'network.addresses',
    step,
    severity: 'fail',
    path: 'network',
    needs: ['plan'],
    check: ({ plan }) => {
      if (plan === undefined) return [];
      const owners = new Map<string, string>([[plan.wan.gateway, 'gateway']]);
      const subnets = { lan: subnetOf(plan.lan.cidr), wan: subnetOf(plan.wan.cidr) };
      const all = [
        ...plan.vips.map(({ name, network, address }) => ({ name, network, address })),
        ...plan.vms.flatMap(({ name, nics }) =>
          nics.flatMap(({ network, addresses }) => addresses.map((address) => ({ name, network, address }))),
        ),
      ];
      return all.flatMap(({ name, network, address }): Observation[] => {
        const other = owners.get(address);
        owners.set(address, other ?? name);
        if (other !== undefined) return [{ variant: 'twice', params: { name, other, address } }];
        const number = ipv4Number(address);
        const subnet = subnets[network];
        const inside = number !== undefined && subnet !== undefined && contains(subnet, number);
        return inside ? [] : [{ variant: 'outside', params: { name, address, network: network.toUpperCase() } }];
      });
    },
  },
];
