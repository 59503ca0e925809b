/**
 * Which adapter of a VM carries which planned network. The guest knows its adapters by their order, and the order is the
 * image's: a plan that says "LAN, then WAN" must not put the WAN adapter of an image on the LAN.
 */
import type { NetworkName, PlannedNic } from './plan-model.ts';

/** `EDGE-LAN` and `lan0` say LAN; `VLAN 20` and `WLAN` do not. */
const says: Readonly<Record<NetworkName, RegExp>> = {
  lan: /(?<![a-z])lan(?![a-z])/i,
  wan: /(?<![a-z])wan(?![a-z])/i,
};

/**
 * The position of each planned NIC among the adapters, whose networks are called `names`, in order. By name where exactly
 * one name says it; what is left takes the free positions in order.
 */
export function nicPositions(nics: readonly PlannedNic[], names: readonly string[]): number[] {
  const named = nics.map(({ network }) => {
    const matches = names.flatMap((name, position) => (says[network].test(name) ? [position] : []));
    return matches.length === 1 ? matches[0] : undefined;
  });
  // A name that says both says nothing.
  const taken = named.map((position) =>
    named.filter((other) => other === position).length === 1 ? position : undefined,
  );
  const used = new Set(taken);
  const free = Array.from({ length: names.length + nics.length }, (_, position) => position).filter(
    (position) => !used.has(position),
  );
  return taken.map((position) => position ?? free.shift() ?? 0);
}

/** The networks of the adapters in order, as a VM's tag keeps them (`wan,lan`); undefined where the plan's own order holds. */
export function nicTag(nics: readonly PlannedNic[], positions: readonly number[]): string | undefined {
  if (positions.every((position, index) => position === index)) return undefined;
  const length = Math.max(...positions) + 1;
  return Array.from({ length }, (_, at) => nics[positions.indexOf(at)]?.network ?? '').join(',');
}

/** As {@link nicPositions}, for a VM with the tag of {@link nicTag}. */
export const taggedPositions = (nics: readonly PlannedNic[], tag: string | undefined): number[] =>
  nicPositions(nics, tag?.split(',') ?? []);
