/** The probe results of the mail relay and the backup host, from this machine. Plain data. */
import { printableAscii } from '../base/printable.ts';

/**
 * The reason of a failed probe. `name`: the name does not resolve. `timeout`: no answer in time. `refused`: nothing
 * listens. `unreachable`: no route, or the connection was reset. `closed`: the server closed the connection.
 * `protocol`: another service answers. `tls`: the TLS handshake failed.
 */
export const probeFaults = ['name', 'timeout', 'refused', 'unreachable', 'closed', 'protocol', 'tls'] as const;
export type ProbeFault = (typeof probeFaults)[number];

export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601 in UTC; empty when unreadable. */
  readonly notAfter: string;
  /** Error code of OpenSSL's verification, such as `DEPTH_ZERO_SELF_SIGNED_CERT`; null if the chain is trusted. */
  readonly chainFault: string | null;
  /** Whether it was issued for the host of the site file. */
  readonly namesHost: boolean;
}

export interface SmtpFacts {
  readonly host: string;
  readonly port: number;
  /** The TLS mode in the site file. */
  readonly tls: 'none' | 'starttls' | 'tls';
  /** Whether a mail server sent its greeting. If not, all following fields are unknown. */
  readonly greeted: boolean;
  readonly fault: ProbeFault | null;
  /** First line of the server's greeting. */
  readonly greeting: string;
  /** The error text of the server or the operating system. It is shown and never decides anything. */
  readonly detail: string;
  /** Whether STARTTLS was offered; null if TLS came first or EHLO had no answer. */
  readonly offersStarttls: boolean | null;
  /** Protocol after the handshake, such as `TLSv1.3`; null if not encrypted. */
  readonly protocol: string | null;
  readonly certificate: SeenCertificate | null;
  /** Mechanisms offered in the state in which mail is sent; null if that state was not reached. */
  readonly auth: readonly string[] | null;
  /** Mechanisms offered on the unencrypted connection. */
  readonly authInClear: readonly string[];
}

export interface BackupFacts {
  readonly type: 'sftp' | 'nfs' | 's3';
  readonly host: string;
  readonly port: number;
  /** Whether the right kind of service answered. For NFS an open port counts, since an NFS server sends no greeting. */
  readonly answered: boolean;
  readonly fault: ProbeFault | null;
  readonly detail: string;
  /** Only for S3. */
  readonly certificate: SeenCertificate | null;
}

/** Missing if not probed (the Mailer servers of the edge need no relay). */
export interface ProbeFacts {
  readonly smtp?: SmtpFacts;
  readonly backup?: BackupFacts;
}

const faultOfCode: Readonly<Record<string, ProbeFault>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ENODATA: 'name',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
};

/** The operating system's or OpenSSL's code of an error; empty if it has none. */
export const codeOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const messageOfError = (error: unknown): string =>
  printableAscii(error instanceof Error ? error.message : String(error));

export const faultOfError = (error: unknown): ProbeFault => faultOfCode[codeOfError(error)] ?? 'unreachable';

/** A certificate as the TLS library gives it. */
interface ShownCertificate {
  readonly subject?: { readonly CN?: unknown; readonly O?: unknown } | undefined;
  readonly issuer?: { readonly CN?: unknown; readonly O?: unknown } | undefined;
  readonly valid_to: string;
}

/**
 * The facts about a certificate.
 * @param reason why the chain was not accepted; null if it was
 */
export function seenCertificate(shown: ShownCertificate, reason: unknown, namesHost: boolean): SeenCertificate {
  const name = (parts: ShownCertificate['subject']): string => {
    const first: unknown = parts?.CN ?? parts?.O;
    return typeof first === 'string' ? printableAscii(first) : '';
  };
  const end = new Date(shown.valid_to);
  return {
    subject: name(shown.subject),
    issuer: name(shown.issuer),
    notAfter: Number.isNaN(end.getTime()) ? '' : end.toISOString(),
    chainFault:
      reason === null ? null : typeof reason === 'string' ? reason : codeOfError(reason) || messageOfError(reason),
    namesHost,
  };
}
