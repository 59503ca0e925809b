/**
 * The session of this page with the loopback server. Its secrets stay in `sessionStorage`, which belongs to one origin
 * and one tab and survives a reload.
 */
import { pageHeader, type PageSession } from '../../core/page-session.ts';

const storageKey = 'edge-page-session';
const sessionUrl = '/session';

function sessionIn(value: unknown): PageSession | undefined {
  if (typeof value !== 'object' || value === null || !('page' in value && 'server' in value)) return undefined;
  const { page, server } = value;
  return typeof page === 'string' && typeof server === 'string' ? { page, server } : undefined;
}

/** The session of this tab before its reload. */
export function storedSession(): PageSession | undefined {
  try {
    return sessionIn(JSON.parse(sessionStorage.getItem(storageKey) ?? 'null'));
  } catch {
    return undefined;
  }
}

function store(session: PageSession): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(session));
  } catch {
    // Without storage, the session lasts until the page is reloaded.
  }
}

/** `refused`: a used or replaced token. `unreachable`: no answer. */
export type Opening = PageSession | 'refused' | 'unreachable';

/** Exchanges the one-time token of an address for a session, and stores the session. */
export async function openSession(token: string): Promise<Opening> {
  try {
    const answer = await fetch(sessionUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const session = answer.ok ? sessionIn(await answer.json()) : undefined;
    if (session === undefined) return 'refused';
    store(session);
    return session;
  } catch {
    return 'unreachable';
  }
}

/** The reason of a refused WebSocket. `lost`: no answer, or the session is still valid. */
export type Refusal = 'refused' | 'signed-out' | 'lost';

export async function whyRefused({ page }: PageSession): Promise<Refusal> {
  try {
    const { status } = await fetch(sessionUrl, { headers: { [pageHeader]: page } });
    if (status === 410) return 'signed-out';
    return status === 401 || status === 403 ? 'refused' : 'lost';
  } catch {
    return 'lost';
  }
}
