/**
 * An entry of `noc.reach`: what a gateway must reach outside. Source: the product's public contract, `edge-media/v1`.
 */
import { wireguardAddressFault } from '../network/wireguard.ts';

export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Reads `host:port/tcp` or `host:port/udp`; undefined where the text is neither. */
export function reachOf(text: string): Reach | undefined {
  const [, address = '', protocol] = /^([^/]{1,300})\/(tcp|udp)$/.exec(text) ?? [];
  if (wireguardAddressFault(address) !== undefined) return undefined;
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port: Number(address.slice(at + 1)), protocol: protocol === 'tcp' ? 'tcp' : 'udp' };
}
