/** What was seen of the mail relay and the backup host when they were looked at from this machine. Plain data. */
import { printableAscii } from '../base/printable.ts';

/**
 * Why nothing was learned. `name`: the name does not resolve. `timeout`: no answer in time. `refused`: nothing listens.
 * `unreachable`: no way there, or the way was cut. `closed`: the other side hung up. `protocol`: another service
 * answers there. `tls`: encryption could not be agreed on.
 */
export const probeFaults = ['name', 'timeout', 'refused', 'unreachable', 'closed', 'protocol', 'tls'] as const;
export type ProbeFault = (typeof probeFaults)[number];

export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601 in UTC; empty when unreadable. */
  readonly notAfter: string;
  /** Code of OpenSSL's verification, such as `DEPTH_ZERO_SELF_SIGNED_CERT`; null: the chain leads to a trusted root. */
  readonly chainFault: string | null;
  /** Whether it was issued for the host of the site file. */
  readonly namesHost: boolean;
}

export interface SmtpFacts {
  readonly host: string;
  readonly port: number;
  /** What the site file asks for. */
  readonly tls: 'none' | 'starttls' | 'tls';
  /** Whether a mail server greeted us. Without it everything below is unknown. */
  readonly greeted: boolean;
  readonly fault: ProbeFault | null;
  /** First line of the server's greeting. */
  readonly greeting: string;
  /** What went wrong in the words of the other side or of the operating system: for the reader, never for a decision. */
  readonly detail: string;
  /** The offer before encryption; null where encryption came first or no EHLO was answered. */
  readonly offersStarttls: boolean | null;
  /** Protocol in use after the handshake, such as `TLSv1.3`; null: not encrypted. */
  readonly protocol: string | null;
  readonly certificate: SeenCertificate | null;
  /** Mechanisms offered in the state in which mail would be sent; null where it was not reached. */
  readonly auth: readonly string[] | null;
  /** Mechanisms offered on the unencrypted connection. */
  readonly authInClear: readonly string[];
}

export interface BackupFacts {
  readonly type: 'sftp' | 'nfs' | 's3';
  readonly host: string;
  readonly port: number;
  /** Whether the right kind of service answered. NFS says nothing by itself: there an open port is all. */
  readonly answered: boolean;
  readonly fault: ProbeFault | null;
  readonly detail: string;
  /** S3 only. */
  readonly certificate: SeenCertificate | null;
}

/** Missing: not looked at (the Mailer servers of the edge need no relay). */
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

/** The operating system's or OpenSSL's code of an error; empty when it has none. */
export const codeOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const messageOfError = (error: unknown): string =>
  printableAscii(error instanceof Error ? error.message : String(error));

export const faultOfError = (error: unknown): ProbeFault => faultOfCode[codeOfError(error)] ?? 'unreachable';

/** A certificate as a TLS library shows it. */
interface ShownCertificate {
  readonly subject?: { readonly CN?: unknown; readonly O?: unknown } | undefined;
  readonly issuer?: { readonly CN?: unknown; readonly O?: unknown } | undefined;
  readonly valid_to: string;
}

/**
 * The facts about a certificate.
 * @param reason why the chain was not accepted; null: it was
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
