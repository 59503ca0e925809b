/** Picks the transport of the host that shows this page. */
import { connectBrowser } from './browser.ts';
import { connectElectron } from './electron.ts';
import type { Connection } from './link.ts';

export const connect = (): Connection => (window.edgeHost === 'electron' ? connectElectron() : connectBrowser());
