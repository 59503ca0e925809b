/** Limits for clients without a session. Every user of the machine can connect to the loopback server. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Body of a request: a token. Bytes. */
export const bodyLimit = 4096;

/** Message of a page: a site file is the largest. Bytes. */
export const messageLimit = 8_000_000;

/** Options of the HTTP server. Times in ms. */
export const httpLimits = {
  /** Browsers send the cookies of every other server on 127.0.0.1 too: four times Node's default, in bytes. */
  maxHeaderSize: 65_536,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

const anonymousLimit = 100;

/**
 * Limits the connections that have no session: a new one above the limit ends the oldest, so that idle connections do
 * not lock the page out. Returns a function that stops counting a connection.
 */
export function limitConnections(server: Server): (admitted: Socket) => void {
  const anonymous = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    anonymous.add(socket);
    socket.once('close', () => anonymous.delete(socket));
    const [oldest] = anonymous;
    if (anonymous.size > anonymousLimit) oldest?.destroy();
  });
  return (admitted) => void anonymous.delete(admitted);
}
