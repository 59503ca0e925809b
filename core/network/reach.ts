/** An entry of `noc.reach`: what a gateway must reach outside. Source: the product's public contract, `edge-media/v1`. */
import { wireguardEndpointFault } from '../network/wireguard.ts';

export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Reads `host:port/tcp` or `host:port/udp`; undefined where the text is neither. */
export function reachOf(text: string): Reach | undefined {
  const [, endpoint = '', protocol] = /^([^/]{1,300})\/(tcp|udp)$/.exec(text) ?? [];
  if (wireguardEndpointFault(endpoint) !== undefined) return undefined;
  const at = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port: Number(endpoint.slice(at + 1)), protocol: protocol === 'tcp' ? 'tcp' : 'udp' };
}
