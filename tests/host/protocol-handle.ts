/** `protocol.handle` came with Electron 25: here it is over what Electron 22 has. */
import { protocol } from 'electron';
import type { Response } from './response.ts';

type Handler = (request: { readonly url: string }) => Response | Promise<Response>;

interface BufferAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mimeType: string | undefined;
  readonly data: Buffer;
}

interface OldProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (request: { readonly url: string }, answer: (response: BufferAnswer) => void) => void,
  ): boolean;
  handle?: (scheme: string, handler: Handler) => void;
}

/** Adds `protocol.handle` where it is missing. An error of the handler ends the request without an answer, and is printed. */
export function addProtocolHandle(): void {
  const old = protocol as unknown as OldProtocol;
  old.handle ??= (scheme, handler) => {
    old.registerBufferProtocol(scheme, (request, answer) => {
      Promise.resolve(handler(request)).then(({ status, headers, body }) => {
        answer({ statusCode: status, headers, mimeType: headers['content-type'], data: body });
      }, console.error);
    });
  };
}
