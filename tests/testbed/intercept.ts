/** Puts a proxy between the installer and one address, without the installer's knowledge: nftables redirects to it. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endGroup } from './commands.ts';
import type { Cut, ProxyCount } from './cutting-proxy.ts';
import type { Machine } from './machines.ts';
import { checkout } from './root.ts';

export interface Interception {
  /** Replaces the earlier cut; undefined lets everything through. */
  cut(cut: Cut | undefined): Promise<void>;
  /** Since the interception started. */
  count(): Promise<ProxyCount>;
  stop(): Promise<void>;
}

/** Source ports of the proxy's own connections, which are not redirected. No other program uses them. */
export const proxySourcePorts = { first: 61_000, last: 65_000 } as const;

export async function intercept(
  installer: Machine,
  target: { readonly host: string; readonly port: number },
): Promise<Interception> {
  const node = join(checkout, 'node_modules', 'node', 'bin', 'node');
  const script = join(import.meta.dirname, 'cutting-proxy-process.ts');
  const child = installer.spawn([node, script, target.host, String(target.port)]);
  child.stderr.pipe(process.stderr);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await answers.next();
    if (done === true) throw new Error('the proxy ended');
    return JSON.parse(value);
  };

  const { port } = (await answer()) as { readonly port: number };
  const { first, last } = proxySourcePorts;
  const table = `bed_${port}`;
  const rules = `table ip ${table} {
  chain output {
    type nat hook output priority -100
    ip daddr ${target.host} tcp dport ${target.port} tcp sport != ${first}-${last} redirect to :${port}
  }
}
`;
  const range = '/proc/sys/net/ipv4/ip_local_port_range';
  await installer.must(['sh', '-c', 'echo "$1" > "$0"', range, `32768 ${first - 1}`]);
  await installer.must(['nft', '-f', '-'], { input: rules });

  const ask = async (line: string): Promise<ProxyCount> => {
    child.stdin.write(`${line}\n`);
    return (await answer()) as ProxyCount;
  };
  return {
    cut: async (cut) => {
      await ask(JSON.stringify(cut ?? null));
    },
    count: () => ask('count'),
    stop: async () => {
      await installer.must(['nft', 'delete', 'table', 'ip', table]);
      endGroup(child);
    },
  };
}
