/** Selects the transport: that of the Electron window or of the browser. */
import { connectBrowser } from './browser.ts';
import { connectElectron } from './electron.ts';
import type { Connection } from './link.ts';

export const connect = (): Connection => (window.edgeHost === 'electron' ? connectElectron() : connectBrowser());
