/** Checks messages from the page's socket: they must be JSON text in the form of the contract's transport. */
import type { MessageEvent, WebSocket } from 'ws';

type Socket = Pick<WebSocket, 'addEventListener' | 'send'>;

/** Kinds of messages that carry no request. Source: oRPC 1.16, standard-server-peer. */
const followUps: ReadonlySet<unknown> = new Set([3, 4]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A request names its path; every later message names its request. The page never sends bytes. */
export function isMessage(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  try {
    const message: unknown = JSON.parse(data);
    if (!isObject(message) || typeof message.i !== 'string') return false;
    if (message.t === 4) return true;
    if (!isObject(message.p)) return false;
    return followUps.has(message.t) || (typeof message.p.u === 'string' && message.p.u.startsWith('/'));
  } catch {
    return false;
  }
}

/** Wraps `socket` for the transport. Anything but a message closes the connection with code 1007. */
export const onlyMessages = (socket: WebSocket): Socket => ({
  send: socket.send.bind(socket),
  addEventListener: ((type: 'message', listener: (event: MessageEvent) => void): void => {
    const forward = (event: MessageEvent): void => {
      // A client that ignores the closing handshake can still send.
      if (socket.readyState !== socket.OPEN) return;
      if (isMessage(event.data)) listener(event);
      else socket.close(1007);
    };
    socket.addEventListener(type, type === 'message' ? forward : listener);
  }) as Socket['addEventListener'],
});
