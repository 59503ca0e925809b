/** A TCP proxy that cuts a connection after a number of bytes. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Bytes until the cut, counted over all connections since the cut was set. */
export interface Cut {
  readonly afterBytes: number;
  /** A TCP reset, an orderly end, or silence on a connection that stays open. */
  readonly how: 'reset' | 'close' | 'stall';
  /** Counts only bytes that the client sent or received; default: both. */
  readonly direction?: 'sent' | 'received';
  /** Also resets every new connection after the cut, until another cut is set. */
  readonly refuseAfter?: boolean;
}

export interface ProxyCount {
  readonly connections: number;
  readonly sent: number;
  readonly received: number;
  readonly cuts: number;
}

export interface CuttingProxy {
  readonly port: number;
  /** Replaces the earlier cut; undefined lets everything through. */
  cut(cut: Cut | undefined): void;
  /** Since the proxy started. */
  count(): ProxyCount;
  stop(): Promise<void>;
}

export interface CuttingProxySettings {
  readonly host: string;
  readonly port: number;
  /** The address on which the proxy listens; default: the loopback interface. */
  readonly listenOn?: string;
  /** Source ports of the proxy's own connections, used in turn; default: the system's choice. */
  readonly sourcePorts?: { readonly first: number; readonly last: number };
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  stalled: boolean;
}

function end(pair: Pair, how: Cut['how']): void {
  pair.stalled = true;
  if (how === 'stall') return;
  for (const socket of [pair.client, pair.server]) {
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroySoon();
  }
}

/** Relays connections to `host` and `port` until the first cut is set. */
export async function startCuttingProxy(settings: CuttingProxySettings): Promise<CuttingProxy> {
  const { host, port, listenOn = '127.0.0.1', sourcePorts } = settings;
  const sockets = new Set<Socket>();
  let nextSourcePort = sourcePorts?.first ?? 0;
  let cut: Cut | undefined;
  /** Bytes that may still pass before the cut. */
  let left = Infinity;
  let refusing = false;
  let count: ProxyCount = { connections: 0, sent: 0, received: 0, cuts: 0 };

  /** Passes on as many bytes as the cut leaves, in their order of arrival. */
  function pass(pair: Pair, from: Socket, to: Socket, direction: 'sent' | 'received', chunk: Buffer): void {
    if (pair.stalled) return;
    const counts = cut !== undefined && (cut.direction === undefined || cut.direction === direction);
    const part = counts && chunk.length >= left ? chunk.subarray(0, left) : chunk;
    count = { ...count, [direction]: count[direction] + part.length };
    if (counts) left -= part.length;
    if (counts && cut !== undefined && left <= 0) {
      const { how, refuseAfter = false } = cut;
      count = { ...count, cuts: count.cuts + 1 };
      refusing = refuseAfter;
      cut = undefined;
      // Cuts only after the kernel has the last byte, which a reset would overtake.
      pair.stalled = true;
      if (part.length === 0) end(pair, how);
      else to.write(part, () => end(pair, how));
      return;
    }
    if (!to.write(part)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }

  /** The options of the next connection's source port. */
  function takeSourcePort(): { readonly localPort?: number } {
    if (sourcePorts === undefined) return {};
    const localPort = nextSourcePort;
    nextSourcePort = nextSourcePort === sourcePorts.last ? sourcePorts.first : nextSourcePort + 1;
    return { localPort };
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    count = { ...count, connections: count.connections + 1 };
    const upstream = connect({ host, port, ...takeSourcePort(), allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, server: upstream, stalled: false };
    client.on('data', (chunk) => pass(pair, client, upstream, 'sent', chunk));
    upstream.on('data', (chunk) => pass(pair, upstream, client, 'received', chunk));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('end', () => !pair.stalled && other.end());
      socket.on('error', () => !pair.stalled && other.resetAndDestroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, listenOn);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cut: (next) => {
      cut = next;
      left = next?.afterBytes ?? Infinity;
      refusing = false;
    },
    count: () => count,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
