/**
 * Which adapter of a VM carries which planned network. The guest knows its adapters by their order, and the order is the
 * image's: a plan that says "LAN, then WAN" must not put the WAN adapter of an image on the LAN.
 */
import type { NetworkName, PlannedNic } from '../plan/model.ts';

/** The words of a name: `EdgeLAN`, `WANNetwork`, `lan0` and `HA-WAN` have two each. VLAN and WLAN are words about something else. */
const words = (name: string): string[] =>
  (name.replaceAll(/[vw]lan/gi, ' ').match(/[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+/g) ?? []).map((word) =>
    word.toLowerCase(),
  );

/** The network that the name of an adapter's network says; undefined when it says none, or both. */
export function networkIn(name: string): NetworkName | undefined {
  const said = words(name);
  const [lan, wan] = [said.includes('lan'), said.includes('wan')];
  if (lan === wan) return undefined;
  return lan ? 'lan' : 'wan';
}

/**
 * The position of each planned NIC among the adapters, whose networks are called `names`, in order: the first adapter whose
 * name says it, else the next one whose name says nothing, else the next one.
 */
export function nicPositions(nics: readonly PlannedNic[], names: readonly string[]): number[] {
  const said = names.map(networkIn);
  const named = nics.map(({ network }) => said.indexOf(network));
  const free = Array.from({ length: names.length + nics.length }, (_, position) => position).filter(
    (position) => !named.includes(position),
  );
  const neutral = free.filter((position) => position < names.length && said[position] === undefined);
  const next = [...neutral, ...free.filter((position) => !neutral.includes(position))];
  return named.map((position) => (position >= 0 ? position : (next.shift() ?? 0)));
}

/** The networks of the adapters in order, as a machine's owner keeps them; undefined where the plan's own order holds. */
export function nicRecord(nics: readonly PlannedNic[], positions: readonly number[]): readonly string[] | undefined {
  if (positions.every((position, index) => position === index)) return undefined;
  const length = Math.max(...positions) + 1;
  return Array.from({ length }, (_, at) => nics[positions.indexOf(at)]?.network ?? '');
}

/** As {@link nicPositions}, for a machine with the record of {@link nicRecord}. */
export const recordedPositions = (nics: readonly PlannedNic[], record: readonly string[] | undefined): number[] =>
  nicPositions(nics, record ?? []);
