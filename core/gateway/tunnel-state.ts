/** The state of the tunnel as WireGuard reports it. Source: wg(8), `show <interface> dump`. */

/**
 * A tunnel is up while its last handshake is younger than this, in seconds. Source: media-and-handover, "Confirmed".
 */
export const handshakeLimitSeconds = 180;

export interface PeerState {
  readonly publicKey: string;
  /** Undefined without a handshake since the interface came up. */
  readonly handshakeAgeSeconds: number | undefined;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export const tunnelCommands: readonly (readonly string[])[] = [
  ['wg', 'show', 'wg0', 'dump'],
  ['date', '+%s'],
];

/**
 * Reads the dump. Its first line contains the interface's private key, so it is skipped and must not be kept.
 * @param now the gateway's own clock, in seconds since 1970
 */
export function peerStates(dump: string, now: string): PeerState[] {
  const seconds = Number(now.trim());
  return dump
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length === 8)
    .map(([publicKey = '', , , , handshake = '0', received = '0', sent = '0']) => ({
      publicKey,
      handshakeAgeSeconds: handshake === '0' ? undefined : Math.max(0, seconds - Number(handshake)),
      receivedBytes: Number(received),
      sentBytes: Number(sent),
    }));
}

/** Whether at least one peer had a handshake within the limit. */
export const isTunnelUp = (peers: readonly PeerState[]): boolean =>
  peers.some(
    ({ handshakeAgeSeconds }) => handshakeAgeSeconds !== undefined && handshakeAgeSeconds < handshakeLimitSeconds,
  );
