/** The desktop entry point: one sandboxed window and one MessagePort. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { RPCHandler } from '@orpc/server/message-port';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session as electronSession } from 'electron';
import { exitCodes, failure, type Failure } from '../core/base/errors.ts';
import { connectMessage } from '../core/contract-port.ts';
import { failureInWords, type Language } from '../core/base/text.ts';
import { createApi } from './api/api.ts';
import { createSession } from './api/session.ts';
import { build } from './compose/build.ts';
import {
  composeSecrets,
  composeServices,
  composeText,
  defaultStateDir,
  findRoot,
  pageFolder,
  startLanguage,
} from './compose/services.ts';
import { guestAddressFrom } from './compose/guest-address.ts';
import { warnOnce } from './commands/context.ts';
import { readPassphrase } from './compose/passphrase.ts';
import { workFolderFindings } from './records/work-folders.ts';
import { securityHeaders } from './serve/policy.ts';
import { readStaticFiles, type StaticFile } from './serve/static-files.ts';
import { readStartArguments } from './compose/start-arguments.ts';

/** A custom scheme: `file:` pages would share one origin with every other file. */
const scheme = 'app';
const pageUrl = `${scheme}://wizard/`;

const root = findRoot(import.meta.dirname);

/** The user's choice of a vault as secret store, like `--vault` of the command line. */
const { EDGE_VAULT } = process.env;

/** Variables with which the demo starts the window in a checkout. An installed application ignores them. */
const fromDemo: NodeJS.ProcessEnv = root.packaged ? {} : process.env;

/** Handed from a second instance to the first. */
interface SecondStart {
  readonly site: string | undefined;
}

async function startSession(sitePath: string | undefined) {
  const words = await composeText(startLanguage());
  const secrets = composeSecrets(EDGE_VAULT, (purpose) => readPassphrase(words, purpose, new AbortController().signal));
  const warn = warnOnce({ text: words, json: false });
  const services = async (language: Language) => {
    const text = await composeText(language);
    const trust = fromDemo.EDGE_TRUST === undefined ? [] : [fromDemo.EDGE_TRUST];
    const guests = fromDemo.EDGE_DEMO_GUESTS;
    const guestAddress = guests === undefined ? undefined : guestAddressFrom(guests);
    const composed = await composeServices({
      root,
      text,
      stateDir: defaultStateDir(),
      secrets,
      trust,
      warn,
      guestAddress,
    });
    // A bug: only the files of `trust` can fail, and these are the demo's own.
    if (!composed.ok) throw new Error(composed.failure.code);
    return composed.value;
  };
  return createSession({
    services,
    language: startLanguage(),
    host: 'electron',
    demo: fromDemo.EDGE_DEMO === '1',
    homeFolder: homedir(),
    sitePath,
    findings: await workFolderFindings(defaultStateDir()),
  });
}

const respond = (file: StaticFile | undefined): Response =>
  file === undefined
    ? new Response('', { status: 404, headers: securityHeaders })
    : new Response(new Uint8Array(file.body), { headers: { ...securityHeaders, 'content-type': file.type } });

/** Only the product's own page is loaded; other pages, windows and permissions are refused. */
function allowOnlyOurPage(): void {
  app.on('web-contents-created', (_event, contents) => {
    // A reload is a navigation to the same page.
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

async function openWindow(sitePath: string | undefined): Promise<void> {
  const files = await readStaticFiles(pageFolder(root));
  protocol.handle(scheme, (request) => respond(files.get(new URL(request.url).pathname)));
  allowOnlyOurPage();
  const session = await startSession(sitePath);
  const { router, stop } = createApi(session);
  const handler = new RPCHandler(router);
  ipcMain.on(connectMessage, (event) => {
    const [port] = event.ports;
    if (port === undefined || event.senderFrame?.url.startsWith(pageUrl) !== true) return;
    handler.upgrade(port);
    port.start();
  });
  app.once('before-quit', (event) => {
    // Stops all work in order: govc processes end and the journal is complete.
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
  app.on('second-instance', (_event, _argv, _folder, second) => {
    if (window.isMinimized()) window.restore();
    window.focus();
    const { site } = second as SecondStart;
    // Opening it could lose unsaved edits, so the user is asked.
    if (site === undefined || site === session.sitePath) return;
    const text = session.services().text;
    const { title, detail, remedy } = failureInWords(text, failure('input', 'common.start-again', { path: site }));
    void dialog.showMessageBox(window, { type: 'info', message: title, detail: `${detail}\n\n${remedy}` });
  });
  await window.loadURL(pageUrl).catch((error: { code?: string }) => {
    // A reload interrupted the first load: the page still loads.
    if (error.code !== 'ERR_ABORTED') throw error;
  });
}

/** Without a window the failure is shown in a message box and on stderr. */
function endWith(code: number, message: string): void {
  console.error(message);
  // On Linux, before `ready`, the message box is only a line on stderr.
  if (process.platform !== 'linux' || app.isReady()) dialog.showErrorBox('Rainbow Edge Installer', message);
  app.exit(code);
}

/** Runs before Chromium opens a window or a port. */
async function refuse(reason: Failure): Promise<void> {
  const { title, detail, remedy } = failureInWords(await composeText(startLanguage()), reason);
  endWith(exitCodes[reason.kind], `${title}\n${detail}\n${remedy}`);
}

function start(site: string | undefined): void {
  const second: SecondStart = { site };
  if (!app.requestSingleInstanceLock({ ...second })) {
    app.quit();
    return;
  }
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
  app.enableSandbox();
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
  app.on('window-all-closed', () => app.quit());
  app
    .whenReady()
    .then(() => openWindow(site))
    .catch((error: unknown) => endWith(1, error instanceof Error ? error.message : String(error)));
}

// In a checkout the first argument is the checkout, and other arguments are allowed.
const given = root.packaged
  ? readStartArguments(process.argv.slice(1), { platform: process.platform, forTests: build.forTests })
  : { ok: true as const, value: { site: fromDemo.EDGE_SITE ?? process.argv[2] } };
if (given.ok) start(given.value.site === undefined ? undefined : resolve(given.value.site));
else void refuse(given.failure);
