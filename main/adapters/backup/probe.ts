/**
 * Checks without credentials that the secondary backup's host answers: SFTP by the banner
 * of SSH, NFS by an open port, S3 by a TLS handshake. Nothing is written there. Sources: RFC 4253 section 4.2 (banner).
 */
import { printableAscii } from '../../../core/base/printable.ts';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { cancelled, fail, ok, type Result } from '../../../core/base/errors.ts';
import {
  type BackupFacts,
  faultOfError,
  messageOfError,
  type ProbeFault,
  type SeenCertificate,
  seenCertificate,
} from '../../../core/preflight/probe-facts.ts';

export interface BackupTarget {
  readonly type: BackupFacts['type'];
  readonly host: string;
  readonly port: number;
}

export interface BackupProbeOptions {
  readonly signal: AbortSignal;
  /** Time limit for connection and answer together in ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Further roots in PEM, beside those of Node and of the operating system. */
  readonly ca?: readonly string[];
}

type Outcome = Pick<BackupFacts, 'answered' | 'fault' | 'detail' | 'certificate'>;

const good = (detail = '', certificate: SeenCertificate | null = null): Outcome => ({
  answered: true,
  fault: null,
  detail,
  certificate,
});
const bad = (fault: ProbeFault, detail = ''): Outcome => ({ answered: false, fault, detail, certificate: null });

/** Other lines may precede the banner. Limit in bytes. */
const bannerLimit = 8192;

function watchBanner(socket: Socket, end: (outcome: Outcome) => void): void {
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    const banner = /^SSH-(?:2\.0|1\.99)-[^\r\n]*(?=\r?\n)/m.exec(text);
    if (banner !== null) end(good(printableAscii(banner[0])));
    else if (text.length > bannerLimit) end(bad('protocol', printableAscii(text.split('\n')[0] ?? '')));
  });
  // Another service sends something else and closes the connection.
  socket.on('close', () => end(bad(text === '' ? 'closed' : 'protocol', printableAscii(text.split('\n')[0] ?? ''))));
}

function certificateOf(socket: tls.TLSSocket, host: string): SeenCertificate | null {
  const shown = socket.getPeerCertificate();
  if (!shown?.raw) return null;
  const reason: unknown = socket.authorized ? null : socket.authorizationError;
  return seenCertificate(shown, reason, tls.checkServerIdentity(host, shown) === undefined);
}

function watchTls(plain: Socket, { host }: BackupTarget, ca: readonly string[], end: (outcome: Outcome) => void): void {
  const system = tls as typeof tls & { readonly getCACertificates?: (kind: 'system') => string[] };
  const secure = tls.connect({
    socket: plain,
    ca: [...tls.rootCertificates, ...(system.getCACertificates?.('system') ?? []), ...ca],
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  secure.on('secureConnect', () => end(good(secure.getProtocol() ?? '', certificateOf(secure, host))));
  secure.on('error', (error: Error) => end(bad('tls', messageOfError(error))));
  secure.on('close', () => end(bad('tls')));
}

/** Errors of the host are part of the facts; the only failure is `common.cancelled`. Closes its connections. */
export async function probeBackup(
  target: BackupTarget,
  { signal, timeoutMs = 10_000, ca = [] }: BackupProbeOptions,
): Promise<Result<BackupFacts>> {
  if (signal.aborted) return fail(cancelled);
  const outcome = await new Promise<Outcome>((resolve) => {
    const socket = connectTcp({ host: target.host, port: target.port, family: 4 });
    const end = (seen: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(seen);
    };
    const onAbort = (): void => end(bad('closed', 'aborted'));
    const timer = setTimeout(() => end(bad('timeout')), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', (error: Error) => end(bad(faultOfError(error), messageOfError(error))));
    socket.once('connect', () => {
      if (target.type === 'nfs') end(good());
      else if (target.type === 'sftp') watchBanner(socket, end);
      else watchTls(socket, target, ca, end);
    });
  });
  return signal.aborted ? fail(cancelled) : ok({ ...target, ...outcome });
}
