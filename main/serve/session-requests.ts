/** `/session`: changes the one-time token for a session, and says whether a page still has one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageHeader } from '../../core/page-session.ts';
import { answer, answerJson } from './answer.ts';
import { type Guard, onlyValue, type Standing } from './guard.ts';
import { bodyLimit } from './limits.ts';

const statusOf: Readonly<Record<Standing, number>> = { admitted: 204, ended: 410, unknown: 401 };

/** The body as text; undefined when it is too large or the client went away. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyLimit) resolve(undefined);
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}

function tokenIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('token' in parsed)) return undefined;
    return typeof parsed.token === 'string' ? parsed.token : undefined;
  } catch {
    return undefined;
  }
}

async function openSession(guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (guard.originOf(request) !== 'own') return answer(response, 403);
  if (!/^application\/json(?:;|$)/.test(onlyValue(request, 'content-type') ?? '')) return answer(response, 415);
  const body = await readBody(request);
  if (body === undefined) return answer(response, 413, { connection: 'close' });
  const token = tokenIn(body);
  const opened = token === undefined ? undefined : guard.open(token);
  if (opened === undefined) return answer(response, 401);
  return answerJson(response, opened.session, { 'set-cookie': opened.setCookie });
}

export function answerSession(guard: Guard, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST') void openSession(guard, request, response);
  else if (request.method !== 'GET') answer(response, 405);
  else answer(response, statusOf[guard.standing(request, onlyValue(request, pageHeader))]);
}
