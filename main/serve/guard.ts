/**
 * Who may talk to the loopback server: only a page of this very server (Host and Origin), and only with a session that a
 * one-time token opened. A page of another site, another user's curl or a rebound DNS name gets nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const same = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

const secret = (): string => randomBytes(32).toString('base64url');

export interface Guard {
  /** Valid for one `open`; 256 random bits. */
  readonly token: string;
  /** The Host header names this server on the loopback interface. */
  isOurHost(request: IncomingMessage): boolean;
  /** The Origin header is this server's own; a missing one counts as foreign. */
  isOurOrigin(request: IncomingMessage): boolean;
  /** Uses the token up and gives the Set-Cookie header; undefined when it is not the token or was used before. */
  open(token: string): string | undefined;
  hasSession(request: IncomingMessage): boolean;
}

/** Cookies do not tell ports apart, so the port is in the cookie's name. */
export function createGuard(port: () => number): Guard {
  const token = secret();
  const session = secret();
  let used = false;
  const hosts = (): readonly string[] => [`127.0.0.1:${port()}`, `localhost:${port()}`];
  const cookieName = (): string => `edge-session-${port()}`;
  return {
    token,
    isOurHost: ({ headers }) => hosts().includes(headers.host ?? ''),
    isOurOrigin: ({ headers }) => headers.origin === `http://${headers.host}` && hosts().includes(headers.host ?? ''),
    open(given) {
      if (used || !same(given, token)) return undefined;
      used = true;
      return `${cookieName()}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
    hasSession({ headers }) {
      const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim());
      const value = cookies.find((one) => one.startsWith(`${cookieName()}=`))?.slice(cookieName().length + 1);
      return value !== undefined && same(value, session);
    },
  };
}
