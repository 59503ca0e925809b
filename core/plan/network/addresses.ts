/**
 * The address plan of one network. A pin decides its address; every other address has a default slot (see `slots.ts`),
 * so that it depends on the subnet and the pins only. An address whose slot is outside the subnet gets the highest free
 * one.
 */
import type { NetworkName } from '../model.ts';
import { type Subnet, contains, usableHosts } from '../../network/ipv4.ts';
import { type SlotKey, slotOf } from './slots.ts';

/** A wanted address and its pin, when there is one. */
export interface Pin extends SlotKey {
  readonly address: number;
}

export type AddressPlan =
  | { readonly ok: true; readonly addresses: readonly number[] }
  | { readonly ok: false; readonly needed: number; readonly available: number };

const name = ({ key, number }: SlotKey): string => `${key} ${number}`;

/** The `slot`th usable address (from 0) of a subnet, leaving out `skipped`; undefined beyond the subnet's end. */
const addressOfSlot = (subnet: Subnet, slot: number, skipped: number | undefined): number | undefined => {
  const plain = subnet.network + 1 + slot;
  const address = skipped !== undefined && skipped > subnet.network && plain >= skipped ? plain + 1 : plain;
  return address < subnet.broadcast ? address : undefined;
};

/**
 * Addresses for `wanted`, in its order.
 * @param pins unique addresses inside the subnet. Pins of servers outside this footprint stay reserved.
 * @param reserved an address of another device, e.g. the WAN's gateway
 */
export function allocate(
  network: NetworkName,
  subnet: Subnet,
  reserved: number | undefined,
  pins: readonly Pin[],
  wanted: readonly SlotKey[],
): AddressPlan {
  const pinned = new Map(pins.map((pin) => [name(pin), pin.address]));
  const pinnedBy = new Map(pins.map((pin) => [pin.address, pin]));
  const ownPlace = (slot: SlotKey): number | undefined => {
    const place = slotOf(network, slot);
    return place === undefined ? undefined : addressOfSlot(subnet, place, reserved);
  };
  // If another server is pinned to this server's default address, the two swap.
  const settle = (slot: SlotKey): number | undefined => {
    let address = ownPlace(slot);
    let owner = address === undefined ? undefined : pinnedBy.get(address);
    while (owner !== undefined) {
      address = ownPlace(owner);
      owner = address === undefined ? undefined : pinnedBy.get(address);
    }
    return address;
  };

  const taken = new Set(pinnedBy.keys());
  if (reserved !== undefined && contains(subnet, reserved)) taken.add(reserved);
  const placed = wanted.map((slot) => pinned.get(name(slot)) ?? settle(slot));
  for (const address of placed) if (address !== undefined) taken.add(address);

  const homeless = placed.filter((address) => address === undefined).length;
  const available = usableHosts(subnet);
  if (taken.size + homeless > available) return { ok: false, needed: taken.size + homeless, available };

  let next = subnet.broadcast;
  const fromTheTop = (): number => {
    do next -= 1;
    while (taken.has(next));
    return next;
  };
  return { ok: true, addresses: placed.map((address) => address ?? fromTheTop()) };
}

/**
 * The LAN range that the Edge GW may lease: the longest run of unplanned addresses in the upper half, at most 64 and at
 * most a quarter of the subnet, so that the next footprint's slots stay free. Null if there is no free range.
 */
export function dhcpRange(subnet: Subnet, taken: readonly number[]): { from: number; to: number } | null {
  const size = usableHosts(subnet);
  const floor = subnet.network + Math.floor(size / 2) + 1;
  const borders = [floor - 1, ...taken.filter((address) => address >= floor), subnet.broadcast].toSorted(
    (a, b) => a - b,
  );
  let best = { from: 0, to: -1 };
  for (let index = 1; index < borders.length; index += 1) {
    const from = (borders[index - 1] ?? 0) + 1;
    const to = (borders[index] ?? 0) - 1;
    if (to - from >= best.to - best.from) best = { from, to };
  }
  const length = Math.min(best.to - best.from + 1, 64, Math.floor(size / 4));
  return length < 1 ? null : { from: best.to - length + 1, to: best.to };
}
