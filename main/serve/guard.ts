/**
 * Admits requests to the loopback server: they come from a page of this server (Host and Origin) and carry the session
 * that a one-time token opened. A session is a cookie and a page secret. Browsers send cookies of 127.0.0.1 to every
 * port, so the cookie alone opens nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { PageSession } from '../../core/page-session.ts';

const same = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

const secret = (): string => randomBytes(32).toString('base64url');

/** The value of a header that occurs exactly once, else undefined. Node keeps only the first of two `Host` headers. */
export function onlyValue({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  const values = rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
  return values.length === 1 ? values[0] : undefined;
}

interface Session extends PageSession {
  readonly cookie: string;
}

/** `own` and `foreign` compare the Origin header with the Host header; two Origin headers are foreign. */
export type OriginKind = 'own' | 'none' | 'foreign';

/** `ended`: a new address has ended the session of this page. */
export type Standing = 'admitted' | 'ended' | 'unknown';

export interface Guard {
  /** Gives a new one-time token, 256 random bits. Ends the session and the token before it. */
  renew(): string;
  /** HTTP/1.1, a path as the target, and one Host header that names this server on the loopback interface. */
  isForUs(request: IncomingMessage): boolean;
  originOf(request: IncomingMessage): OriginKind;
  /** Consumes the token and returns the session with its Set-Cookie header; undefined for a wrong or used token. */
  open(token: string): { readonly session: PageSession; readonly setCookie: string } | undefined;
  /** The session of a request that has its cookie and this page secret. */
  admitted(request: IncomingMessage, page: string | undefined): PageSession | undefined;
  /** The same check, with the reason for a refusal. */
  standing(request: IncomingMessage, page: string | undefined): Standing;
}

/** Cookies do not tell ports apart, so the port is in the cookie's name. */
export function createGuard(port: () => number): Guard {
  let token: string | undefined;
  let session: Session | undefined;
  const endedPages: string[] = [];

  // Browsers leave the default port out.
  const hosts = (): readonly string[] =>
    ['127.0.0.1', 'localhost'].map((name) => (port() === 80 ? name : `${name}:${port()}`));
  const cookieName = (): string => `edge-session-${port()}`;

  // Another local server can set a cookie of this name for a longer path, which browsers send first: every cookie of
  // this name is compared.
  const hasCookie = ({ headers }: IncomingMessage, value: string): boolean =>
    (headers.cookie ?? '').split(';').some((cookie) => same(cookie.trim(), `${cookieName()}=${value}`));

  function admitted(request: IncomingMessage, page = ''): Session | undefined {
    if (session === undefined || !same(page, session.page)) return undefined;
    return hasCookie(request, session.cookie) ? session : undefined;
  }

  return {
    renew() {
      if (session !== undefined) endedPages.push(session.page);
      session = undefined;
      token = secret();
      return token;
    },
    isForUs: (request) =>
      request.httpVersion === '1.1' &&
      request.url?.startsWith('/') === true &&
      hosts().includes(onlyValue(request, 'host') ?? ''),
    originOf(request) {
      if (request.headers.origin === undefined) return 'none';
      return onlyValue(request, 'origin') === `http://${request.headers.host}` ? 'own' : 'foreign';
    },
    open(given) {
      if (token === undefined || !same(given, token)) return undefined;
      token = undefined;
      session = { cookie: secret(), page: secret(), server: secret() };
      const { cookie, page, server } = session;
      return {
        session: { page, server },
        setCookie: `${cookieName()}=${cookie}; HttpOnly; SameSite=Strict; Path=/`,
      };
    },
    admitted,
    standing(request, page = '') {
      if (admitted(request, page) !== undefined) return 'admitted';
      return endedPages.some((ended) => same(page, ended)) ? 'ended' : 'unknown';
    },
  };
}
