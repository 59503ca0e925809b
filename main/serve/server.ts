/**
 * The wizard on the loopback interface: static files, one session by a one-time token, the contract over a WebSocket.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { fail, failure, ok, type Result } from '../../core/base/errors.ts';
import { signedOutCode, socketProtocol } from '../../core/page-session.ts';
import type { Router } from '../api/api.ts';
import { answer } from './answer.ts';
import { createGuard, onlyValue } from './guard.ts';
import { httpLimits, limitConnections, messageLimit } from './limits.ts';
import { onlyMessages } from './messages.ts';
import { securityHeaders } from './policy.ts';
import { answerSession } from './session-requests.ts';
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
  /** Returns a new address. The previous session and address end; a running deployment continues. */
  renew(): string;
  close(): Promise<void>;
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

/** The page's secret in `socketProtocol, <secret>`; undefined for any other list. */
function offeredSecret(request: IncomingMessage): string | undefined {
  const [protocol, secret, ...more] = (onlyValue(request, 'sec-websocket-protocol') ?? '').split(/\s*,\s*/);
  return protocol === socketProtocol && more.length === 0 ? secret : undefined;
}

function refuse(socket: Duplex): void {
  // The client could keep its half of the connection open forever.
  socket.once('finish', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

/** Time limit in ms for the client's close frame. */
const closeGrace = 1000;

function signOut(socket: WebSocket): void {
  socket.close(signedOutCode);
  setTimeout(() => socket.terminate(), closeGrace).unref();
}

/** Fails with `common.no-port`. */
export async function serveWizard({ router, page, port: wanted }: ServeOptions): Promise<Result<Served>> {
  const files = await readStaticFiles(page);
  let port = wanted;
  const guard = createGuard(() => port);
  const rpc = new RPCHandler(router);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageLimit,
    handleProtocols: () => socketProtocol,
  });

  const server = createServer(httpLimits, (request, response) => {
    // A client may disconnect at any time.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (!guard.isForUs(request)) return answer(response, 421);
    if (guard.originOf(request) === 'foreign') return answer(response, 403);
    if (request.url === '/session') return answerSession(guard, request, response);
    // The page's files contain no data, so they need no session.
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405);
    const file = files.get(request.url?.split('?')[0] ?? '/');
    if (file === undefined) return answer(response, 404);
    response.writeHead(200, { ...securityHeaders, 'content-type': file.type, 'content-length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  });
  const admit = limitConnections(server);

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const session =
      request.url === '/rpc' && guard.isForUs(request) && guard.originOf(request) === 'own'
        ? guard.admitted(request, offeredSecret(request))
        : undefined;
    if (session === undefined) return refuse(socket);
    admit(socket);
    sockets.handleUpgrade(request, socket, head, (socketOfPage) => {
      // A message that is too large or malformed ends the connection, not the server.
      socketOfPage.on('error', () => socketOfPage.terminate());
      socketOfPage.send(session.server);
      void rpc.upgrade(onlyMessages(socketOfPage), { context: {} });
    });
  });

  const bound = await listen(server, wanted);
  if (!bound.ok) return bound;
  port = bound.value;
  const newUrl = (): string => `http://127.0.0.1:${port}/#${guard.renew()}`;
  return ok({
    url: newUrl(),
    port,
    renew() {
      const url = newUrl();
      for (const socket of sockets.clients) signOut(socket);
      return url;
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
