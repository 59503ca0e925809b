import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import { createSession } from '../../../main/api/session.ts';
import { composeProgram, composeSecrets, composeText, findRoot } from '../../../main/compose.ts';
import { type Served, serveWizard } from '../../../main/serve/server.ts';
import { ask, type Ask, enter, isTaken, openPage, originOf, socketTo } from './browser.ts';

let folder: string;
let served: Served;
let cookie: string;
const root = findRoot(import.meta.dirname);

async function serve(): Promise<Served> {
  const services = {
    name: 'x',
    version: '1',
    stateDir: join(folder, 'state'),
    secrets: composeSecrets(join(folder, 'vault.age'), async () => ({ ok: true, value: 'x' })),
    govcProgram: composeProgram(root, 'govc'),
    trustedKeys: [],
    imageIssuers: [],
    text: await composeText('en'),
    now: () => new Date(),
  };
  const session = await createSession({
    services: async () => services,
    language: 'en',
    host: 'browser',
    demo: false,
    homeFolder: folder,
    findings: [],
  });
  const result = await serveWizard({ router: createApi(session).router, page: join(folder, 'page'), port: 0 });
  if (!result.ok) throw new Error(result.failure.code);
  return result.value;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-serve-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>wizard</title>');
  await writeFile(join(folder, 'page', 'assets', 'main.js'), 'export {};');
  await writeFile(join(folder, 'outside.txt'), 'outside');
  await symlink(join(folder, 'outside.txt'), join(folder, 'page', 'link.txt'));
  served = await serve();
  cookie = await enter(served.url);
});
afterAll(async () => {
  await served?.close();
  await rm(folder, { recursive: true, force: true });
});

const tokenOf = (url: string): string => new URL(url).hash.slice(1);

/** The server still answers a page of its own. */
const isAlive = async ({ port } = served): Promise<boolean> => (await ask(port, {})).status === 200;

describe('the one-time token', () => {
  it('has 256 bits and stands behind the # of the address, which no browser sends', () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[A-Za-z0-9_-]{43}$/);
  });

  it('opens one session; the second attempt gets nothing', async () => {
    const own = await serve();
    try {
      await expect(enter(own.url)).resolves.toMatch(/^edge-session-\d+=/);
      await expect(enter(own.url)).rejects.toThrow('401');
    } finally {
      await own.close();
    }
  });

  it('gives a cookie that scripts and other sites do not get', async () => {
    const own = await serve();
    try {
      const reply = await ask(own.port, {
        method: 'POST',
        path: '/session',
        headers: { origin: originOf(own.port), 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ token: tokenOf(own.url) }),
      });
      expect(reply.status).toBe(204);
      expect(String(reply.headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    } finally {
      await own.close();
    }
  });
});

describe('every combination of Host, Origin, method, content type and token', () => {
  const hosts = (port: number) => ({
    own: [`127.0.0.1:${port}`, `localhost:${port}`],
    foreign: [
      'rebound.example',
      `rebound.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:${port}.evil.example`,
      `0.0.0.0:${port}`,
    ],
  });
  const origins = (port: number) => ({
    own: [`http://127.0.0.1:${port}`],
    foreign: [
      undefined,
      'null',
      'http://evil.example',
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port}.evil.example`,
      `http://localhost:${port}`,
    ],
  });
  const types = {
    own: ['application/json'],
    foreign: [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'],
  };
  const methods = { own: ['POST'], foreign: ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] };

  it('opens a session for the one that is right, and for none of the others', async () => {
    const own = await serve();
    try {
      const [token, { port }] = [tokenOf(own.url), own];
      const bodies = {
        own: [{ token }],
        foreign: [{ token: `${token}x` }, { token: '' }, { token: [token] }, [token], null, { TOKEN: token }],
      };
      const both = <T>({ own: mine, foreign }: { own: T[]; foreign: T[] }): T[] => [...mine, ...foreign];
      let tried = 0;
      for (const host of both<string>(hosts(port)))
        for (const origin of both<string | undefined>(origins(port)))
          for (const type of both<string | undefined>(types))
            for (const method of both<string>(methods))
              for (const body of both<unknown>(bodies)) {
                const right =
                  host === `127.0.0.1:${port}` &&
                  origin === originOf(port) &&
                  type === 'application/json' &&
                  method === 'POST' &&
                  body === bodies.own[0];
                // The other name of the same place, in both headers.
                if (host === `localhost:${port}` && origin === `http://${host}`) continue;
                // One body is enough where something before it is wrong already.
                const wrongBefore = !(
                  host === `127.0.0.1:${port}` &&
                  origin === originOf(port) &&
                  type === 'application/json'
                );
                if (right || (wrongBefore && body !== bodies.own[0])) continue;
                const headers = {
                  host,
                  ...(origin === undefined ? {} : { origin }),
                  ...(type === undefined ? {} : { 'content-type': type }),
                };
                const reply = await ask(port, { method, path: '/session', headers, body: JSON.stringify(body) });
                tried += 1;
                expect([401, 403, 405, 415, 421], `${method} ${JSON.stringify(headers)}`).toContain(reply.status);
                expect(reply.headers['set-cookie']).toBeUndefined();
              }
      expect(tried).toBeGreaterThan(300);
      // None of all these used the token up.
      await expect(enter(own.url)).resolves.toContain('edge-session');
    } finally {
      await own.close();
    }
  });

  it('takes a WebSocket only with own Host, own Origin and the cookie', async () => {
    const { port } = served;
    const wrongCookies = [
      undefined,
      '',
      'edge-session-1=x',
      `edge-session-${port}=x`,
      cookie.toUpperCase(),
      `x${cookie}`,
    ];
    const allHosts = [...hosts(port).own.slice(0, 1), ...hosts(port).foreign];
    for (const host of allHosts)
      for (const origin of [...origins(port).own, ...origins(port).foreign])
        for (const one of [cookie, ...wrongCookies]) {
          const right = host === allHosts[0] && origin === originOf(port) && one === cookie;
          const headers = {
            host,
            ...(origin === undefined ? {} : { origin }),
            ...(one === undefined ? {} : { cookie: one }),
          };
          const socket = socketTo(port, headers);
          expect(await isTaken(socket), JSON.stringify(headers)).toBe(right);
          socket.terminate();
        }
    for (const path of ['/', '/rpc/', '/rpc?x', '/RPC', '//rpc']) {
      expect(await isTaken(socketTo(port, { origin: originOf(port), cookie }, path)), path).toBe(false);
    }
  });

  it('asks for the session only of who has the cookie', async () => {
    const session = (headers: Record<string, string>): Promise<number> =>
      ask(served.port, { path: '/session', headers }).then(({ status }) => status);
    expect(await session({ cookie })).toBe(204);
    expect(await session({ cookie: `a=b; ${cookie}; c=d` })).toBe(204);
    expect(await session({})).toBe(401);
    expect(await session({ cookie, host: 'rebound.example' })).toBe(421);
  });

  it('binds to the loopback interface alone', async () => {
    const others = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'),
    );
    for (const { address } of others) {
      const refused = await new Promise<boolean>((resolve) => {
        const socket = connect(served.port, address);
        socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
      });
      expect(refused, address).toBe(true);
    }
    expect((await ask(served.port, {})).status).toBe(200);
  });
});

