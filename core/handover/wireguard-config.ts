/** The `[Peer]` sections that the NOC adds on its side. */
import type { HandoverBundle } from './bundle.ts';

export interface WireguardConfigOptions {
  /**
   * Also routes the gateway's LAN address. Off by default: sites share private ranges, so LAN addresses are not unique
   * at the NOC.
   */
  readonly includeLan?: boolean;
}

type Gateway = HandoverBundle['gateways'][number];

const hostRoute = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

function peer({ site }: HandoverBundle, gateway: Gateway, includeLan: boolean): string {
  const allowed = includeLan ? [gateway.tunnel, hostRoute(gateway.lan)] : [gateway.tunnel];
  return [
    `# ${gateway.vm}`,
    `# ${site.customer}, ${site.fqdn}`,
    '[Peer]',
    `PublicKey = ${gateway.wireguard.publicKey}`,
    `PresharedKey = ${gateway.wireguard.presharedKey}`,
    `Endpoint = ${gateway.endpoint}`,
    `AllowedIPs = ${allowed.join(', ')}`,
    '',
  ].join('\n');
}

/** One section per gateway, for `wg addconf`. The schema lets no line end into a name, so a comment stays a comment. */
export const wireguardPeers = (bundle: HandoverBundle, { includeLan = false }: WireguardConfigOptions = {}): string =>
  bundle.gateways.map((gateway) => peer(bundle, gateway, includeLan)).join('\n');
