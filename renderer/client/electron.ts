/** The connection in the Electron window: the page makes a channel, and the preload sends one port to main. */
import { RPCLink } from '@orpc/client/message-port';
import { connectMessage } from '../../core/contract-port.ts';
import { type Connection, createSwitchboard } from './link.ts';

export function connectElectron(): Connection {
  const board = createSwitchboard();
  const { port1: ours, port2: theirs } = new MessageChannel();
  window.postMessage(connectMessage, '*', [theirs]);
  ours.start();
  // An open port of a closing page can crash its process. Closing it also tells main at once that the page is gone.
  window.addEventListener('pagehide', () => ours.close());
  board.connected(new RPCLink({ port: ours }));
  return board.connection;
}
