/** Files that a test installs on a gateway: the minimum for WireGuard and VRRP. */
import { lan } from './network.ts';
import type { Gateway } from './start-guests.ts';

export interface GatewayFile {
  readonly path: string;
  readonly mode: string;
  readonly text: string;
}

/** The firewall of the first boot, and WireGuard from the WAN and VRRP from the LAN beside it. */
export const firewall: GatewayFile = {
  path: '/etc/nftables.conf',
  mode: '755',
  text: `flush ruleset
table inet edge {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname { "lo", "wg0" } accept
    ct state established,related accept
    iifname "lan0" tcp dport 22 accept
    iifname "lan0" icmp type echo-request accept
    iifname "lan0" ip protocol vrrp accept
    iifname "wan0" udp dport 51820 accept
  }
}
`,
};

export const tunnelFile = (privateKey: string, address: string, peer: string): GatewayFile => ({
  path: '/etc/wireguard/wg0.conf',
  mode: '600',
  text: `[Interface]
PrivateKey = ${privateKey}
Address = ${address}/32
ListenPort = 51820
[Peer]
PublicKey = ${peer}
AllowedIPs = 100.64.0.1/32
`,
});

export const vrrpFile = (own: string, other: string, priority: number): GatewayFile => ({
  path: '/etc/keepalived/keepalived.conf',
  mode: '600',
  text: `vrrp_instance lan {
  state BACKUP
  interface lan0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  unicast_src_ip ${own}
  unicast_peer {
    ${other}
  }
  virtual_ipaddress {
    ${lan.vip}/${lan.prefix}
  }
}
`,
});

/** Writes the files and runs a command, through one connection. */
export async function configure(gateway: Gateway, files: readonly GatewayFile[], command: string): Promise<void> {
  const steps = files.map(({ path, mode, text }) => {
    const encoded = Buffer.from(text).toString('base64');
    return `mkdir -p "$(dirname ${path})" && echo ${encoded} | base64 -d | install -m ${mode} /dev/stdin ${path}`;
  });
  const { code, stdout, stderr } = await gateway.ssh(['sh', '-c', [...steps, command].join(' && ')], {
    limit: 180_000,
  });
  if (code !== 0) throw new Error(`${gateway.name}: ${stderr}${stdout}`);
}
