/**
 * The browser wizard beside another server on 127.0.0.1: what the server receives, and its influence on the session.
 */
import { createServer } from 'node:http';
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { WebSocketServer } from 'ws';
import { pageHeader, type PageSession, socketProtocol } from '../../core/page-session.ts';
import { exchange, upgradeHeaders, wire } from '../integration/serve/raw.ts';
import { attack, type ForeignServer, startForeignServer } from './foreign-server.ts';
import { WizardPage } from './pages/wizard.ts';
import { type ServeProcess, startServe } from './serve-process.ts';

const test = base.extend<{ foreign: ForeignServer }, { serve: ServeProcess }>({
  serve: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures out of this pattern.
    async ({}, use) => {
      const serve = await startServe();
      await use(serve);
      await serve.stop();
    },
    { scope: 'worker' },
  ],
  foreign: async ({ serve }, use) => {
    const foreign = await startForeignServer(serve.port);
    await use(foreign);
    await foreign.close();
  },
});

// A trace takes longer than the tests.
test.use({ trace: 'off' });

async function openWizard(page: Page, url: string): Promise<WizardPage> {
  await page.goto(url);
  const wizard = new WizardPage(page);
  await wizard.ready();
  return wizard;
}

const visit = async (context: BrowserContext, url: string): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(url);
  return page;
};

const secretsOf = (page: Page): Promise<PageSession> =>
  page.evaluate(() => JSON.parse(sessionStorage.getItem('edge-page-session') ?? '{}') as PageSession);

/** Pastes an address into the tab, as its user does. */
const paste = (page: Page, url: string): Promise<unknown> => page.evaluate((to) => void (location.href = to), url);

const refusedTitle = 'This page is not signed in';
const signedOutTitle = 'This page was signed out';

test('another server on 127.0.0.1 receives the cookie, but cannot use it', async ({
  context,
  page,
  serve,
  foreign,
}) => {
  const { port } = serve;
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  page.on('websocket', (socket) => urls.push(socket.url()));
  await (await visit(context, `${foreign.url}/toss`)).close();

  const address = await serve.newUrl();
  const wizard = await openWizard(page, address);
  expect(page.url()).toBe(`http://127.0.0.1:${port}/`);
  await page.reload();
  await wizard.ready();

  const stranger = await visit(context, foreign.url);
  const script = await page.evaluate(() => new URL(document.querySelector('script')?.src ?? '').pathname);
  const target = {
    origin: `http://127.0.0.1:${port}`,
    rpc: `ws://127.0.0.1:${port}/rpc`,
    protocol: socketProtocol,
    script,
  };
  expect(await stranger.evaluate(attack, target)).toEqual([]);

  // Browsers send cookies of 127.0.0.1 to every port: the premise of the page secret.
  const captured = foreign.captured.join('\n');
  const cookies = [...captured.matchAll(new RegExp(`edge-session-${port}=([\\w-]{43})`, 'g'))].map(
    ([cookie]) => cookie,
  );
  const mine = cookies.find((cookie) => !cookie.endsWith('eee')) ?? '';
  expect(mine).not.toBe('');
  const secrets = await secretsOf(page);
  expect(secrets.page).toMatch(/^[\w-]{43}$/);
  for (const secret of [secrets.page, secrets.server, new URL(address).hash.slice(1)]) {
    expect(captured).not.toContain(secret);
    expect(urls.filter((url) => url.includes(secret) && url !== address)).toEqual([]);
    expect(serve.output()).not.toContain(secret);
  }

  // Replayed from another process, it opens neither the socket nor any data.
  const own = [`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`, `Cookie: ${mine}`];
  const cookieValue = mine.split('=')[1] ?? '';
  for (const guess of ['', cookieValue, 'e'.repeat(43)]) {
    const request = { method: 'GET', version: 'HTTP/1.1', body: '' };
    const protocol = `Sec-WebSocket-Protocol: ${socketProtocol}${guess === '' ? '' : `, ${guess}`}`;
    const socket = { ...request, target: '/rpc', headers: [...own, ...upgradeHeaders, protocol] };
    expect(await exchange(port, wire(socket))).toMatchObject({ status: 403, body: '' });
    const state = {
      ...request,
      target: '/session',
      headers: [...own, ...(guess === '' ? [] : [`${pageHeader}: ${guess}`])],
    };
    expect((await exchange(port, wire(state))).status).toBe(401);
  }

  // The wizard still works, and the other server's service worker sees none of its requests.
  const before = foreign.captured.length;
  await page.reload();
  await wizard.ready();
  const worker = foreign.captured.slice(before).filter((text) => text.includes(encodeURIComponent(target.origin)));
  expect(worker).toEqual([]);
});

test('a session ended by another server continues with a new address, in the same tab and with unsaved edits', async ({
  context,
  page,
  serve,
  foreign,
}) => {
  const wizard = await openWizard(page, await serve.newUrl());
  // The cookie is replaced by one of the other server.
  await (await visit(context, `${foreign.url}/toss`)).close();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(refusedTitle);
  await expect(page.getByRole('main')).toContainText('What the installer is doing goes on');
  await expect(page.getByRole('main')).toContainText('Press Enter in the terminal');

  await paste(page, await serve.newUrl());
  await wizard.ready();
  await wizard.fill('Customer', 'Café Ærø');
  const url = await serve.newUrl();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(signedOutTitle);
  let asked = 0;
  page.on('request', () => (asked += 1));
  page.on('websocket', () => (asked += 1));
  await page.waitForTimeout(1500);
  expect(asked).toBe(0);

  await paste(page, url);
  await wizard.ready();
  await expect(wizard.field('Customer')).toHaveValue('Café Ærø');
  expect(await page.evaluate(() => location.hash)).toBe('');
});

test('a tab without the page secret is refused, a duplicate of a tab is not, and a new address signs all out', async ({
  context,
  page,
  serve,
}) => {
  const address = await serve.newUrl();
  const wizard = await openWizard(page, address);
  const title = (tab: Page) => tab.getByRole('heading', { level: 1 });
  // The address without its token, and the used address.
  for (const url of [`http://127.0.0.1:${serve.port}/`, address]) {
    const second = await visit(context, url);
    await expect(title(second)).toHaveText(refusedTitle);
    await second.close();
  }
  await wizard.goTo('network');

  // A copy of the tab gets a copy of its sessionStorage.
  const [copy] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate(() => void window.open(location.href)),
  ]);
  await new WizardPage(copy).ready();

  const other = await (await context.browser()?.newContext())?.newPage();
  if (other === undefined) throw new Error('no second browser');
  await openWizard(other, await serve.newUrl());
  for (const tab of [page, copy]) {
    await expect(title(tab)).toHaveText(signedOutTitle);
    await tab.reload();
    await expect(title(tab)).toHaveText(signedOutTitle);
  }
  await other.close();
});

test('a server that takes over the port later receives no message of the page', async ({ page, serve }) => {
  const { port } = serve;
  const wizard = await openWizard(page, await serve.newUrl());
  await serve.stop();
  const messages: string[] = [];
  let opened = 0;
  const server = createServer((_request, response) => response.writeHead(204).end());
  const sockets = new WebSocketServer({ server, handleProtocols: () => socketProtocol });
  sockets.on('connection', (socket) => {
    opened += 1;
    socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
    socket.send('{"i":"1","p":{}}');
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  try {
    await wizard.fill('Customer', 'Smørrebrød SA');
    await expect.poll(() => opened).toBeGreaterThanOrEqual(2);
    await expect(page.getByRole('alert')).toContainText('Your last changes are not in the site file yet');
    expect(messages).toEqual([]);
  } finally {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  }
});
