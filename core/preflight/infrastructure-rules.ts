/** Rules over what the real infrastructure showed. They change nothing. */
import { bytesPerGb } from '../plan-model.ts';
import { isOurs } from '../ownership.ts';
import type { EndpointFacts, SeenEndpoint } from '../facts.ts';
import type { Endpoint } from '../site/schema.ts';
import { endpointNeeds, type EndpointNeed } from '../deploy/capacity.ts';
import { vsphereSecretName } from '../site/secret-name.ts';
import type { Context, Observation, Rule } from './rule.ts';
import { gatewayMediaRules } from './gateway-rules.ts';
import { secondEdgeRules } from './second-edge-rules.ts';

/** Physical threads that one host's VMs may share, by common practice for latency-sensitive servers. */
export const vcpuPerThread = 4;

const asked = ({ facts }: Context): readonly EndpointFacts[] => facts?.endpoints ?? [];

const seen = (context: Context): SeenEndpoint[] =>
  asked(context).flatMap((one) => (one.seen === undefined ? [] : [one.seen]));

const pathOf = ({ site }: Context, datacentre: string, rest: string): string =>
  `datacentres.${site.datacentres.findIndex(({ name }) => name === datacentre)}.vsphere.${rest}`;

const configured = (
  { site }: Context,
  { datacentre, endpoint }: { datacentre: string; endpoint: number },
): Endpoint | undefined => site.datacentres.find(({ name }) => name === datacentre)?.vsphere?.endpoints[endpoint];

const needs = (context: Context): EndpointNeed[] =>
  context.plan === undefined ? [] : endpointNeeds(context.plan, context.site.datacentres, seen(context));

/** Whole GB: a need is rounded up, free room down. */
const neededGb = (bytes: number): number => Math.ceil(bytes / bytesPerGb);
const freeGb = (bytes: number): number => Math.floor(bytes / bytesPerGb);

const sameFingerprint = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();

/** `6.5` is not below `6.5.0`, `10.0` is not below `6.5`. */
export function isOlder(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < than[0] || (major === than[0] && minor < than[1]);
}

/** Times are ISO 8601 in UTC, with or without milliseconds. */
const isLater = (time: string, than: string): boolean => Date.parse(time) > Date.parse(than);

const hasVsphere = ({ site }: Context): boolean => site.datacentres.some(({ vsphere }) => vsphere !== undefined);

const base = { step: 'infrastructure', severity: 'fail', path: 'datacentres' } as const;

