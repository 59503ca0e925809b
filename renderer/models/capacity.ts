/** The capacity of hosts and storage, with the plan's remaining need. */
import type { CapacityBar } from '../../core/documents/drawing/capacity.ts';
import type { EndpointInventory } from '../../core/platform/inventory.ts';
import { platformNamed, type PlatformSite } from '../../core/platform/layout.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { vcpuPerThread } from '../../core/preflight/infrastructure-rules.ts';
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

/** The automatic platform of a data centre in the draft. */
const platformOf = (datacentre: unknown): Platform | undefined => platformNamed(textAt(datacentre, 'platform'));

/** The draft's data centres for the capacity; missing fields are empty. */
export const datacentresOf = (draft: DraftFields): readonly PlatformSite[] =>
  listAt(draft, 'datacentres').map((one) => {
    const platform = platformOf(one);
    const head = { name: textAt(one, 'name'), platform: textAt(one, 'platform') };
    return platform === undefined
      ? head
      : { ...head, [platform.name]: platform.sectionOfDraft(valueAt(one, platform.name)) };
  });

const entriesOf = (datacentre: unknown): readonly unknown[] => {
  const platform = platformOf(datacentre);
  return platform === undefined ? [] : listAt(datacentre, `${platform.name}.${platform.endpointList}`);
};

const endpointOf = (entry: unknown): PinnedEndpoint => ({
  url: textAt(entry, 'url'),
  username: textAt(entry, 'username'),
  fingerprint: textAt(entry, 'fingerprint'),
});

/** The inventory of every readable endpoint, at its position in the draft. */
export const inventoriesIn = (
  draft: DraftFields,
  inventoryOf: (endpoint: PinnedEndpoint) => EndpointInventory | undefined,
): readonly EndpointInventory[] =>
  listAt(draft, 'datacentres').flatMap((one) =>
    entriesOf(one).flatMap((entry, index) => {
      const inventory = inventoryOf(endpointOf(entry));
      return inventory === undefined ? [] : [{ ...inventory, datacentre: textAt(one, 'name'), endpointIndex: index }];
    }),
  );

/** Endpoints that can be queried: they have a pinned certificate and an account. */
export const pinnedIn = (draft: DraftFields): readonly PinnedEndpoint[] =>
  listAt(draft, 'datacentres').flatMap((one) =>
    entriesOf(one).flatMap((entry) => {
      const pinned = endpointOf(entry);
      return Object.values(pinned).every((text) => text !== '') ? [pinned] : [];
    }),
  );

/** vCPU may be overcommitted up to a limit; memory and disk may not. */
export function verdictOf({ resource, capacity, used, planned, free }: CapacityBar): 'done' | 'warn' | 'fail' {
  if (free >= 0) return 'done';
  return resource === 'vcpu' && used + planned <= capacity * vcpuPerThread ? 'warn' : 'fail';
}
