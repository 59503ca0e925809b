/**
 * Gives the page its only access to Electron: the port of the contract. The page makes a channel, and the preload
 * forwards one port to main.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { connectMessage } from '../core/contract-port.ts';

contextBridge.exposeInMainWorld('edgeHost', 'electron');

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const port = event.ports[0];
  if (event.source !== window || event.data !== connectMessage || port === undefined) return;
  ipcRenderer.postMessage(connectMessage, null, [port]);
});
