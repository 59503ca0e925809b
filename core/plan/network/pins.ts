/** Reads the pins of the site file (`network.addresses`): server or VIP, address, and faults. */
import { type CatalogueRow, catalogue } from '../footprint/catalogue.ts';
import { type FootprintOption, useOf } from '../footprint/size.ts';
import type { NetworkName } from '../model.ts';
import type { Site } from '../../site/schema.ts';
import type { Pin } from './addresses.ts';
import { type CidrFault, parseIpv4 } from '../../network/ipv4.ts';
import { vipKey } from './slots.ts';

/** The server or VIP that a name in `network.addresses` means. */
export interface PinTarget {
  readonly row: CatalogueRow;
  readonly kind: 'server' | 'vip';
  readonly number: number;
}

export type PinFault =
  | { readonly kind: 'unknown-name' }
  | { readonly kind: 'not-in-option' }
  | { readonly kind: 'no-such-network'; readonly network: NetworkName }
  | { readonly kind: 'too-many'; readonly allowed: number }
  | { readonly kind: 'address'; readonly address: string; readonly fault: CidrFault };

export interface PinProblem {
  readonly name: string;
  /** Path in the site file. */
  readonly path: string;
  readonly fault: PinFault;
}

export interface ReadPin extends Pin {
  readonly name: string;
  readonly path: string;
  readonly network: NetworkName;
}

/**
 * Name of VIP `number` (from 1) of a row: one per footprint is `x-vip`, `x-vip-2`; several are `x-vip-1`, `x-vip-2`.
 */
export const vipName = (row: CatalogueRow, number: number): string =>
  row.vips === 1 && number === 1 ? vipKey(row.component) : `${vipKey(row.component)}-${number}`;

const numbered = /^(?<stem>.+?)-(?<number>[1-9][0-9]{0,4})$/;

/** The server or VIP of a name; undefined if the product has none of that name. */
export function pinTarget(name: string): PinTarget | undefined {
  const match = numbered.exec(name)?.groups;
  const stem = match?.['stem'] ?? name;
  const number = Number(match?.['number'] ?? 1);
  for (const row of catalogue) {
    if (match !== undefined && stem === row.component) return { row, kind: 'server', number };
    const isVip = row.vips > 0 && stem === vipKey(row.component);
    if (isVip && vipName(row, number) === name) return { row, kind: 'vip', number };
  }
  return undefined;
}

type PinValue = Site['network']['addresses'][string];

/** The addresses of one entry with their networks and paths. A plain text is a LAN address. */
const written = (
  path: string,
  value: PinValue,
): { network: NetworkName; path: string; text: string; turn: number }[] => {
  if (typeof value === 'string') return [{ network: 'lan', path, text: value, turn: 0 }];
  const { lan, wan } = value;
  const many = Array.isArray(wan) ? wan.map((text, turn) => ({ text, turn, path: `${path}.wan.${turn}` })) : [];
  return [
    ...(lan === undefined ? [] : [{ network: 'lan' as const, path: `${path}.lan`, text: lan, turn: 0 }]),
    ...(typeof wan === 'string' ? [{ network: 'wan' as const, path: `${path}.wan`, text: wan, turn: 0 }] : []),
    ...many.map((one) => ({ network: 'wan' as const, ...one })),
  ];
};

/** The valid pins, and the faults of the others. */
export function readPins(
  addresses: Site['network']['addresses'],
  option: FootprintOption,
): { readonly pins: readonly ReadPin[]; readonly problems: readonly PinProblem[] } {
  const pins: ReadPin[] = [];
  const problems: PinProblem[] = [];
  for (const [name, value] of Object.entries(addresses)) {
    const path = `network.addresses.${name}`;
    const target = pinTarget(name);
    if (target === undefined || useOf(target.row, option).kind === 'never') {
      problems.push({ name, path, fault: { kind: target === undefined ? 'unknown-name' : 'not-in-option' } });
      continue;
    }
    const { row, kind, number } = target;
    for (const { network, path: at, text, turn } of written(path, value)) {
      const each =
        kind === 'vip' ? (network === 'lan' ? 1 : 0) : network === 'lan' ? row.lanAddresses : row.wanAddresses;
      const reading = parseIpv4(text);
      if (each === 0) problems.push({ name, path: at, fault: { kind: 'no-such-network', network } });
      else if (turn >= each) problems.push({ name, path: at, fault: { kind: 'too-many', allowed: each } });
      else if (!reading.ok)
        problems.push({ name, path: at, fault: { kind: 'address', address: text, fault: reading.fault } });
      else {
        const key = kind === 'vip' ? vipKey(row.component) : row.component;
        pins.push({ name, path: at, network, key, number: (number - 1) * each + turn + 1, address: reading.value });
      }
    }
  }
  return { pins, problems };
}
