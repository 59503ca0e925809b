/**
 * The browser page on the loopback interface. It exchanges the one-time token of the address for a session, and
 * reconnects automatically until the server ends the session.
 */
import { RPCLink } from '@orpc/client/websocket';
import { type PageSession, signedOutCode, socketProtocol } from '../../core/page-session.ts';
import { type Connection, createSwitchboard } from './link.ts';
import { openSession, storedSession, whyRefused } from './page-session.ts';

const firstDelay = 400;
const longestDelay = 5000;

const tokenPattern = /^#[\w-]{43}$/;

const rpcUrl = (): URL => {
  const url = new URL('/rpc', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
};

/** Removes the one-time token from the address bar and the history and returns it, or undefined. */
function takeToken(): string | undefined {
  const { hash } = location;
  if (!tokenPattern.test(hash)) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return hash.slice(1);
}

export function connectBrowser(): Connection {
  const board = createSwitchboard();
  let session = storedSession();
  let socket: WebSocket | undefined;
  let delay = firstDelay;

  const later = (act: () => void): void => {
    setTimeout(act, delay);
    delay = Math.min(longestDelay, delay * 2);
  };

  function open(current: PageSession): void {
    // Meanwhile a new address was opened in this tab, or another retry succeeded.
    if (session !== current || socket !== undefined) return;
    const mine = new WebSocket(rpcUrl(), [socketProtocol, current.page]);
    socket = mine;
    mine.binaryType = 'arraybuffer';
    const greet = ({ data }: MessageEvent<unknown>): void => {
      // Another server on this port must not get the page's messages.
      if (data !== current.server) return mine.close();
      delay = firstDelay;
      board.connected(new RPCLink({ websocket: mine }));
    };
    mine.addEventListener('message', greet, { once: true });
    mine.addEventListener('close', ({ code }) => void closed(current, code));
  }

  async function closed(current: PageSession, code: number): Promise<void> {
    if (session !== current) return;
    socket = undefined;
    board.disconnected(code === signedOutCode ? 'signed-out' : 'lost');
    if (code === signedOutCode) return;
    const reason = await whyRefused(current);
    if (session !== current) return;
    if (reason === 'lost') later(() => open(current));
    else board.disconnected(reason);
  }

  async function enter(token: string): Promise<void> {
    const opening = await openSession(token);
    if (opening === 'unreachable') {
      board.disconnected('lost');
      later(() => void enter(token));
    } else if (opening !== 'refused') {
      session = opening;
      socket?.close();
      socket = undefined;
      open(opening);
    } else if (session === undefined) board.disconnected('refused');
    // This tab may have used the token before.
    else open(session);
  }

  function start(): void {
    const token = takeToken();
    if (token !== undefined) void enter(token);
    else if (session !== undefined) open(session);
    else board.disconnected('refused');
  }

  // A new address of the same server in this tab does not reload the page, so unsaved edits stay.
  addEventListener('hashchange', () => {
    const token = takeToken();
    if (token !== undefined) void enter(token);
  });
  start();
  return board.connection;
}
