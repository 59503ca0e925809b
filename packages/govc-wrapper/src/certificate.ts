import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { GovcError } from './errors.ts';
import type { ServerCertificate } from './types.ts';

export interface FetchCertificateRequest {
  readonly host: string;
  /** Default 443. */
  readonly port?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for connection and handshake. Default 15 000. */
  readonly timeoutMs?: number;
}

/**
 * Shakes hands with the server, unchecked, and returns the certificate that it shows. Nothing but the handshake is
 * sent. Rejects with kind `unreachable`, `timeout`, `aborted` or `invalid-argument`.
 */
export function fetchCertificate(request: FetchCertificateRequest): Promise<ServerCertificate> {
  const { host, port } = checkedEndpoint(request);
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted === true) {
      reject(new GovcError('aborted', 'Stopped before it began.'));
      return;
    }
    const options: ConnectionOptions = { host, port, rejectUnauthorized: false, minVersion: 'TLSv1.2' };
    if (isIP(host) === 0) options.servername = host;
    const socket = connect(options);
    const timeoutMs = request.timeoutMs ?? 15_000;
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      act();
    };
    const failWith = (error: GovcError): void => finish(() => reject(error));
    const onAbort = (): void => failWith(new GovcError('aborted', 'Stopped on request.'));
    const timer = setTimeout(
      () =>
        failWith(new GovcError('timeout', `${host}:${String(port)} did not answer within ${String(timeoutMs)} ms.`)),
      timeoutMs,
    );
    request.signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (cause) =>
      failWith(
        new GovcError('unreachable', `No TLS connection to ${host}:${String(port)}: ${cause.message}`, { cause }),
      ),
    );
    socket.once('close', () =>
      failWith(new GovcError('unreachable', `${host}:${String(port)} closed the connection during the handshake.`)),
    );
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined) {
        failWith(new GovcError('unreachable', `${host}:${String(port)} showed no certificate.`));
        return;
      }
      finish(() =>
        resolve({
          fingerprint: `SHA256:${certificate.fingerprint256}`,
          pem: certificate.toString(),
          subject: certificate.subject,
          issuer: certificate.issuer,
          notBefore: new Date(certificate.validFrom),
          notAfter: new Date(certificate.validTo),
        }),
      );
    });
  });
}

/** Throws `invalid-argument` for a host that is no plain name or address, or a port outside 1 to 65535. */
export function checkedEndpoint({ host, port = 443 }: { readonly host: string; readonly port?: number | undefined }): {
  readonly host: string;
  readonly port: number;
} {
  if (isIP(host) === 0 && !/^[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/i.test(host)) {
    throw new GovcError('invalid-argument', 'The host of the endpoint is neither a name in ASCII nor an address.');
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new GovcError('invalid-argument', 'The port of the endpoint is not between 1 and 65535.');
  }
  return { host, port };
}

/** Upper case and with colons, or undefined when it is no SHA-256 fingerprint. */
export function normalizeFingerprint(text: string): string | undefined {
  const digits = text
    .replace(/^SHA256:/i, '')
    .replace(/[:\s]/g, '')
    .toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) return undefined;
  return `SHA256:${(digits.match(/../g) ?? []).join(':')}`;
}

/**
 * Throws `certificate-mismatch` or `certificate-validity` unless the certificate is the pinned one and valid at `now`.
 */
export function checkPin(certificate: ServerCertificate, pin: string, now: Date): void {
  if (certificate.fingerprint !== pin) {
    throw new GovcError('certificate-mismatch', `The server showed ${certificate.fingerprint}, expected was ${pin}.`, {
      seenFingerprint: certificate.fingerprint,
    });
  }
  if (now < certificate.notBefore || now > certificate.notAfter) {
    throw new GovcError(
      'certificate-validity',
      `The certificate is valid from ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}; ` +
        `this machine's clock says ${now.toISOString()}.`,
      { seenFingerprint: certificate.fingerprint },
    );
  }
}
