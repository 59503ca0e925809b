import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Served } from '../../../main/serve/server.ts';
import { ask, type Ask, enter, openPage, originOf, type Session } from './browser.ts';
import { type EmptyServer, prepareServer } from './empty-server.ts';

let server: EmptyServer;
let served: Served;
let session: Session;

beforeAll(async () => {
  server = await prepareServer();
  served = await server.serve();
  session = await enter(served.url);
});
afterAll(async () => {
  await served?.close();
  await server?.remove();
});

/** The server still answers its own page. */
const isAlive = async ({ port } = served): Promise<boolean> => (await ask(port, {})).status === 200;

it('listens on the loopback interface alone', async () => {
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

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('is refused by the method %s', async (method) => {
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

  it('clients that disconnect in the middle of a request or an upgrade', async () => {
    const head = `Host: 127.0.0.1:${served.port}\r\nOrigin: ${originOf(served.port)}\r\n`;
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const requests = [
      `POST /session HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"tok`,
      `GET /rpc HTTP/1.1\r\n${head}${upgrade}\r\n`,
      `GET /rpc HTTP/1.1\r\n${head}Cookie: ${session.cookie}\r\n${upgrade}\r\n\x81`,
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

  it('messages that are too large, broken or meaningless, and leaks no data', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = [Buffer.alloc(9_000_000), 'x', '{}', '[]', 'null', '{"i":1}', '{"i":"1","t":3}'];
    for (const message of [...broken, '{"i":"1","p":{"u":"http://evil.example/"}}', Buffer.from([0xff, 0xfe])]) {
      const page = await openPage(served.port, session);
      const closed = new Promise<void>((resolve) => page.socket.once('close', () => resolve()));
      page.socket.on('error', () => undefined);
      page.socket.send(message);
      await closed;
    }
    expect(complaints.mock.calls).toEqual([]);
    complaints.mockRestore();
    const page = await openPage(served.port, session);
    expect(await page.client.app.info()).toMatchObject({ name: 'x', host: 'browser' });
    await page.close();
  });
});
