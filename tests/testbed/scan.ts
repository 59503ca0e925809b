/** A port scan of an address from one machine of the bed. */
import { join } from 'node:path';
import { must } from './commands.ts';
import type { Machine } from './machines.ts';
import { inNetwork } from './wires.ts';

interface Ports {
  /** Ports that answered. */
  readonly open: readonly number[];
  /** Ports refused by a reset or an ICMP message. */
  readonly closed: readonly number[];
}

export interface ScanResult {
  readonly tcp: Ports;
  readonly udp: Ports;
}

/** The UDP ports that an edge or a Debian system may open. */
export const usualUdpPorts = '53,67,68,69,111,123,137,161,323,500,514,546,547,1194,1900,4500,5353,5355,51820,51821';

/** Ports as `1-65535` or `22,53`; a silent port is in neither list. */
export async function scan(
  from: Machine,
  address: string,
  { tcp = '1-65535', udp = usualUdpPorts }: { readonly tcp?: string; readonly udp?: string } = {},
): Promise<ScanResult> {
  const scanner = ['python3', join(import.meta.dirname, 'scan.py'), address, tcp, udp];
  const output = await must([...inNetwork(from.namespaces), ...scanner]);
  return JSON.parse(output) as ScanResult;
}
