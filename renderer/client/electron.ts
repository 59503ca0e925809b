/** The Electron window: the page makes a channel, the preload hands one end to main. */
import { RPCLink } from '@orpc/client/message-port';
import { connectMessage } from '../../core/contract-port.ts';
import { type Connection, createSwitchboard } from './link.ts';

export function connectElectron(): Connection {
  const board = createSwitchboard();
  const { port1: ours, port2: theirs } = new MessageChannel();
  window.postMessage(connectMessage, '*', [theirs]);
  ours.start();
  // A page that goes away with an open port can take its process with it; main also learns at once that nobody listens.
  window.addEventListener('pagehide', () => ours.close());
  board.connected(new RPCLink({ port: ours }));
  return board.connection;
}
