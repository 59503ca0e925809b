/**
 * Looks at a mail server without sending anything: greeting, EHLO, encryption, certificate, the offer of AUTH, QUIT.
 * No credentials go out, no envelope is begun. Sources: RFC 5321, 3207 (STARTTLS), 8314 (implicit TLS), 4954 (AUTH).
 */
import { printableAscii } from '../../../core/base/printable.ts';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { cancelled, fail, ok, type Result } from '../../../core/base/errors.ts';
import {
  faultOfError,
  messageOfError,
  type ProbeFault,
  type SeenCertificate,
  seenCertificate,
  type SmtpFacts,
} from '../../../core/preflight/probe-facts.ts';
import { extensionsOf, readReply, type Reply } from './reply.ts';

export interface SmtpTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: SmtpFacts['tls'];
}

export interface SmtpProbeOptions {
  readonly signal: AbortSignal;
  /** Time limit for each answer in ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Further roots in PEM, beside those of Node and of the operating system. */
  readonly ca?: readonly string[];
}

class ProbeStop extends Error {
  readonly fault: ProbeFault;

  constructor(fault: ProbeFault, detail: string) {
    super(detail);
    this.name = 'ProbeStop';
    this.fault = fault;
  }
}

const networkStop = (error: unknown): ProbeStop => new ProbeStop(faultOfError(error), messageOfError(error));

interface Waiting {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Waits for the result of `start` until the time limit, an abort or the end of the connection. Removes its listeners.
 */
function wait<T>(
  socket: Socket,
  { signal, timeoutMs }: Waiting,
  start: (done: (value: T) => void, stop: (reason: ProbeStop) => void) => () => void,
  stopOf: (error: unknown) => ProbeStop = networkStop,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let release: () => void = () => undefined;
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
      release();
      end();
    };
    const onError = (error: Error): void => settle(() => reject(stopOf(error)));
    const onClose = (): void => settle(() => reject(new ProbeStop('closed', '')));
    const onAbort = (): void => settle(() => reject(new ProbeStop('closed', 'aborted')));
    const timer = setTimeout(() => settle(() => reject(new ProbeStop('timeout', ''))), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.on('close', onClose);
    release = start(
      (value) => settle(() => resolve(value)),
      (reason) => settle(() => reject(reason)),
    );
    if (signal.aborted) onAbort();
    else if (socket.destroyed) onClose();
  });
}

/** Every socket gets a listener for late errors, so that none of them is an uncaught exception. */
const quiet = <T extends Socket>(socket: T): T => {
  socket.on('error', () => undefined);
  return socket;
};

const connected = (socket: Socket, waiting: Waiting): Promise<void> =>
  wait<void>(socket, waiting, (done) => {
    const onConnect = (): void => done();
    socket.once('connect', onConnect);
    return () => socket.off('connect', onConnect);
  });

/** Every failure of the TLS handshake is `tls`. */
const handshake = (socket: tls.TLSSocket, waiting: Waiting): Promise<void> =>
  wait<void>(
    socket,
    waiting,
    (done) => {
      const onSecure = (): void => done();
      socket.once('secureConnect', onSecure);
      return () => socket.off('secureConnect', onSecure);
    },
    (error) => new ProbeStop('tls', messageOfError(error)),
  ).catch((error: unknown) => {
    // A server that closes the connection during the handshake counts as a failed handshake.
    throw error instanceof ProbeStop && error.fault === 'closed' && !waiting.signal.aborted
      ? new ProbeStop('tls', error.message)
      : error;
  });

/** Reads one reply. Bytes after it are refused: they could be injected into the encrypted session. */
const reply = (socket: Socket, waiting: Waiting): Promise<Reply> =>
  wait<Reply>(socket, waiting, (done, stop) => {
    let text = '';
    const onData = (data: Buffer): void => {
      text += data.toString('latin1');
      const reading = readReply(text);
      if (reading.kind === 'incomplete') return;
      if (reading.kind === 'invalid') stop(new ProbeStop('protocol', printableAscii(text.split('\n')[0] ?? '')));
      else if (reading.rest !== '') stop(new ProbeStop('protocol', printableAscii(reading.rest.split('\n')[0] ?? '')));
      else done(reading.reply);
    };
    socket.on('data', onData);
    return () => socket.off('data', onData);
  });

const wordsOf = ({ code, lines }: Reply): string => printableAscii(`${code} ${lines[0] ?? ''}`);

