/** SSH connections: the host key is checked before any credential is sent, and each failure has a code. */
import { setTimeout as pause } from 'node:timers/promises';
import { NodeSSH } from 'node-ssh';
import { type Failure, type Result, cancelled, fail, failure, ok } from '../../../core/base/errors.ts';
import { connectionFailure } from './failure.ts';
import { hostKeyFingerprint, judgeHostKey } from './host-key.ts';
import { type RunOptions, type RunOutput, runCommand } from './run.ts';

/** Round trips: connections made and channels opened. Connections that share an object are counted together. */
export interface SshCounts {
  connections: number;
  channels: number;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** In OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  /** Fingerprints that the host may show, as `ssh-keygen -l` prints them. Empty: the host is unknown. */
  readonly hostKeys: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** A connection that carries this one, for hosts that only it can reach. It must stay open. */
  readonly via?: SshSession;
  readonly counts?: SshCounts;
  /** ms until the host must have accepted the key. Default 20,000. */
  readonly timeLimit?: number;
  /**
   * ms of silence after which the host is asked; after three unanswered requests the connection ends. Default 5,000.
   */
  readonly keepAlive?: number;
}

export interface SshSession {
  /** The fingerprint of the host key, proven by the host. */
  readonly hostKey: string;
  /** See {@link runCommand}. */
  run(argv: readonly string[], options?: RunOptions): Promise<Result<RunOutput>>;
  /** Opens a stream to another host through this one. Fails with `ssh.forward-refused`. */
  forward(host: string, port: number): Promise<Result<Stream>>;
  close(): Promise<void>;
}

type Stream = Awaited<ReturnType<NodeSSH['forwardOut']>>;

/** Modern keys first: the client's order decides which key the host shows. */
const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Time limit in ms for a peer to confirm the end of a connection. */
const farewell = 1000;

function hostKeyFailure({ host, hostKeys }: ConnectOptions, fingerprint: string): Failure | undefined {
  const judgement = judgeHostKey(hostKeys, fingerprint);
  if (judgement === 'known') return undefined;
  if (judgement === 'unknown') return failure('trust', 'ssh.host-key-unknown', { host, fingerprint });
  return failure('trust', 'ssh.host-key-changed', { host, fingerprint, known: hostKeys.join(', ') });
}

/**
 * Connects and proves both sides. The host key is compared before the user name or the key is sent. Fails with
 * `ssh.host-key-unknown` (`fingerprint` can be confirmed and given as a known one), `ssh.host-key-changed`,
 * `ssh.host-key-unproven`, `ssh.key-invalid`, `ssh.key-refused`, `ssh.host-unknown`, `ssh.port-refused`,
 * `ssh.unreachable`, `ssh.timeout`, `ssh.not-ssh`, `ssh.no-common-algorithm`, `ssh.cut`, `ssh.forward-refused` and
 * `cancelled`.
 */
export async function connectSsh(options: ConnectOptions): Promise<Result<SshSession>> {
  const { host, port, username, privateKey, signal, via, counts, timeLimit = 20_000, keepAlive = 5000 } = options;
  const stopped = (): boolean => signal?.aborted === true;
  if (stopped()) return fail(cancelled);
  const sock = via === undefined ? undefined : await via.forward(host, port);
  if (sock !== undefined && !sock.ok) return sock;
  if (counts !== undefined) counts.connections += 1;
  const ssh = new NodeSSH();
  let lastError: Error | undefined;
  let distrust: Failure | undefined;
  let hostKey = '';
  const connecting = ssh.connect({
    ...(sock === undefined ? { host, port } : { sock: sock.value }),
    username,
    privateKey,
    // Only the key: no attempt without a credential, no password, no agent.
    authHandler: ['publickey'],
    algorithms: { serverHostKey: hostKeyAlgorithms },
    hostVerifier: (key) => {
      hostKey = hostKeyFingerprint(key);
      distrust = hostKeyFailure(options, hostKey);
      return distrust === undefined;
    },
    readyTimeout: timeLimit,
    keepaliveInterval: keepAlive,
    keepaliveCountMax: 2,
  });
  const client = ssh.connection;
  // A connection may fail more than once, and once it is ready it has no other error listener.
  client?.on('error', (error: Error) => (lastError ??= error));
  const closed = new Promise<void>((resolve) => client?.once('close', () => resolve()));
  const abort = (): void => void client?.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  void closed.then(() => signal?.removeEventListener('abort', abort));
  try {
    await connecting;
  } catch (error) {
    client?.destroy();
    if (!(error instanceof Error)) throw error;
    if (stopped()) return fail(cancelled);
    if (distrust !== undefined) return fail(distrust);
    if (/privateKey/.test(error.message)) return fail(failure('input', 'ssh.key-invalid'));
    return fail(connectionFailure({ host, port }, lastError ?? error));
  }
  const address = { host, port };
  return ok({
    hostKey,
    run: (argv, more) => {
      if (counts !== undefined) counts.channels += 1;
      return runCommand({ ssh, address, lastError: () => lastError }, argv, { signal, ...more });
    },
    forward: async (toHost, toPort) => {
      if (counts !== undefined) counts.channels += 1;
      try {
        return ok(await ssh.forwardOut('127.0.0.1', 0, toHost, toPort));
      } catch {
        return fail(failure('operation', 'ssh.forward-refused', { host: toHost, port: toPort, gateway: host }));
      }
    },
    close: async () => {
      client?.end();
      const timer = new AbortController();
      await Promise.race([closed, pause(farewell, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
      client?.destroy();
    },
  });
}
