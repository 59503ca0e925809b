/** Login access to the machines of the edge. Sources: sshd_config(5), sshd(8). */
import { FailureSignal, failure } from '../base/errors.ts';
import { authorizedKeyOf } from '../network/authorized-key.ts';
import type { GatewayFile } from './file.ts';

/** Account names that Debian's adduser accepts. */
const account = /^[a-z_][a-z0-9_-]{0,31}$/;

/** The file with the keys of an account. */
export function authorizedKeysPath(user: string): string {
  return user === 'root' ? '/root/.ssh/authorized_keys' : `/home/${user}/.ssh/authorized_keys`;
}

export interface Access {
  readonly user: string;
  /** ALE's keys from the signed catalogue. */
  readonly sshAuthorizedKeys: readonly string[];
  /** Undefined after the seal. */
  readonly bootstrapKey: string | undefined;
}

const keyLine = (field: string, line: string): string => {
  if (authorizedKeyOf(line) === undefined) throw new FailureSignal(failure('input', 'gateway.ssh-key', { field }));
  return line;
};

/** The keys of every machine of the edge: ALE's and, until the seal, the bootstrap key. */
export function authorizedKeysFile({ user, sshAuthorizedKeys, bootstrapKey }: Access): GatewayFile {
  if (!account.test(user)) throw new FailureSignal(failure('input', 'gateway.ssh-user', { user: user.slice(0, 40) }));
  return {
    path: authorizedKeysPath(user),
    // sshd reads the file as the account, so it is readable; its owner is root.
    mode: user === 'root' ? 0o600 : 0o644,
    secret: false,
    content: [
      ...(sshAuthorizedKeys.length === 0 ? [] : ['# ALE Cloud Operations']),
      ...sshAuthorizedKeys.map((line) => keyLine('noc.sshAuthorizedKeys', line)),
      ...(bootstrapKey === undefined ? [] : ['# Installer, until the seal', keyLine('bootstrap', bootstrapKey)]),
      '',
    ].join('\n'),
  };
}

/**
 * Allows keys only, and only the features that operating the edge needs. Other servers are reached through the gateway.
 */
export const sshdFile = (): GatewayFile => ({
  path: '/etc/ssh/sshd_config.d/00-edge.conf',
  mode: 0o644,
  secret: false,
  content: [
    'AddressFamily inet',
    'PermitRootLogin prohibit-password',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitEmptyPasswords no',
    'HostbasedAuthentication no',
    'StrictModes yes',
    'AllowTcpForwarding local',
    'AllowStreamLocalForwarding no',
    'AllowAgentForwarding no',
    'GatewayPorts no',
    'PermitTunnel no',
    'X11Forwarding no',
    'PermitUserEnvironment no',
    'UseDNS no',
    'LoginGraceTime 30',
    'MaxAuthTries 4',
    'ClientAliveInterval 30',
    'ClientAliveCountMax 4',
    'LogLevel VERBOSE',
    'KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org',
    'Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr',
    'MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com',
    '',
  ].join('\n'),
  check: ['sshd', '-t', '-f', '{file}'],
  service: { unit: 'ssh.service', action: 'reload' },
});
