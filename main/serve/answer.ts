/** Answers of the loopback server, each with the page's policy. */
import type { ServerResponse } from 'node:http';
import { securityHeaders } from './policy.ts';

type Headers = Readonly<Record<string, string>>;

/** A status without a body. */
export function answer(response: ServerResponse, status: number, headers: Headers = {}): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end();
}

export function answerJson(response: ServerResponse, value: unknown, headers: Headers): void {
  response.writeHead(200, { ...securityHeaders, 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(value));
}