export const infrastructureRules: readonly Rule[] = [
  {
    ...base,
    id: 'infrastructure.password',
    needs: ['secrets'],
    applies: hasVsphere,
    check: (context) => {
      const names = new Set(context.facts?.secrets?.names);
      const { failure } = context.facts?.secrets ?? {};
      if (failure) return [{ status: 'error', variant: 'store', params: { code: failure.code } }];
      return context.site.datacentres.flatMap((datacentre) =>
        (datacentre.vsphere?.endpoints ?? []).flatMap(({ url }, index): Observation[] => {
          const name = vsphereSecretName(url);
          if (!name.ok || names.has(name.value)) return [];
          const path = pathOf(context, datacentre.name, `endpoints.${index}`);
          return [{ path, params: { endpoint: url, secret: name.value } }];
        }),
      );
    },
  },
  {
    ...base,
    id: 'infrastructure.pinned',
    needs: [],
    applies: hasVsphere,
    check: (context) =>
      context.site.datacentres.flatMap((datacentre) =>
        (datacentre.vsphere?.endpoints ?? []).flatMap(({ url, fingerprint }, index): Observation[] =>
          fingerprint === undefined
            ? [{ path: pathOf(context, datacentre.name, `endpoints.${index}`), params: { endpoint: url } }]
            : [],
        ),
      ),
  },
  {
    ...base,
    id: 'infrastructure.reachable',
    needs: ['endpoints'],
    check: (context) =>
      asked(context).flatMap((one): Observation[] => {
        if (one.failure === undefined) return [];
        // A wrong fingerprint has a rule of its own; here the endpoint did answer.
        if (one.failure.code === 'vsphere.certificate-mismatch') return [];
        const path = pathOf(context, one.datacentre, `endpoints.${one.endpoint}`);
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
      asked(context).flatMap((one): Observation[] => {
        const pinned = configured(context, one)?.fingerprint;
        const shown = one.seen?.fingerprint ?? one.shownFingerprint;
        if (pinned === undefined || shown === undefined || sameFingerprint(pinned, shown)) return [];
        const path = pathOf(context, one.datacentre, `endpoints.${one.endpoint}.fingerprint`);
        return [{ path, params: { endpoint: one.url, pinned, shown } }];
      }),
  },
  {
    ...base,
    id: 'infrastructure.version',
    severity: 'warn',
    needs: ['endpoints'],
    check: (context) =>
      seen(context).flatMap(({ datacentre, endpoint, url, version, product }): Observation[] =>
        isOlder(version, [6, 5])
          ? [{ path: pathOf(context, datacentre, `endpoints.${endpoint}`), params: { endpoint: url, product } }]
          : [],
      ),
  },
  {
    ...base,
    id: 'infrastructure.writable',
    needs: ['endpoints'],
    check: (context) =>
      seen(context).flatMap(({ datacentre, endpoint, url, writable }): Observation[] =>
        writable ? [] : [{ path: pathOf(context, datacentre, `endpoints.${endpoint}`), params: { endpoint: url } }],
      ),
  },
  {
    ...base,
    id: 'infrastructure.datastores',
    needs: ['endpoints'],
    check: (context) =>
      seen(context).flatMap((endpoint) => {
        const wanted = context.site.datacentres.find(({ name }) => name === endpoint.datacentre)?.vsphere?.datastores;
        return (['standard', 'premium'] as const).flatMap((use): Observation[] => {
          const name = wanted?.[use] ?? '';
          const found = endpoint.datastores.find((one) => one.name === name);
          const path = pathOf(context, endpoint.datacentre, `datastores.${use}`);
          const params = { datastore: name, endpoint: endpoint.url };
          if (found === undefined) {
            const known = endpoint.datastores.map((one) => one.name).join(', ');
            return [{ path, params: { ...params, known } }];
          }
          return found.accessible ? [] : [{ path, variant: 'inaccessible', params }];
        });
      }),
  },
  {
    ...base,
    id: 'infrastructure.port-groups',
    needs: ['endpoints'],
    check: (context) =>
      seen(context).flatMap((endpoint) => {
        const wanted = context.site.datacentres.find(({ name }) => name === endpoint.datacentre)?.vsphere?.networks;
        return (['lan', 'wan'] as const).flatMap((use): Observation[] => {
          const name = wanted?.[use] ?? '';
          if (endpoint.networks.includes(name)) return [];
          const known = endpoint.networks.join(', ');
          const path = pathOf(context, endpoint.datacentre, `networks.${use}`);
          return [{ path, params: { portGroup: name, endpoint: endpoint.url, known } }];
        });
      }),
  },
  {
    ...base,
    id: 'infrastructure.cpu',
    needs: ['plan', 'endpoints'],
    check: (context) =>
      needs(context).flatMap(({ endpoint, starting, vcpu, threads }): Observation[] => {
        if (starting.length === 0) return [];
        const path = pathOf(context, endpoint.datacentre, `endpoints.${endpoint.endpoint}`);
        const params = { endpoint: endpoint.url, vcpu, threads, limit: threads * vcpuPerThread };
        const largestHost = Math.max(0, ...endpoint.hosts.map((host) => host.threads));
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
      needs(context).flatMap(({ endpoint, neededMemoryBytes, freeMemoryBytes }): Observation[] =>
        neededMemoryBytes > Math.max(0, freeMemoryBytes)
          ? [
              {
                path: pathOf(context, endpoint.datacentre, `endpoints.${endpoint.endpoint}`),
                params: { endpoint: endpoint.url, needed: neededGb(neededMemoryBytes), free: freeGb(freeMemoryBytes) },
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
      needs(context).flatMap(({ endpoint, datastores }) =>
        datastores.flatMap(({ datastore, neededBytes, freeBytes }): Observation[] =>
          neededBytes > Math.max(0, freeBytes) && endpoint.datastores.some(({ name }) => name === datastore)
            ? [
                {
                  path: pathOf(context, endpoint.datacentre, 'datastores'),
                  params: { endpoint: endpoint.url, datastore, needed: neededGb(neededBytes), free: freeGb(freeBytes) },
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
      return seen(context).flatMap((endpoint) =>
        endpoint.vms.flatMap((vm): Observation[] =>
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
      const unread = media?.seen?.images.some(({ verifiedAt }) => verifiedAt === undefined) ?? false;
      return unread ? [{ status: 'pending', variant: 'reading' }] : [];
    },
  },
  {
    ...base,
    id: 'infrastructure.images',
    path: 'media',
    needs: ['plan', 'media'],
    check: ({ plan, facts }) => {
      const media = facts?.media?.seen;
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
    // Said before the VMs are there, not after. Source: media-and-handover, "Handover: what ALE receives".
    check: ({ site, facts }) => {
      const media = facts?.media?.seen;
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
      const early = facts.endpoints?.find(
        ({ seen: one }) => one !== undefined && isLater(one.certificate.notBefore, now),
      );
      if (early?.seen) {
        return [{ params: { now, evidence: early.url, than: early.seen.certificate.notBefore } }];
      }
      const media = facts.media?.seen;
      return media && (media.clockSuspect || isLater(media.created, now))
        ? [{ params: { now, evidence: media.release, than: media.created } }]
        : [];
    },
  },
];
