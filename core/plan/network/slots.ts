/**
 * Default slots in the LAN and the WAN. Every address that the product can need has its own number, so that a new
 * component, option or server moves no other. A block serves one footprint; the second footprint and servers beyond a
 * block's share take the same slots in the next block. A block fits a /26 LAN and a /28 WAN.
 */
import { catalogue } from '../footprint/catalogue.ts';
import type { NetworkName } from '../model.ts';
import type { Component } from '../../site/schema.ts';

/** One needed address. `key` is `<component>` or the stem of a VIP; `number` counts from 1 over the site. */
export interface SlotKey {
  readonly key: string;
  readonly number: number;
}

interface Share {
  readonly key: string;
  /** Addresses of one block. */
  readonly count: number;
  /** Shares the slots of another key. The two are never in one footprint. */
  readonly sharedWith?: string;
}

/** Servers per block if that is more than the catalogue's quantity. Only conferencing grows. */
const roomInBlock: Partial<Record<Component, number>> = { conferencing: 4 };

/** Servers of the small option use the slots of the large option's servers with the same role. */
const sharedPlaces: Partial<Record<Component, Component>> = {
  'all-in-one': 'public-lb',
  'object-storage': 'files-storage',
};

export const vipKey = (component: Component): string => `${component}-vip`;

const shares = (network: NetworkName): readonly Share[] => {
  const vips = catalogue.flatMap((row): Share[] =>
    network === 'lan' && row.vips > 0 ? [{ key: vipKey(row.component), count: row.vips }] : [],
  );
  const servers = catalogue.flatMap((row): Share[] => {
    const each = network === 'lan' ? row.lanAddresses : row.wanAddresses;
    if (each === 0) return [];
    const shared = sharedPlaces[row.component];
    if (shared !== undefined) return [{ key: row.component, count: 0, sharedWith: shared }];
    const use = row.large.kind === 'never' ? row.small : row.large;
    const quantity = use.kind === 'never' ? 0 : use.quantity;
    return [{ key: row.component, count: each * (roomInBlock[row.component] ?? quantity) }];
  });
  // The gateways come first: their VIP is the LAN's default gateway, by custom the first address.
  const [gatewayVip, ...otherVips] = vips;
  const [gateways, ...otherServers] = servers;
  return [gatewayVip, gateways, ...otherVips, ...otherServers].filter((share) => share !== undefined);
};

interface Block {
  readonly size: number;
  readonly ranges: ReadonlyMap<string, { readonly from: number; readonly count: number }>;
}

const layOut = (network: NetworkName): Block => {
  const ranges = new Map<string, { from: number; count: number }>();
  let size = 0;
  for (const { key, count, sharedWith } of shares(network)) {
    if (sharedWith === undefined) {
      ranges.set(key, { from: size, count });
      size += count;
    } else {
      const other = ranges.get(sharedWith);
      if (other !== undefined) ranges.set(key, other);
    }
  }
  return { size, ranges };
};

const blocks: Readonly<Record<NetworkName, Block>> = { lan: layOut('lan'), wan: layOut('wan') };

/**
 * The place of the `number`th address (from 1) of a key, counted from 0; undefined for a key without addresses there.
 */
export function slotOf(network: NetworkName, { key, number }: SlotKey): number | undefined {
  const block = blocks[network];
  const range = block.ranges.get(key);
  if (range === undefined || range.count === 0) return undefined;
  const layer = Math.floor((number - 1) / range.count);
  return layer * block.size + range.from + ((number - 1) % range.count);
}
