/** Configuration files for the services of a bed, small enough to see what a test is about. */
import { noc } from '../../testbed/addresses.ts';
import type { Gateway } from '../../testbed/gateway.ts';

export interface KeyPair {
  readonly secret: string;
  /** The public key. */
  readonly own: string;
}

/** Both ends of a WireGuard tunnel, 100.64.0.2 at the gateway and 100.64.0.1 at the NOC. */
export const tunnelConfigs = (gatewayKey: KeyPair, nocKey: KeyPair) => ({
  gatewayConfig: `[Interface]
PrivateKey = ${gatewayKey.secret}
Address = 100.64.0.2/24
ListenPort = 51820
[Peer]
PublicKey = ${nocKey.own}
Endpoint = ${noc.address}:51820
AllowedIPs = 100.64.0.1/32
PersistentKeepalive = 25
`,
  nocConfig: `[Interface]
PrivateKey = ${nocKey.secret}
Address = 100.64.0.1/24
ListenPort = 51820
[Peer]
PublicKey = ${gatewayKey.own}
AllowedIPs = 100.64.0.2/32
`,
});

/** VRRP without multicast, for one of two gateways that share a VIP. */
export const vrrpConfig = (own: Gateway, peer: Gateway, vip: string, priority: number): string => `vrrp_instance lan {
  state BACKUP
  interface lan0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  unicast_src_ip ${own.lan}
  unicast_peer { ${peer.lan} }
  virtual_ipaddress { ${vip}/24 }
}
`;

/** A firewall that admits WireGuard and TCP port 4433 from outside. */
export const wanRules = `flush ruleset
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    iifname "lan0" accept
    ct state established,related accept
    udp dport 51820 accept
    tcp dport 4433 accept
  }
}
`;
