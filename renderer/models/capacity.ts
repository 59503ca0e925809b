/** What was seen of hosts and datastores beside what the plan still puts there. */
import type { CapacityBar } from '../../core/documents/drawing/capacity.ts';
import type { SeenEndpoint } from '../../core/platform/inventory.ts';
import { vcpuPerThread } from '../../core/preflight/infrastructure-rules.ts';
import type { Datacentre } from '../../core/site/schema.ts';
import { valueAt } from './draft/path.ts';
import type { DraftFields } from './draft/site-text.ts';
import type { PinnedEndpoint } from './dependencies.ts';

const textAt = (root: unknown, path: string): string => {
  const value = valueAt(root, path);
  return typeof value === 'string' ? value : '';
};
const listAt = (root: unknown, path: string): readonly unknown[] => {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value : [];
};

/** The draft's data centres as far as capacity is concerned: what is not written yet is empty. */
export const datacentresOf = (draft: DraftFields): readonly Datacentre[] =>
  listAt(draft, 'datacentres').map((one) => ({
    name: textAt(one, 'name'),
    platform: 'vsphere',
    vsphere: {
      endpoints: [],
      datastores: {
        standard: textAt(one, 'vsphere.datastores.standard'),
        premium: textAt(one, 'vsphere.datastores.premium'),
      },
      networks: { lan: '', wan: '' },
    },
  }));

const endpointAt = (endpoint: unknown): PinnedEndpoint => ({
  url: textAt(endpoint, 'url'),
  username: textAt(endpoint, 'username'),
  fingerprint: textAt(endpoint, 'fingerprint'),
});

/** Every endpoint of the draft that was seen, at its place in the draft. */
export const seenIn = (
  draft: DraftFields,
  seenAt: (endpoint: PinnedEndpoint) => SeenEndpoint | undefined,
): readonly SeenEndpoint[] =>
  listAt(draft, 'datacentres').flatMap((one) =>
    listAt(one, 'vsphere.endpoints').flatMap((endpoint, index) => {
      const seen = seenAt(endpointAt(endpoint));
      return seen === undefined ? [] : [{ ...seen, datacentre: textAt(one, 'name'), endpoint: index }];
    }),
  );

/** Endpoints that can be asked: their certificate was compared and they have an account. */
export const pinnedIn = (draft: DraftFields): readonly PinnedEndpoint[] =>
  listAt(draft, 'datacentres').flatMap((one) =>
    listAt(one, 'vsphere.endpoints').flatMap((endpoint) => {
      const pinned = endpointAt(endpoint);
      return Object.values(pinned).every((text) => text !== '') ? [pinned] : [];
    }),
  );

/** vCPU may be shared up to a point; memory and disk may not. */
export function verdictOf({ resource, capacity, used, planned, free }: CapacityBar): 'done' | 'warn' | 'fail' {
  if (free >= 0) return 'done';
  return resource === 'vcpu' && used + planned <= capacity * vcpuPerThread ? 'warn' : 'fail';
}
