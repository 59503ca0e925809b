/** Rules over the inventories of the real infrastructure. They change nothing. */
import type { Observation } from '../base/findings.ts';
import { endpointNeeds, type EndpointNeed } from '../deploy/capacity.ts';
import { isOurs } from '../deploy/ownership.ts';
import { bytesPerGb } from '../plan/model.ts';
import type { EndpointInventory, EndpointReading, Place } from '../platform/inventory.ts';
import { isMismatch, layoutNamed, layoutOf } from '../platform/layout.ts';
import type { EndpointLayout } from '../platform/platform.ts';
import { platformRules } from './platform-rules.ts';
import type { Context, Rule } from './rule.ts';
import { gatewayMediaRules } from './gateway-rules.ts';
import { secondEdgeRules } from './second-edge-rules.ts';

/** Highest ratio of vCPU to hardware threads, by common practice for latency-sensitive servers. */
export const vcpuPerThread = 4;

const readings = ({ facts }: Context): readonly EndpointReading[] => facts?.endpoints ?? [];

const inventories = (context: Context): EndpointInventory[] =>
  readings(context).flatMap(({ inventory }) => (inventory === undefined ? [] : [inventory]));

/** `rest` is a path in the section of the data centre's platform. */
function pathOf({ site }: Context, datacentre: string, rest: string): string {
  const index = site.datacentres.findIndex(({ name }) => name === datacentre);
  return `datacentres.${index}.${site.datacentres[index]?.platform ?? ''}.${rest}`;
}

const endpointAt = ({ site }: Context, { datacentre, endpointIndex }: Place): EndpointLayout | undefined =>
  layoutNamed(site.datacentres, datacentre)?.endpoints[endpointIndex];

const pathOfEndpoint = (context: Context, place: Place): string =>
  pathOf(context, place.datacentre, endpointAt(context, place)?.path ?? '');

/** Every endpoint of the site file and its path. */
const endpointsOf = ({ site }: Context): { readonly endpoint: EndpointLayout; readonly path: string }[] =>
  site.datacentres.flatMap((datacentre, index) =>
    (layoutOf(datacentre)?.endpoints ?? []).map((endpoint) => ({
      endpoint,
      path: `datacentres.${index}.${datacentre.platform}.${endpoint.path}`,
    })),
  );

const needs = (context: Context): EndpointNeed[] =>
  context.plan === undefined ? [] : endpointNeeds(context.plan, context.site.datacentres, inventories(context));

/** Whole GB: a need is rounded up, free capacity down. */
const neededGb = (bytes: number): number => Math.ceil(bytes / bytesPerGb);
const freeGb = (bytes: number): number => Math.floor(bytes / bytesPerGb);

const sameFingerprint = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();

/** Times are ISO 8601 in UTC, with or without milliseconds. */
const isLater = (time: string, than: string): boolean => Date.parse(time) > Date.parse(than);

const base = { step: 'infrastructure', severity: 'fail', path: 'datacentres' } as const;

