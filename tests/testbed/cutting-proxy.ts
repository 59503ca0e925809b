/**
 * A TCP proxy that cuts a connection after a number of bytes. Runs in the installer's namespace:
 * cutting-proxy.ts HOST PORT. Reads a {@link Cut} or null as one JSON line, and "count"; answers each with one JSON line.
 */
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Cut, ProxyCount } from './intercept.ts';
import { proxySourcePorts } from './intercept.ts';

const [host = '', port = ''] = process.argv.slice(2);
const { first, last } = proxySourcePorts;

let nextSourcePort: number = first;
let cut: Cut | null = null;
/** Bytes that may still pass before the cut. */
let left = Infinity;
let refusing = false;
let count: ProxyCount = { connections: 0, sent: 0, received: 0, cuts: 0 };

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

/** Passes on as many bytes as the cut leaves, in their order of arrival. */
function pass(pair: Pair, from: Socket, to: Socket, direction: 'sent' | 'received', chunk: Buffer): void {
  if (pair.stalled) return;
  const counts = cut !== null && (cut.direction === undefined || cut.direction === direction);
  const part = counts && chunk.length >= left ? chunk.subarray(0, left) : chunk;
  count = { ...count, [direction]: count[direction] + part.length };
  if (counts) left -= part.length;
  if (counts && cut !== null && left <= 0) {
    const { how, refuseAfter = false } = cut;
    count = { ...count, cuts: count.cuts + 1 };
    refusing = refuseAfter;
    cut = null;
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

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  if (refusing) {
    client.resetAndDestroy();
    return;
  }
  count = { ...count, connections: count.connections + 1 };
  const localPort = nextSourcePort;
  nextSourcePort = nextSourcePort === last ? first : nextSourcePort + 1;
  const upstream = connect({ host, port: Number(port), localPort, allowHalfOpen: true, noDelay: true });
  const pair: Pair = { client, server: upstream, stalled: false };
  client.on('data', (chunk) => pass(pair, client, upstream, 'sent', chunk));
  upstream.on('data', (chunk) => pass(pair, upstream, client, 'received', chunk));
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on('end', () => !pair.stalled && other.end());
    socket.on('error', () => !pair.stalled && other.resetAndDestroy());
  }
});

const answer = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

server.listen(0, '0.0.0.0', () => answer(server.address()));

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== 'count') {
      cut = JSON.parse(line) as Cut | null;
      left = cut?.afterBytes ?? Infinity;
      refusing = false;
    }
    answer(count);
  })
  .on('close', () => process.exit(0));
