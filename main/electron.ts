/** The desktop door: one sandboxed window, one MessagePort, nothing else. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RPCHandler } from '@orpc/server/message-port';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session as electronSession } from 'electron';
import { connectMessage } from '../core/port.ts';
import type { Language } from '../core/text.ts';
import { createApi } from './api/api.ts';
import { createSession } from './api/session.ts';
import {
  composeSecrets,
  composeServices,
  composeText,
  defaultStateDir,
  findRoot,
  pageFolder,
  startLanguage,
} from './compose.ts';
import { warnOnce } from './commands/context.ts';
import { readPassphrase } from './passphrase.ts';
import { workFolderFindings } from './runner/work-folders.ts';
import { securityHeaders } from './serve/policy.ts';
import { readStaticFiles, type StaticFile } from './serve/static-files.ts';

/** A scheme of our own: pages from files would share one origin with every other file. */
const scheme = 'app';
const pageUrl = `${scheme}://wizard/`;

const root = findRoot(import.meta.dirname);

/** The demo and the tests say so by environment; an installed application starts without any of it. */
const { EDGE_SITE, EDGE_VAULT, EDGE_TRUST, EDGE_DEMO, EDGE_PAGE } = process.env;

async function startSession() {
  const words = await composeText(startLanguage());
  const secrets = composeSecrets(EDGE_VAULT, (purpose) => readPassphrase(words, purpose, new AbortController().signal));
  const warn = warnOnce({ text: words, json: false });
  const services = async (language: Language) => {
    const text = await composeText(language);
    const trust = EDGE_TRUST === undefined ? [] : [EDGE_TRUST];
    const composed = await composeServices({ root, text, stateDir: defaultStateDir(), secrets, trust, warn });
    if (!composed.ok) throw new Error(composed.failure.code);
    return composed.value;
  };
  return createSession({
    services,
    language: startLanguage(),
    host: 'electron',
    demo: EDGE_DEMO === '1',
    homeFolder: homedir(),
    sitePath: EDGE_SITE,
    findings: await workFolderFindings(defaultStateDir()),
  });
}

const respond = (file: StaticFile | undefined): Response =>
  file === undefined
    ? new Response('', { status: 404, headers: securityHeaders })
    : new Response(new Uint8Array(file.body), { headers: { ...securityHeaders, 'content-type': file.type } });

/** Nothing but our own page is ever loaded, opened or allowed. */
function closeDoors(): void {
  app.on('web-contents-created', (_event, contents) => {
    // A reload is a navigation too, to where the page already is.
    contents.on('will-navigate', (event, url) => {
      if (!url.startsWith(pageUrl)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
  const ours = electronSession.defaultSession;
  ours.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  ours.setPermissionCheckHandler(() => false);
  ours.webRequest.onBeforeRequest((details, decide) => {
    const inside = details.url.startsWith(pageUrl) || /^(?:devtools|data|blob):/.test(details.url);
    decide({ cancel: !inside });
  });
}

async function openWindow(): Promise<void> {
  const files = await readStaticFiles(EDGE_PAGE ?? pageFolder(root));
  protocol.handle(scheme, (request) => respond(files.get(new URL(request.url).pathname)));
  closeDoors();
  const { router, stop } = createApi(await startSession());
  const handler = new RPCHandler(router);
  ipcMain.on(connectMessage, (event) => {
    const [port] = event.ports;
    if (port === undefined || event.senderFrame?.url.startsWith(pageUrl) !== true) return;
    handler.upgrade(port);
    port.start();
  });
  app.once('before-quit', (event) => {
    // What runs is stopped in order: govc's processes end, the journal is whole.
    event.preventDefault();
    void stop().finally(() => app.quit());
  });
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    minWidth: 960,
    minHeight: 640,
    show: false,
    title: 'Rainbow Edge Installer',
    webPreferences: {
      preload: join(root.folder, 'dist', 'preload', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  await window.loadURL(pageUrl).catch((error: { code?: string }) => {
    // A reload before the first load has ended: the page comes all the same.
    if (error.code !== 'ERR_ABORTED') throw error;
  });
}

function start(): void {
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
  app.enableSandbox();
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  app
    .whenReady()
    .then(openWindow)
    .catch((error: unknown) => {
      // Without a window there is nobody to say it but this box; a terminal that started us sees it too.
      const message = error instanceof Error ? error.message : String(error);
      console.error(message);
      dialog.showErrorBox('Rainbow Edge Installer', message);
      app.exit(1);
    });
}

start();
