import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../../main/serve/server.ts';
import { combine, requests, type Row, type Secrets } from './attack-rows.ts';
import { ask, enter, openPage, type Session } from './browser.ts';
import { type EmptyServer, prepareServer } from './empty-server.ts';
import { exchange, type RawReply, wire } from './raw.ts';

const deep = process.env.EDGE_DEEP === '1';
const sampleStep = 6;
const atOnce = 16;
const limitMs = deep ? 20 * 60_000 : 60_000;

/** Each value with all other parts valid, and a sample of every pair of parts; in the long run every three parts. */
const rowsOf = (axes: ReturnType<(typeof requests)['the socket']>): Row[] =>
  deep ? combine(axes, 3) : [...combine(axes, 1), ...combine(axes, 2).filter((_row, at) => at % sampleStep === 0)];

let server: EmptyServer;
let served: Served;
let session: Session;
/** A server with a session, and one whose token is unused. */
let waiting: Served;

beforeAll(async () => {
  server = await prepareServer();
  served = await server.serve();
  waiting = await server.serve();
  session = await enter(served.url);
});
afterAll(async () => {
  await Promise.all([served?.close(), waiting?.close()]);
  await server?.remove();
});

const tokenOf = (url: string): string => new URL(url).hash.slice(1);

const never = 'A'.repeat(43);
const signedIn = (): Secrets => ({ ...session, port: served.port, token: tokenOf(served.url) });
const signedOut = (url: string): Secrets => {
  const port = Number(new URL(url).port);
  return { port, token: tokenOf(url), cookie: `edge-session-${port}=${never}`, page: never, server: never };
};

