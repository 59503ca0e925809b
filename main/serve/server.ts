/** The wizard on the loopback interface: static files, one session by a one-time token, the contract over a WebSocket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import { fail, failure, ok, type Result } from '../../core/errors.ts';
import type { Router } from '../api/api.ts';
import { createGuard, type Guard } from './guard.ts';
import { onlyMessages } from './messages.ts';
import { securityHeaders } from './policy.ts';
import { readStaticFiles } from './static-files.ts';

export interface ServeOptions {
  readonly router: Router;
  /** Folder of the built page. */
  readonly page: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface Served {
  /** `http://127.0.0.1:<port>/#<one-time token>` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A message of the contract is far smaller; a site file is the largest. Bytes. */
const messageLimit = 8_000_000;
const bodyLimit = 4096;

const answer = (response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): void => {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(body);
};

/** The body as text; undefined when it is too large or the client went away. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyLimit) resolve(undefined);
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}

function tokenIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('token' in parsed)) return undefined;
    return typeof parsed.token === 'string' ? parsed.token : undefined;
  } catch {
    return undefined;
  }
}

async function openSession(guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!guard.isOurOrigin(request)) return answer(response, 403);
  if (!/^application\/json(?:;|$)/.test(request.headers['content-type'] ?? '')) return answer(response, 415);
  const body = await readBody(request);
  if (body === undefined) return answer(response, 413, '', { connection: 'close' });
  const token = tokenIn(body);
  const cookie = token === undefined ? undefined : guard.open(token);
  if (cookie === undefined) return answer(response, 401);
  return answer(response, 204, '', { 'set-cookie': cookie });
}

function listen(server: Server, port: number): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(fail(failure('operation', 'common.no-port', { port, reason: error.code ?? error.message })));
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      resolve(ok(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** Fails with `common.no-port`. */
export async function serveWizard({ router, page, port: wanted }: ServeOptions): Promise<Result<Served>> {
  const files = await readStaticFiles(page);
  let port = wanted;
  const guard = createGuard(() => port);
  const rpc = new RPCHandler(router);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageLimit });

  const server = createServer((request, response) => {
    // Whoever goes away in the middle of something is no bug of ours.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (!guard.isOurHost(request)) return answer(response, 421);
    if (path === '/session') {
      if (request.method === 'POST') return void openSession(guard, request, response);
      if (request.method === 'GET') return answer(response, guard.hasSession(request) ? 204 : 401);
      return answer(response, 405);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405);
    const file = files.get(path);
    if (file === undefined) return answer(response, 404);
    response.writeHead(200, { ...securityHeaders, 'content-type': file.type, 'content-length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const allowed =
      request.url === '/rpc' &&
      request.method === 'GET' &&
      guard.isOurHost(request) &&
      guard.isOurOrigin(request) &&
      guard.hasSession(request);
    if (!allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (socketOfPage) => {
      // A message that is too large, or no message at all: the connection is over, the server goes on.
      socketOfPage.on('error', () => socketOfPage.terminate());
      void rpc.upgrade(onlyMessages(socketOfPage), { context: {} });
    });
  });

  const bound = await listen(server, wanted);
  if (!bound.ok) return bound;
  port = bound.value;
  return ok({
    url: `http://127.0.0.1:${port}/#${guard.token}`,
    port,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
