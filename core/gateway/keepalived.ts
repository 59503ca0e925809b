/** The LAN's VIP by VRRP between the gateways of a footprint. Sources: RFC 5798; keepalived.conf(5). */
import { ipv4Number } from '../network/ipv4.ts';
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import { interfaces, type Gateway } from './view.ts';

/** The first gateway has the highest priority. A gateway without its WAN falls below every gateway that has one. */
const priority = { master: 150, slave: 100, withoutWan: -60 } as const;

/** 1 to 255, from the VIP, so that two edges on one segment differ. */
const routerId = (vip: string): number => Math.max(1, (ipv4Number(vip) ?? 0) % 256);

/** Undefined if the gateway shares no VIP. */
export function keepalivedFile({ vm, vip, lan, lanInterface, partners, plan, rank }: Gateway): GatewayFile | undefined {
  if (vip === undefined) return undefined;
  const address = quote.address('network.addresses', vip.address);
  const unicast = [
    '\tcheck_unicast_src',
    `\tunicast_src_ip ${lan}`,
    '\tunicast_peer {',
    ...partners.map((one) => `\t\t${quote.address('network.addresses', one)}`),
    '\t}',
  ];
  return {
    path: '/etc/keepalived/keepalived.conf',
    mode: 0o644,
    secret: false,
    content: [
      'global_defs {',
      `\trouter_id ${quote.label('vm', vm.name)}`,
      '\tenable_script_security',
      // A VLAN may come up after keepalived.
      '\tdynamic_interfaces',
      '\tvrrp_garp_master_refresh 60',
      '}',
      '',
      'vrrp_instance EDGE_LAN {',
      '\tstate BACKUP',
      `\tinterface ${lanInterface}`,
      `\tvirtual_router_id ${routerId(address)}`,
      `\tpriority ${rank === 0 ? priority.master : Math.max(70, priority.slave - rank + 1)}`,
      '\tadvert_int 1',
      ...(partners.length === 0 ? [] : unicast),
      '\ttrack_interface {',
      `\t\t${interfaces.wan} weight ${priority.withoutWan}`,
      '\t}',
      '\tvirtual_ipaddress {',
      `\t\t${address}/${plan.lan.prefix} dev ${lanInterface}`,
      '\t}',
      '}',
      '',
    ].join('\n'),
    check: ['keepalived', '-t', '-f', '{file}'],
    service: { unit: 'keepalived.service', action: 'reload' },
  };
}
