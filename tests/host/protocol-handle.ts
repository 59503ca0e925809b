/** Polyfill of `protocol.handle` (Electron 25) with the API of Electron 22. */
import { protocol } from 'electron';
import type { Response } from './response.ts';

interface PageRequest {
  readonly url: string;
}

type Handler = (request: PageRequest) => Response | Promise<Response>;

interface BufferAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mimeType: string | undefined;
  readonly data: Buffer;
}

interface OldProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (request: PageRequest, answer: (response: BufferAnswer) => void) => void,
  ): boolean;
  handle?: (scheme: string, handler: Handler) => void;
}

async function answerOf(handler: Handler, request: PageRequest): Promise<BufferAnswer> {
  const response = await handler(request);
  const { status, headers } = response;
  const data = Buffer.from(await response.arrayBuffer());
  return { statusCode: status, headers, mimeType: headers['content-type'], data };
}

/** Adds `protocol.handle` if it is missing. An error of the handler is printed and ends the request. */
export function addProtocolHandle(): void {
  const old = protocol as unknown as OldProtocol;
  old.handle ??= (scheme, handler) => {
    old.registerBufferProtocol(scheme, (request, answer) => {
      answerOf(handler, request).then(answer, console.error);
    });
  };
}