/** Our side of EHLO: an address literal, since a laptop has no name that the server could look up. RFC 5321, 4.1.3. */
const literal = ({ localAddress = '127.0.0.1' }: Socket): string =>
  isIP(localAddress) === 6 ? `[IPv6:${localAddress}]` : `[${localAddress}]`;

async function command(socket: Socket, waiting: Waiting, line: string): Promise<Reply> {
  // Listen first: a fast answer must not be missed.
  const answer = reply(socket, waiting);
  socket.write(`${line}\r\n`);
  return answer;
}

async function ehlo(socket: Socket, waiting: Waiting): Promise<ReadonlyMap<string, readonly string[]>> {
  const answer = await command(socket, waiting, `EHLO ${literal(socket)}`);
  if (answer.code !== 250) throw new ProbeStop('protocol', wordsOf(answer));
  return extensionsOf(answer);
}

/** Node's roots and, where this Node can name them, those of the operating system. */
function roots(more: readonly string[]): string[] {
  const system = tls as typeof tls & { readonly getCACertificates?: (kind: 'system') => string[] };
  return [...tls.rootCertificates, ...(system.getCACertificates?.('system') ?? []), ...more];
}

/** The certificate is judged afterwards: a bad one is a finding and does not end the session. */
const tlsOptions = ({ host }: SmtpTarget, ca: readonly string[]): tls.ConnectionOptions => ({
  ca: roots(ca),
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  ...(isIP(host) === 0 ? { servername: host } : {}),
});

function certificateOf(socket: tls.TLSSocket, host: string): SeenCertificate | null {
  const shown = socket.getPeerCertificate();
  if (!shown?.raw) return null;
  const reason: unknown = socket.authorized ? null : socket.authorizationError;
  return seenCertificate(shown, reason, tls.checkServerIdentity(host, shown) === undefined);
}

type Seen = { -readonly [Key in keyof SmtpFacts]: SmtpFacts[Key] };

async function talk(
  target: SmtpTarget,
  waiting: Waiting,
  ca: readonly string[],
  seen: Seen,
  keep: (socket: Socket) => void,
): Promise<void> {
  const plain = quiet(connectTcp({ host: target.host, port: target.port, family: 4 }));
  keep(plain);
  await connected(plain, waiting);
  const encrypt = async (): Promise<tls.TLSSocket> => {
    const secure = quiet(tls.connect({ ...tlsOptions(target, ca), socket: plain }));
    keep(secure);
    await handshake(secure, waiting);
    seen.protocol = secure.getProtocol();
    seen.certificate = certificateOf(secure, target.host);
    return secure;
  };
  let socket: Socket = target.tls === 'tls' ? await encrypt() : plain;
  const greeting = await reply(socket, waiting);
  if (greeting.code !== 220) throw new ProbeStop('protocol', wordsOf(greeting));
  seen.greeted = true;
  seen.greeting = wordsOf(greeting);
  let offered = await ehlo(socket, waiting);
  if (target.tls !== 'tls') {
    seen.offersStarttls = offered.has('STARTTLS');
    seen.authInClear = offered.get('AUTH') ?? [];
  }
  if (target.tls === 'starttls' && seen.offersStarttls === true) {
    const ready = await command(socket, waiting, 'STARTTLS');
    if (ready.code !== 220) throw new ProbeStop('tls', wordsOf(ready));
    socket = await encrypt();
    // Replies before encryption must be discarded. Source: RFC 3207 section 4.2.
    offered = await ehlo(socket, waiting);
  }
  if (target.tls !== 'starttls' || seen.protocol !== null) seen.auth = offered.get('AUTH') ?? [];
  await command(socket, waiting, 'QUIT').catch(() => undefined);
}

/**
 * Probes the server. Errors of the server are part of the facts; the only failure is `common.cancelled`. Closes its
 * connections.
 */
export async function probeSmtp(
  target: SmtpTarget,
  { signal, timeoutMs = 10_000, ca = [] }: SmtpProbeOptions,
): Promise<Result<SmtpFacts>> {
  if (signal.aborted) return fail(cancelled);
  const seen: Seen = {
    ...target,
    greeted: false,
    fault: null,
    greeting: '',
    detail: '',
    offersStarttls: null,
    protocol: null,
    certificate: null,
    auth: null,
    authInClear: [],
  };
  const sockets: Socket[] = [];
  try {
    await talk(target, { signal, timeoutMs }, ca, seen, (socket) => sockets.push(socket));
  } catch (error) {
    if (!(error instanceof ProbeStop)) throw error;
    seen.fault = error.fault;
    seen.detail = error.message;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return signal.aborted ? fail(cancelled) : ok(seen);
}
