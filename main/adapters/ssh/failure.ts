/** Turns errors of ssh2, the resolver and the sockets into failures. */
import { type Failure, failure } from '../../../core/base/errors.ts';
import { systemErrorCode } from '../../../core/base/system-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const bySystemCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'ssh.host-unknown',
  EAI_AGAIN: 'ssh.host-unknown',
  ECONNREFUSED: 'ssh.port-refused',
  EHOSTUNREACH: 'ssh.unreachable',
  ENETUNREACH: 'ssh.unreachable',
  EADDRNOTAVAIL: 'ssh.unreachable',
  ETIMEDOUT: 'ssh.timeout',
};

const byLevel: Readonly<Record<string, string>> = {
  'client-timeout': 'ssh.timeout',
  'client-authentication': 'ssh.key-refused',
  'client-dns': 'ssh.host-unknown',
};

const levelOf = (error: Error): string => ('level' in error && typeof error.level === 'string' ? error.level : '');

/**
 * Why a connection to `address` failed or ended. An error without its own code is a cut: the peer or the network
 * went away, or the peer does not speak SSH.
 */
export function connectionFailure({ host, port }: Address, error: Error | undefined): Failure {
  const where = { host, port };
  if (error === undefined) return failure('operation', 'ssh.cut', where);
  // node-ssh says ETIMEDOUT for every connection that ends before it is ready.
  const early = error.message === 'No response from server';
  const code = early ? undefined : (bySystemCode[systemErrorCode(error) ?? ''] ?? byLevel[levelOf(error)]);
  if (code !== undefined) return failure('operation', code, where);
  const { message } = error;
  if (levelOf(error) === 'handshake' && /no matching/i.test(message)) {
    return failure('operation', 'ssh.no-common-algorithm', { ...where, reason: message.slice(0, 200) });
  }
  // The host did not prove its key: the public key is right, the signature is wrong.
  if (/signature verification failed/i.test(message)) return failure('trust', 'ssh.host-key-unproven', where);
  if (/invalid identification|before handshake/i.test(message)) return failure('operation', 'ssh.not-ssh', where);
  return failure('operation', 'ssh.cut', where);
}
