/**
 * The browser page on the loopback interface. The one-time token of the address is changed for a session cookie, which
 * the WebSocket then carries; a dropped connection is taken up again by itself.
 */
import { RPCLink } from '@orpc/client/websocket';
import { type Connection, createSwitchboard } from './link.ts';

const firstDelay = 400;
const longestDelay = 5000;

const sessionUrl = (): URL => new URL('/session', location.href);

const rpcUrl = (): URL => {
  const url = new URL('/rpc', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
};

/** Whether this page may talk to the installer; `unreachable` when nobody answered. */
type Admission = 'admitted' | 'refused' | 'unreachable';

const isRefusal = (status: number): boolean => status === 401 || status === 403 || status === 410;

async function presentToken(token: string): Promise<Admission> {
  try {
    const answer = await fetch(sessionUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      credentials: 'same-origin',
    });
    return answer.ok ? 'admitted' : 'refused';
  } catch {
    return 'unreachable';
  }
}

/** A WebSocket does not say why it was closed; this does. */
async function askSession(): Promise<Admission> {
  try {
    const answer = await fetch(sessionUrl(), { credentials: 'same-origin' });
    return isRefusal(answer.status) ? 'refused' : 'admitted';
  } catch {
    return 'unreachable';
  }
}

export function connectBrowser(): Connection {
  const board = createSwitchboard();
  let delay = firstDelay;

  const again = (): void => {
    setTimeout(open, delay);
    delay = Math.min(longestDelay, delay * 2);
  };

  const open = (): void => {
    const socket = new WebSocket(rpcUrl());
    socket.binaryType = 'arraybuffer';
    const link = new RPCLink({ websocket: socket });
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      delay = firstDelay;
      board.connected(link);
    });
    socket.addEventListener('close', () => {
      board.disconnected('lost');
      if (wasOpen) {
        again();
        return;
      }
      void askSession().then((admission) => {
        if (admission === 'refused') board.disconnected('refused');
        else again();
      });
    });
  };

  const start = async (): Promise<void> => {
    const token = decodeURIComponent(location.hash.slice(1));
    if (token === '') {
      open();
      return;
    }
    history.replaceState(null, '', location.pathname + location.search);
    const admission = await presentToken(token);
    // A token that was used up by this very browser leaves its cookie behind: ask before giving up.
    if (admission === 'refused' && (await askSession()) === 'refused') board.disconnected('refused');
    else open();
  };

  void start();
  return board.connection;
}
