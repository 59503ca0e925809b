/** A gateway for tests: a real sshd on the loopback interface, with its own root over this machine's. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';

const folder = import.meta.dirname;

/** The reason why this machine cannot run a gateway, or undefined. */
export function whyNoGateway(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux makes namespaces and mounts';
  const missing = ['/usr/sbin/sshd', '/usr/bin/unshare', '/usr/bin/nsenter', '/usr/bin/ssh-keygen'].filter(
    (path) => !existsSync(path),
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (Debian: openssh-server, util-linux)`;
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
  return probe.status === 0 ? undefined : `mounting is not permitted: ${probe.stderr.trim()}`;
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface TestGateway {
  readonly port: number;
  /** Fingerprints of its host keys, as `ssh-keygen -l` prints them. */
  readonly hostKeys: readonly string[];
  readonly privateKey: string;
  /** Runs a shell script in the gateway and returns its output. */
  readonly shell: (script: string) => string;
  readonly stop: () => Promise<void>;
}

/** The first child of a process. */
const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

export async function startGateway(): Promise<TestGateway> {
  const base = mkdtempSync(join(tmpdir(), 'edge-gateway-'));
  const port = await freePort();
  const pair = generateSshKeyPair('test');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  const host = spawn('unshare', [
    ...namespaces,
    'sh',
    join(folder, 'gateway-root.sh'),
    base,
    `${port}`,
    pair.publicKey,
  ]);
  let said = '';
  host.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  host.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const { pid } = host;
  if (pid === undefined) throw new Error('unshare did not start');
  const ended = once(host, 'exit');
  for (let tries = 0; !said.includes('Server listening'); tries += 1) {
    if (tries > 400 || host.exitCode !== null) throw new Error(`the gateway did not start: ${said}`);
    await pause(25);
  }
  const inside = childOf(pid);
  const shell = (script: string): string =>
    execFileSync('nsenter', ['-t', `${inside}`, '-m', '-p', '-r', '-w', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    });
  const hostKeys = shell('for key in /etc/edge-test/host_*.pub; do ssh-keygen -l -f "$key"; done')
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return {
    port,
    hostKeys,
    privateKey: pair.privateKey,
    shell,
    stop: async () => {
      host.kill('SIGKILL');
      await ended;
      rmSync(base, { recursive: true, force: true });
    },
  };
}