describe('the page', () => {
  it('is served by exact path with every security header', async () => {
    const { status, headers, body } = await ask(served.port, {});
    expect([status, body]).toEqual([200, '<!doctype html><title>wizard</title>']);
    for (const asked of [
      {},
      { path: '/nothing' },
      { path: '/session' },
      { method: 'POST' },
      { headers: { host: 'rebound.example' } },
    ] as Ask[]) {
      const reply = await ask(served.port, asked);
      expect(reply.headers, JSON.stringify(asked)).toMatchObject({
        'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
      expect(reply.headers['content-security-policy']).not.toContain('unsafe');
    }
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect((await ask(served.port, { path: '/assets/main.js' })).headers['content-type']).toBe(
      'text/javascript; charset=utf-8',
    );
    expect(await ask(served.port, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/%2e%2e%2f%2e%2e%2foutside.txt',
    '/..\\outside.txt',
    '//etc/passwd',
    '/link.txt',
    '/assets',
    '/assets/',
    '/index.html%00.txt',
    '/constructor',
    '/__proto__',
  ])('has no path %s', async (path) => {
    expect(await ask(served.port, { path })).toMatchObject({ status: 404, body: '' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('does not know %s', async (method) => {
    expect((await ask(served.port, { method })).status).toBe(405);
  });
});

describe('the server outlives', () => {
  it('a body that is too large', async () => {
    const headers = { origin: originOf(served.port), 'content-type': 'application/json' };
    const reply = await ask(served.port, {
      method: 'POST',
      path: '/session',
      headers,
      body: Buffer.alloc(5_000_000, 'x'),
    });
    expect([413, 0]).toContain(reply.status);
    const small = await ask(served.port, { method: 'POST', path: '/session', headers, body: Buffer.alloc(5000, 'x') });
    expect(small.status).toBe(413);
    expect(await isAlive()).toBe(true);
  });

  it('clients that go away in the middle of a request or an upgrade', async () => {
    const head = `Host: 127.0.0.1:${served.port}\r\nOrigin: ${originOf(served.port)}\r\n`;
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const requests = [
      `POST /session HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"tok`,
      `GET /rpc HTTP/1.1\r\n${head}${upgrade}\r\n`,
      `GET /rpc HTTP/1.1\r\n${head}Cookie: ${cookie}\r\n${upgrade}\r\n\x81`,
      'GET / HTTP/1.1\r\nHost',
      'nonsense\r\n\r\n',
    ];
    for (const text of requests) {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await new Promise<void>((resolve) => {
          const socket = connect(served.port, '127.0.0.1', () => {
            socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 5));
          });
          socket.once('close', () => resolve()).once('error', () => undefined);
        });
      }
    }
    expect(await isAlive()).toBe(true);
  });

  it('messages that are too large, broken or meaningless, and gives nothing away', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = [Buffer.alloc(9_000_000), 'x', '{}', '[]', 'null', '{"i":1}', '{"i":"1","t":3}'];
    for (const message of [...broken, '{"i":"1","p":{"u":"http://evil.example/"}}', Buffer.from([0xff, 0xfe])]) {
      const page = await openPage(served.port, cookie);
      const closed = new Promise<void>((resolve) => page.socket.once('close', () => resolve()));
      page.socket.on('error', () => undefined);
      page.socket.send(message);
      await closed;
    }
    expect(complaints.mock.calls).toEqual([]);
    complaints.mockRestore();
    const page = await openPage(served.port, cookie);
    expect(await page.client.app.info()).toMatchObject({ name: 'x', host: 'browser' });
    await page.close();
  });
});
