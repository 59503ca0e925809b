/**
 * Maps planned networks to the NICs of a VM. The guest knows its NICs by their order, which is the image's: a plan with
 * "LAN, then WAN" must not put the WAN NIC of an image on the LAN.
 */
import type { NetworkName, PlannedNic } from '../plan/model.ts';

/**
 * Splits a name into words: `EdgeLAN`, `WANNetwork`, `lan0` and `HA-WAN` have two each. VLAN and WLAN are other words
 * than LAN.
 */
const words = (name: string): string[] =>
  (name.replaceAll(/[vw]lan/gi, ' ').match(/[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+/g) ?? []).map((word) =>
    word.toLowerCase(),
  );

/** The planned network that a NIC's network name contains; undefined if it contains none, or both. */
export function networkIn(name: string): NetworkName | undefined {
  const said = words(name);
  const [lan, wan] = [said.includes('lan'), said.includes('wan')];
  if (lan === wan) return undefined;
  return lan ? 'lan' : 'wan';
}

/**
 * The position of each planned NIC among the image's NICs, whose networks have `names` in order. It is the first NIC
 * whose name fits, else the next NIC with an undecided name, else the next NIC.
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

/** The networks of the NICs in order, as recorded in the machine's owner; undefined if it is the plan's order. */
export function nicRecord(nics: readonly PlannedNic[], positions: readonly number[]): readonly string[] | undefined {
  if (positions.every((position, index) => position === index)) return undefined;
  const length = Math.max(...positions) + 1;
  return Array.from({ length }, (_, at) => nics[positions.indexOf(at)]?.network ?? '');
}

/** As {@link nicPositions}, for a machine with the record of {@link nicRecord}. */
export const recordedPositions = (nics: readonly PlannedNic[], record: readonly string[] | undefined): number[] =>
  nicPositions(nics, record ?? []);