export const infrastructureRules: readonly Rule[] = [
  {
    ...base,
    id: 'infrastructure.password',
    needs: ['secrets'],
    applies: (context) => endpointsOf(context).some(({ endpoint }) => endpoint.secret !== undefined),
    check: (context) => {
      const names = new Set(context.facts?.secrets?.names);
      const { failure } = context.facts?.secrets ?? {};
      if (failure) return [{ status: 'error', variant: 'store', params: { code: failure.code } }];
      return endpointsOf(context).flatMap(({ endpoint, path }): Observation[] => {
        const secret = endpoint.secret?.(context.site.site.name);
        return secret === undefined || names.has(secret) ? [] : [{ path, params: { endpoint: endpoint.url, secret } }];
      });
    },
  },
  {
    ...base,
    id: 'infrastructure.pinned',
    needs: [],
    applies: (context) => endpointsOf(context).some(({ endpoint }) => endpoint.pin !== undefined),
    check: (context) =>
      endpointsOf(context).flatMap(({ endpoint: { url, pin }, path }): Observation[] =>
        pin !== undefined && pin.value === undefined ? [{ path, params: { endpoint: url } }] : [],
      ),
  },
  {
    ...base,
    id: 'infrastructure.reachable',
    needs: ['endpoints'],
    check: (context) =>
      readings(context).flatMap((one): Observation[] => {
        if (one.failure === undefined) return [];
        // A wrong fingerprint has its own rule. The endpoint did answer.
        if (isMismatch(one.failure.code)) return [];
        const path = pathOfEndpoint(context, one);
        const [area, name = ''] = one.failure.code.split('.');
        const variant = area === 'secrets' ? 'store' : area === 'files' ? 'laptop' : name;
        return [{ path, variant, params: { endpoint: one.url, code: one.failure.code, ...one.failure.params } }];
      }),
  },
  {
    ...base,
    id: 'infrastructure.fingerprint',
    needs: ['endpoints'],
    check: (context) =>
      readings(context).flatMap((one): Observation[] => {
        const pin = endpointAt(context, one)?.pin;
        const shown = one.inventory?.fingerprint ?? one.shownFingerprint;
        if (pin?.value === undefined || shown === undefined || sameFingerprint(pin.value, shown)) return [];
        const path = pathOf(context, one.datacentre, pin.path);
        return [{ path, params: { endpoint: one.url, pinned: pin.value, shown } }];
      }),
  },
  {
    ...base,
    id: 'infrastructure.writable',
    needs: ['endpoints'],
    check: (context) =>
      inventories(context).flatMap((one): Observation[] =>
        one.writable ? [] : [{ path: pathOfEndpoint(context, one), params: { endpoint: one.url } }],
      ),
  },
  ...platformRules('inventory'),
  {
    ...base,
    id: 'infrastructure.cpu',
    needs: ['plan', 'endpoints'],
    check: (context) =>
      needs(context).flatMap(({ inventory, starting, vcpu, threads }): Observation[] => {
        if (starting.length === 0) return [];
        const path = pathOfEndpoint(context, inventory);
        const params = { endpoint: inventory.url, vcpu, threads, limit: threads * vcpuPerThread };
        const largestHost = Math.max(0, ...inventory.hosts.map((host) => host.threads));
        const tooWide = starting.find((vm) => vm.vcpu > largestHost);
        if (tooWide) {
          return [
            { path, variant: 'vm', params: { ...params, vm: tooWide.name, vmVcpu: tooWide.vcpu, host: largestHost } },
          ];
        }
        if (vcpu > threads * vcpuPerThread) return [{ path, params }];
        return vcpu > threads ? [{ path, status: 'warn', params }] : [];
      }),
  },
  {
    ...base,
    id: 'infrastructure.memory',
    needs: ['plan', 'endpoints'],
    check: (context) =>
      needs(context).flatMap(({ inventory, neededMemoryBytes, freeMemoryBytes }): Observation[] =>
        neededMemoryBytes > Math.max(0, freeMemoryBytes)
          ? [
              {
                path: pathOfEndpoint(context, inventory),
                params: { endpoint: inventory.url, needed: neededGb(neededMemoryBytes), free: freeGb(freeMemoryBytes) },
              },
            ]
          : [],
      ),
  },
  {
    ...base,
    id: 'infrastructure.disk',
    needs: ['plan', 'endpoints'],
    check: (context) =>
      needs(context).flatMap(({ inventory, layout, storage: spaces }) =>
        spaces.flatMap(({ storage, neededBytes, freeBytes }): Observation[] =>
          neededBytes > Math.max(0, freeBytes) && inventory.storage.some(({ name }) => name === storage)
            ? [
                {
                  path: pathOf(context, inventory.datacentre, layout.storagePath),
                  params: { endpoint: inventory.url, storage, needed: neededGb(neededBytes), free: freeGb(freeBytes) },
                },
              ]
            : [],
        ),
      ),
  },
  {
    ...base,
    id: 'infrastructure.names',
    needs: ['plan', 'endpoints'],
    check: (context) => {
      const planned = new Set(context.plan?.vms.map(({ name }) => name));
      return inventories(context).flatMap((endpoint) =>
        endpoint.machines.flatMap((vm): Observation[] =>
          planned.has(vm.name) && !isOurs(context.site.site.name, vm)
            ? [{ path: 'site.name', params: { vm: vm.name, endpoint: endpoint.url } }]
            : [],
        ),
      );
    },
  },
  ...secondEdgeRules,
  {
    ...base,
    id: 'infrastructure.media',
    path: 'media',
    needs: ['media'],
    check: ({ facts }) => {
      const media = facts?.media;
      if (media?.failure) return [{ params: { ...media.failure.params, code: media.failure.code } }];
      const unread = media?.facts?.images.some(({ verifiedAt }) => verifiedAt === undefined) ?? false;
      return unread ? [{ status: 'pending', variant: 'reading' }] : [];
    },
  },
  {
    ...base,
    id: 'infrastructure.images',
    path: 'media',
    needs: ['plan', 'media'],
    check: ({ plan, facts }) => {
      const media = facts?.media?.facts;
      if (media === undefined) return [];
      const needed = [...new Set(plan?.vms.map(({ component }) => component))];
      return needed.flatMap((component): Observation[] => {
        const image = media.images.find(({ components }) => components.includes(component));
        if (image === undefined) return [{ params: { component, folder: media.folder } }];
        const { file } = image;
        // All VMs of a component have the same hardware.
        const vm = plan?.vms.find((one) => one.component === component);
        const disks = (vm?.disks ?? []).flatMap(({ sizeGb }, position): Observation[] => {
          const hasGb = Math.ceil((image.diskCapacityBytes[position] ?? 0) / bytesPerGb);
          const params = { component, file, disk: position + 1, planned: sizeGb, has: hasGb };
          return hasGb > sizeGb ? [{ variant: 'disk', params }] : [];
        });
        const nics = vm?.nics.length ?? 0;
        const params = { component, file, planned: nics, has: image.nics.length };
        if (image.nics.length < nics) return [...disks, { variant: 'nics', params }];
        return image.nics.length > nics ? [...disks, { status: 'warn', variant: 'nics-more', params }] : disks;
      });
    },
  },
  {
    ...base,
    id: 'infrastructure.handover',
    severity: 'warn',
    path: 'media',
    needs: ['media'],
    // It is reported before the VMs exist. Source: media-and-handover, "Handover: what ALE receives".
    check: ({ site, facts }) => {
      const media = facts?.media?.facts;
      if (media === undefined) return [];
      const observations: Observation[] = [];
      if (media.peers.length === 0) observations.push({ variant: 'peers' });
      if (media.recipients.length + site.handover.recipients.length === 0) observations.push({ variant: 'recipients' });
      return observations;
    },
  },
  ...gatewayMediaRules,
  {
    ...base,
    id: 'infrastructure.clock',
    severity: 'warn',
    path: '',
    needs: ['endpoints'],
    check: ({ facts }) => {
      if (facts === undefined) return [];
      const now = facts.now;
      const dates = (facts.endpoints ?? []).flatMap(({ url, inventory }) =>
        inventory?.certificate === undefined ? [] : [{ url, notBefore: inventory.certificate.notBefore }],
      );
      const early = dates.find(({ notBefore }) => isLater(notBefore, now));
      if (early) return [{ params: { now, evidence: early.url, than: early.notBefore } }];
      const media = facts.media?.facts;
      return media && (media.clockSuspect || isLater(media.created, now))
        ? [{ params: { now, evidence: media.release, than: media.created } }]
        : [];
    },
  },
];
