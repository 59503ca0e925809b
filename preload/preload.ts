/**
 * The only thing that the page gets from Electron: the port of the contract. The page makes a channel and hands over
 * one end; it goes on to main as it is. There is no generic send.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { connectMessage } from '../core/contract-port.ts';

contextBridge.exposeInMainWorld('edgeHost', 'electron');

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const port = event.ports[0];
  if (event.source !== window || event.data !== connectMessage || port === undefined) return;
  ipcRenderer.postMessage(connectMessage, null, [port]);
});