async function tryRows(port: number, rows: readonly Row[]): Promise<{ readonly row: Row; readonly reply: RawReply }[]> {
  const left = [...rows];
  const done: { row: Row; reply: RawReply }[] = [];
  const work = async (): Promise<void> => {
    for (let row = left.pop(); row !== undefined; row = left.pop()) {
      done.push({ row, reply: await exchange(port, wire(row.request)) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
}

const refusals: ReadonlySet<number> = new Set([0, 400, 401, 403, 404, 405, 415, 421, 426]);

/** The invalid rows that obtained something. */
const leaks = (tried: readonly { readonly row: Row; readonly reply: RawReply }[], secrets: Secrets): string[] =>
  tried
    .filter(({ row }) => !row.right)
    .filter(
      ({ reply: { status, head, body } }) =>
        !refusals.has(status) ||
        /set-cookie|access-control/.test(head) ||
        [secrets.server, secrets.page, secrets.token].some((secret) => body.includes(secret)),
    )
    .map(({ row, reply }) => `${reply.status} ${row.name}`)
    .slice(0, 5);

describe('the attack table', { timeout: limitMs }, () => {
  it('opens a session for the valid request with the token, and for no other', async () => {
    const rows = rowsOf(requests['a session'](signedOut(waiting.url)));
    const wrong = rows.filter(({ right }) => !right);
    expect(wrong.length).toBeGreaterThan(200);
    expect(leaks(await tryRows(waiting.port, wrong), signedOut(waiting.url))).toEqual([]);

    const right = rows.length - wrong.length;
    expect(right).toBeGreaterThan(2);
    // No attempt consumed the token; each valid form needs its own.
    let { url } = waiting;
    for (let at = 0; at < right; at += 1) {
      const row = rowsOf(requests['a session'](signedOut(url))).filter((one) => one.right)[at];
      const text = row === undefined ? '' : wire(row.request);
      expect(await exchange(waiting.port, text), text).toMatchObject({ status: 200 });
      expect(await exchange(waiting.port, text), text).toMatchObject({ status: 401 });
      url = waiting.renew();
    }
  });

  it.each([
    ['the state of a session', 204],
    ['the socket', 101],
  ] as const)(
    'gives %s for the cookie together with the page secret, and for no other request',
    async (what, status) => {
      const secrets = signedIn();
      const tried = await tryRows(served.port, rowsOf(requests[what](secrets)));
      expect(tried.length).toBeGreaterThan(200);
      expect(leaks(tried, secrets)).toEqual([]);
      const right = tried.filter(({ row }) => row.right);
      expect(right.length).toBeGreaterThan(5);
      expect(right.filter(({ reply }) => reply.status !== status)).toEqual([]);
      if (status === 101) {
        for (const { reply } of right) {
          expect(reply.body).toContain(session.server);
          expect(reply.head).toContain('\r\nsec-websocket-protocol: edge.wizard.v1');
          expect(reply.head).not.toContain(session.page.toLowerCase());
        }
      }
    },
  );

  it("accepts the server's other name, in both headers", async () => {
    const { port } = served;
    const state = (host: string, origin: string): Promise<number> =>
      ask(port, {
        path: '/session',
        headers: {
          host: `${host}:${port}`,
          origin: `http://${origin}:${port}`,
          cookie: session.cookie,
          'x-edge-page': session.page,
        },
      }).then(({ status }) => status);
    expect(await state('localhost', 'localhost')).toBe(204);
    expect(await state('localhost', '127.0.0.1')).toBe(403);
    expect(await state('127.0.0.1', 'localhost')).toBe(403);
  });
});

describe('a new address', () => {
  const standing = (port: number, { cookie, page }: Session): Promise<number> =>
    ask(port, { path: '/session', headers: { cookie, 'x-edge-page': page } }).then(({ status }) => status);

  it('ends the previous session and address, and closes the sockets of all its tabs', async () => {
    const own = await server.serve();
    try {
      const unused = own.url;
      const first = own.renew();
      await expect(enter(unused)).rejects.toThrow('401');
      const former = await enter(first);
      const tabs = [await openPage(own.port, former), await openPage(own.port, former)];
      const codes = tabs.map(({ socket }) => new Promise<number>((resolve) => socket.once('close', resolve)));

      const second = own.renew();
      expect(second).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
      expect(await Promise.all(codes)).toEqual([4001, 4001]);
      expect(await standing(own.port, former)).toBe(410);
      await expect(openPage(own.port, former)).rejects.toThrow('refused');

      const next = await enter(second);
      expect(await standing(own.port, next)).toBe(204);
      // In the same browser the new cookie has replaced the former one.
      expect(await standing(own.port, { ...former, cookie: next.cookie })).toBe(410);
      expect(await standing(own.port, { ...next, cookie: former.cookie })).toBe(401);
      await (await openPage(own.port, next)).close();
    } finally {
      await own.close();
    }
  });

  it('also disconnects a client that ignores the closing handshake', async () => {
    const own = await server.serve();
    try {
      const page = await openPage(own.port, await enter(own.url));
      const received: string[] = [];
      page.socket.on('message', (data: Buffer) => received.push(data.toString('utf8')));
      // The answer to the server's close frame is never sent.
      page.socket.close = () => undefined;
      const ended = new Promise<void>((resolve) => page.socket.once('close', () => resolve()));
      own.renew();
      const late = page.client.app.setLanguage({ language: 'de' }, { signal: AbortSignal.timeout(500) });
      await expect(late).rejects.toThrow(/abort|timeout|closed/i);
      await ended;
      expect(received).toEqual([]);
      const next = await openPage(own.port, await enter(own.renew()));
      expect(await next.client.app.info()).toMatchObject({ language: 'en' });
    } finally {
      await own.close();
    }
  });
});

describe('clients without a session', () => {
  it('keep no connection: a refused socket is closed on both sides', async () => {
    const { port } = served;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).resume();
    socket.write(`GET /rpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const beat = setInterval(() => socket.write('x'), 20);
    await expect(closed).resolves.toBeUndefined();
    clearInterval(beat);
  });

  it('do not lock the page out, with any number of connections', async () => {
    const { port } = served;
    const page = await openPage(port, session);
    let closed = 0;
    const idle = await Promise.all(
      Array.from(
        { length: 300 },
        (_, at) =>
          new Promise<Socket>((resolve) => {
            const socket = connect(port, '127.0.0.1', () => resolve(socket));
            socket.on('error', () => undefined).once('close', () => (closed += 1));
            // Some send nothing, some stop in the middle of a request.
            if (at % 2 === 1) socket.write(`POST /session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: `);
          }),
      ),
    );
    await expect.poll(() => closed).toBeGreaterThanOrEqual(200);
    expect((await ask(port, {})).status).toBe(200);
    expect(await page.client.app.info()).toMatchObject({ host: 'browser' });
    await (await openPage(port, session)).close();
    await page.close();
    for (const socket of idle) socket.destroy();
  });

  it('cannot send endless headers, while the cookies of other local servers fit', async () => {
    const { port } = served;
    const cookies = (count: number): string => `${'c'.repeat(4000)}=x; `.repeat(count);
    const state = (cookie: string): Promise<number> =>
      ask(port, { path: '/session', headers: { cookie, 'x-edge-page': session.page } }).then(({ status }) => status);
    expect(await state(cookies(14) + session.cookie)).toBe(204);
    expect([0, 431]).toContain(await state(cookies(20) + session.cookie));
  });
});
