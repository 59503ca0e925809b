/**
 * The networks of the bed, in unnamed network namespaces: a hypervisor with the bridges br-lan and br-wan, the
 * installer on the LAN, and the NOC on the WAN. They end with their creator process.
 */
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { must, type Running, start, waitFor } from './processes.ts';

export const lan = { prefix: 24, installer: '10.20.0.250', vip: '10.20.0.1' } as const;
export const wan = { prefix: 28, router: '203.0.113.1', noc: '198.51.100.7' } as const;
/** The VLAN of the gateway that tags, and the installer's address there. */
export const trunk = { vlan: 20, installer: '10.21.0.250', prefix: 24 } as const;

export type NetworkName = 'lan' | 'wan' | 'trunk';

export interface Namespace {
  /** Command prefix that runs a command in the namespace. */
  readonly enter: readonly string[];
}

export interface Network {
  readonly hypervisor: Namespace;
  readonly installer: Namespace;
  readonly noc: Namespace;
  /** Makes a tap device on a bridge, for a NIC of a VM. */
  addTap(name: string, network: NetworkName): Promise<void>;
  stop(): Promise<void>;
}

const bridgeOf = { lan: 'br-lan', wan: 'br-wan', trunk: 'br-trunk' } as const;
const netOf = (pid: number | 'self'): string => readlinkSync(`/proc/${pid}/ns/net`);

async function makeNamespace(): Promise<Namespace & { readonly holder: Running }> {
  const holder = await start(['unshare', '--net', '--mount', '--', 'sleep', '7200']);
  const own = netOf('self');
  await waitFor('a network namespace', 10_000, () => (netOf(holder.pid) === own ? undefined : true));
  const enter = ['nsenter', '-t', String(holder.pid), '--net', '--mount', '--'];
  await must([...enter, 'ip', 'link', 'set', 'lo', 'up']);
  return { holder, enter };
}

const ip = (namespace: Namespace, command: string): Promise<string> =>
  must([...namespace.enter, 'ip', ...command.split(' ')]);

export async function makeNetwork(): Promise<Network> {
  const hypervisor = await makeNamespace();
  const installer = await makeNamespace();
  const noc = await makeNamespace();
  for (const bridge of Object.values(bridgeOf)) {
    await ip(hypervisor, `link add ${bridge} type bridge`);
    await ip(hypervisor, `link set ${bridge} up`);
  }
  const connect = async (to: typeof installer, end: string, bridge: string, address: string) => {
    await ip(hypervisor, `link add ${end} type veth peer name eth0 netns ${to.holder.pid}`);
    await ip(hypervisor, `link set ${end} master ${bridge} up`);
    await ip(to, `addr add ${address} dev eth0`);
    await ip(to, 'link set eth0 up');
  };
  await connect(installer, 'installer', bridgeOf.lan, `${lan.installer}/${lan.prefix}`);
  await connect(noc, 'noc', bridgeOf.wan, `${wan.router}/${wan.prefix}`);
  await ip(noc, `addr add ${wan.noc}/32 dev lo`);
  await must([...noc.enter, 'sh', '-c', 'mkdir -p /run/wireguard && mount -t tmpfs none /run/wireguard']);
  const tagger = await startTagger(hypervisor, installer);
  return {
    hypervisor,
    installer,
    noc,
    async addTap(name, network) {
      await ip(hypervisor, `tuntap add dev ${name} mode tap`);
      await ip(hypervisor, `link set ${name} master ${bridgeOf[network]} up`);
    },
    async stop() {
      for (const process of [tagger, installer.holder, noc.holder, hypervisor.holder]) await process.kill();
    },
  };
}

/** For kernels without 802.1Q: a program connects the trunk's bridge to an untagged interface of the installer. */
async function startTagger(
  hypervisor: Namespace & { readonly holder: Running },
  installer: Namespace & { readonly holder: Running },
): Promise<Running> {
  const script = fileURLToPath(new URL('tagger.py', import.meta.url));
  const pids = [hypervisor.holder.pid, installer.holder.pid].map(String);
  const tagger = await start(['python3', script, ...pids, String(trunk.vlan)]);
  const up = async (namespace: Namespace, command: string) => {
    const wanted = [...namespace.enter, 'ip', 'link', 'set', ...command.split(' ')];
    await waitFor('the tap of the tagger', 10_000, () => must(wanted).catch(() => undefined));
  };
  await up(hypervisor, `tagged master ${bridgeOf.trunk} up`);
  await up(installer, 'untagged up');
  await ip(installer, `addr add ${trunk.installer}/${trunk.prefix} dev untagged`);
  return tagger;
}
