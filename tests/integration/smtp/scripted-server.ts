/** A scripted mail server, for faults that a real one does not have. Loopback only. */
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from './certificates.ts';

export interface Script {
  /** The greeting; undefined: none. */
  readonly greeting?: string;
  /** Answers by the command's first word; `hang`: none, `close`: hangs up. Others get 502. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly certificate?: ServerCertificate;
  /** Starts with TLS. */
  readonly implicit?: boolean;
}

export interface ScriptedServer {
  readonly port: number;
  /** All received lines. */
  readonly heard: readonly string[];
  /** Connections that are still open. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const encrypt = (socket: Socket): Socket =>
    new TLSSocket(socket, { isServer: true, key: script.certificate?.key, cert: script.certificate?.cert });

  const serve = (socket: Socket): void => {
    socket.on('error', () => undefined);
    let rest = '';
    const onData = (data: Buffer): void => {
      rest += data.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        heard.push(line);
        const word = line.split(' ')[0] ?? '';
        const answer = script.answers?.[word] ?? '502 what?\r\n';
        if (answer === 'hang') continue;
        if (answer === 'close') socket.destroy();
        else socket.write(answer);
        if (word === 'STARTTLS' && answer.startsWith('220') && script.certificate !== undefined) {
          socket.off('data', onData);
          const secure = encrypt(socket);
          serve(secure);
        }
      }
    };
    socket.on('data', onData);
  };

  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => undefined);
    raw.on('close', () => sockets.delete(raw));
    const socket = script.implicit === true ? encrypt(raw) : raw;
    serve(socket);
    if (script.greeting !== undefined) socket.write(script.greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
