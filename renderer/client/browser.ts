/**
 * The browser page on the loopback interface. The one-time token of the address is changed for a session; a dropped
 * connection is taken up again by itself, until the server says that the session is over.
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

/** Takes the one-time token out of the address bar and the history; undefined where there is none. */
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
    // A new address was opened in this tab meanwhile, or two retries met.
    if (session !== current || socket !== undefined) return;
    const mine = new WebSocket(rpcUrl(), [socketProtocol, current.page]);
    socket = mine;
    mine.binaryType = 'arraybuffer';
    const greet = ({ data }: MessageEvent<unknown>): void => {
      // Another server on this port must not get what the page sends.
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
    // This tab may have used the token itself before.
    else open(session);
  }

  function start(): void {
    const token = takeToken();
    if (token !== undefined) void enter(token);
    else if (session !== undefined) open(session);
    else board.disconnected('refused');
  }

  // A new address of the same server, pasted into this tab, does not load the page again: what is unsaved stays.
  addEventListener('hashchange', () => {
    const token = takeToken();
    if (token !== undefined) void enter(token);
  });
  start();
  return board.connection;
}
