/** A browser from the server's view: raw requests with any header, and the contract over a WebSocket. */
import { request } from 'node:http';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import type { Contract } from '../../../core/contract.ts';
import { type PageSession, socketProtocol } from '../../../core/page-session.ts';

export type Client = ContractRouterClient<Contract>;

export interface Reply {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export function ask(port: number, { method = 'GET', path = '/', headers = {}, body }: Ask): Promise<Reply> {
  return new Promise((resolve) => {
    const nothing = { status: 0, headers: {}, body: '' };
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.once('error', () => resolve(nothing));
    });
    outgoing.once('error', () => resolve(nothing));
    outgoing.end(body);
  });
}

export const originOf = (port: number): string => `http://127.0.0.1:${port}`;

export interface Session extends PageSession {
  /** In the form of the Cookie header. */
  readonly cookie: string;
}

/** Consumes the token of `url` and returns the session. */
export async function enter(url: string): Promise<Session> {
  const { port, hash } = new URL(url);
  const reply = await ask(Number(port), {
    method: 'POST',
    path: '/session',
    headers: { origin: originOf(Number(port)), 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1) }),
  });
  const cookie = String(reply.headers['set-cookie']).split(';')[0];
  if (reply.status !== 200 || cookie === undefined) throw new Error(`${reply.status}`);
  return { cookie, ...(JSON.parse(reply.body) as PageSession) };
}

/** A WebSocket with the given session and the right Origin. */
export const socketTo = (port: number, { cookie, page }: Pick<Session, 'cookie' | 'page'>): WebSocket =>
  new WebSocket(`ws://127.0.0.1:${port}/rpc`, [socketProtocol, page], { headers: { origin: originOf(port), cookie } });

/** Whether the server takes the socket; refused ones are closed. */
export function isTaken(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

export interface Page {
  readonly client: Client;
  readonly socket: WebSocket;
  close(): Promise<void>;
}

export async function openPage(port: number, session: Session): Promise<Page> {
  const socket = socketTo(port, session);
  const greeting = new Promise<string>((resolve) =>
    socket.once('message', (data: Buffer) => resolve(data.toString('utf8'))),
  );
  if (!(await isTaken(socket))) throw new Error('the socket was refused');
  if ((await greeting) !== session.server) throw new Error('another server');
  const link = new RPCLink({ websocket: socket as never });
  return {
    client: createORPCClient<Client>(link),
    socket,
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.CLOSED) return resolve();
        socket.once('close', () => resolve());
        socket.close();
      }),
  };
}
