/** HTTP as bytes: sends exactly the text of a test, which no client library would. */
import { connect } from 'node:net';

export interface RawReply {
  /** 0: the connection was closed, or nothing came within the time limit. */
  readonly status: number;
  /** Header lines of the answer, in lower case. */
  readonly head: string;
  /** All bytes after the header lines, for a WebSocket its first frames. */
  readonly body: string;
}

const limitMs = 3000;

/** Sends `text` over a new connection and reads until the server closes it, or until a WebSocket has spoken. */
export function exchange(port: number, text: string): Promise<RawReply> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const [head = '', ...rest] = received.split('\r\n\r\n');
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
        head: head.toLowerCase(),
        body: rest.join('\r\n\r\n'),
      });
    };
    const timer = setTimeout(finish, limitMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (/^HTTP\/1\.1 101[^]*\r\n\r\n./.test(received)) finish();
    });
    socket.on('error', () => undefined);
    socket.once('close', finish);
  });
}

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Header lines without their line ends. */
  readonly headers: readonly string[];
  readonly body: string;
}

export const upgradeHeaders: readonly string[] = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

export function wire({ method, target, version, headers, body }: RawRequest): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const close = headers.includes('Connection: Upgrade') ? [] : ['Connection: close'];
  return [`${method} ${target} ${version}`, ...headers, ...length, ...close, '', body].join('\r\n');
}
