/** The tunnel to the NOC. Sources: wg(8), wg-quick(8). */
import { hostPortOf } from './wireguard-address.ts';
import type { GatewayFile } from './file.ts';
import * as quote from './quote.ts';
import { inFolder } from './check-command.ts';
import { keyFault } from '../network/wireguard.ts';
import { subnetOf, formatCidr } from '../network/ipv4.ts';
import { interfaces, type Gateway } from './view.ts';

/** Seconds between two packets that keep a NAT mapping open. Source: wg(8), PersistentKeepalive. */
const keepalive = 25;

/**
 * `wg-quick strip` removes its own lines; wg then reads the rest for a missing interface, and only a valid file gets as
 * far as the interface's error. Endpoints are left out, since their names may not resolve yet.
 */
const parse = [
  'wg-quick strip "$1" >"$folder/stripped"',
  `sed '/^Endpoint/d' "$folder/stripped" | wg setconf edge-check /dev/stdin 2>&1 | grep -q '^Unable to modify interface'`,
].join(' && ');

export function wireguardFile({ site, material, tunnel }: Gateway): GatewayFile {
  const peers = material.peers.flatMap((peer) => [
    '',
    `# ${quote.comment('noc.peers.name', peer.name)}`,
    '[Peer]',
    `PublicKey = ${keyFault(peer.publicKey) === undefined ? peer.publicKey : quote.refuse('noc.peers.publicKey', 'WireGuard')}`,
    `PresharedKey = ${material.presharedKey}`,
    `Endpoint = ${hostPortOf('noc.peers.endpoint', peer.endpoint)}`,
    `AllowedIPs = ${peer.allowedIps
      .flatMap((one) => subnetOf(one) ?? [])
      .map(formatCidr)
      .join(', ')}`,
    `PersistentKeepalive = ${keepalive}`,
  ]);
  return {
    path: `/etc/wireguard/${interfaces.tunnel}.conf`,
    mode: 0o600,
    secret: true,
    content: [
      '[Interface]',
      `PrivateKey = ${material.privateKey}`,
      `Address = ${tunnel}`,
      `ListenPort = ${site.network.wireguard.port}`,
      ...peers,
      '',
    ].join('\n'),
    check: inFolder(`${interfaces.tunnel}.conf`, parse),
    service: { unit: `wg-quick@${interfaces.tunnel}.service`, action: 'restart' },
  };
}

/** Retries at boot, since the NOC's name may not resolve yet. Source: systemd.service(5). */
export const wireguardDropIn = (): GatewayFile => ({
  path: `/etc/systemd/system/wg-quick@${interfaces.tunnel}.service.d/edge.conf`,
  mode: 0o644,
  secret: false,
  content: [
    '[Unit]',
    'After=dnsmasq.service chrony.service',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Restart=on-failure',
    'RestartSec=10',
    '',
  ].join('\n'),
});
