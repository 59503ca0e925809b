/** A TCP relay that cuts its connections after a number of bytes, in both directions together. */
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** Bytes that have passed. */
  readonly passed: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Relays to `port` of the loopback interface. After `bytes` every connection is cut: reset, or `silently` left open without
 * passing anything on. Without `again` new connections are cut at once.
 */
export async function cutAfter(
  port: number,
  { bytes, silently = false }: { readonly bytes: number; readonly silently?: boolean },
): Promise<CuttingProxy> {
  let passed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const pair = [near, far];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        for (const one of pair) one.destroy();
      });
    }
    const relay = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        const room = bytes - passed;
        passed += Math.min(room, chunk.length);
        if (room > 0) to.write(chunk.subarray(0, room));
        if (chunk.length < room || silently) return;
        // The remaining bytes arrive before the cut.
        to.end(() => from.destroy());
      });
    };
    relay(near, far);
    relay(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    passed: () => passed,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
