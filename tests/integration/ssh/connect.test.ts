/** Connections to a real sshd, and to servers with a false identity. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectOptions, type SshSession, connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';
import { putFile } from '../../../main/adapters/ssh/put-file.ts';
import { startCuttingProxy } from '../../testbed/cutting-proxy.ts';
import { type TestGateway, freePort, startGateway, whyNoGateway } from './gateway-host.ts';

const reason = whyNoGateway();
if (reason !== undefined) process.stderr.write(`Skipped, no gateway can be made here: ${reason}\n`);

let gateway: TestGateway;
const target = (more: Partial<ConnectOptions> = {}): ConnectOptions => ({
  host: '127.0.0.1',
  port: gateway.port,
  username: 'root',
  privateKey: gateway.privateKey,
  hostKeys: gateway.hostKeys,
  ...more,
});

async function connected(more: Partial<ConnectOptions> = {}): Promise<SshSession> {
  const session = await connectSsh(target(more));
  if (!session.ok) throw new Error(session.failure.code);
  return session.value;
}

const codeOf = async (more: Partial<ConnectOptions>) => {
  const result = await connectSsh(target(more));
  return result.ok ? 'connected' : [result.failure.code, result.failure.kind];
};

describe.skipIf(reason !== undefined)('an SSH connection', () => {
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('runs commands whose arguments arrive unchanged, one channel each', async () => {
    const counts = { connections: 0, channels: 0 };
    const session = await connected({ counts });
    const words = [
      '',
      ' ',
      "it's",
      '"$HOME"',
      '`id`',
      '$(id)',
      'a\nb',
      '*',
      '~',
      '!x',
      '\\',
      '-n',
      'é€😀',
      '; rm -rf /',
    ];
    const ran = await session.run(['printf', '%s\\0', ...words]);
    expect(ran.ok && ran.value.stdout.split('\0').slice(0, -1)).toEqual(words);
    const input = Buffer.from('line 1\nline 2\0é'.repeat(20_000));
    const echoed = await session.run(['cat'], { input, outputLimit: input.length });
    expect(echoed.ok && echoed.value.stdout === input.toString()).toBe(true);
    expect(await session.run(['sh', '-c', 'echo no >&2; exit 7'])).toEqual({
      ok: true,
      value: { code: 7, stdout: '', stderr: 'no\n' },
    });
    await session.close();
    expect(counts).toEqual({ connections: 1, channels: 3 });
    expect(gateway.hostKeys).toContain(session.hostKey);
  });

  it('ends a command that is slow, prints too much, or is aborted', async () => {
    const session = await connected();
    const code = async (...given: Parameters<SshSession['run']>) => {
      const ran = await session.run(...given);
      return ran.ok ? 'ran' : ran.failure.code;
    };
    expect(await code(['sleep', '30'], { timeLimit: 200 })).toBe('ssh.slow');
    expect(await code(['cat', '/dev/zero'], { outputLimit: 100_000 })).toBe('ssh.output-long');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect(await code(['sleep', '30'], { signal: controller.signal })).toBe('common.cancelled');
    // A command that does not read its input: the connection still works afterwards.
    expect(await code(['true'], { input: Buffer.alloc(4_000_000) })).toBe('ran');
    expect(await code(['true'])).toBe('ran');
    await session.close();
    expect(await code(['true'])).toBe('ssh.cut');
  });

  it('offers the fingerprint of an unknown host, and refuses a changed one', async () => {
    const unknown = await connectSsh(target({ hostKeys: [] }));
    if (unknown.ok) throw new Error('connected to an unknown host');
    expect(unknown.failure).toMatchObject({ kind: 'trust', code: 'ssh.host-key-unknown' });
    const fingerprint = String(unknown.failure.params.fingerprint);
    expect(gateway.hostKeys).toContain(fingerprint);
    expect(await codeOf({ hostKeys: [fingerprint] })).toBe('connected');
    expect(await codeOf({ hostKeys: [`SHA256:${'A'.repeat(43)}`] })).toEqual(['ssh.host-key-changed', 'trust']);
  });

  it('fails with a code for each reason', async () => {
    expect(await codeOf({ privateKey: generateSshKeyPair('other').privateKey })).toEqual([
      'ssh.key-refused',
      'operation',
    ]);
    expect(await codeOf({ username: 'no-such-user' })).toEqual(['ssh.key-refused', 'operation']);
    expect(await codeOf({ privateKey: 'no key' })).toEqual(['ssh.key-invalid', 'input']);
    expect(await codeOf({ host: 'gateway.invalid' })).toEqual(['ssh.host-unknown', 'operation']);
    expect(await codeOf({ port: await freePort() })).toEqual(['ssh.port-refused', 'operation']);
    const aborted = new AbortController();
    aborted.abort();
    expect(await codeOf({ signal: aborted.signal })).toEqual(['common.cancelled', 'cancelled']);
  });

  it('gives up on a silent server, one that speaks another protocol, and one that hangs up', async () => {
    const servers = {
      silent: createServer(() => undefined),
      web: createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      closed: createServer((socket) => socket.destroy()),
    };
    const codes: Record<string, unknown> = {};
    for (const [name, server] of Object.entries(servers)) {
      const port = await freePort();
      await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
      codes[name] = await codeOf({ port, timeLimit: 500 });
      server.close();
    }
    expect(codes).toEqual({
      silent: ['ssh.timeout', 'operation'],
      web: ['ssh.not-ssh', 'operation'],
      closed: ['ssh.not-ssh', 'operation'],
    });
  });

  it('detects that a peer disconnects in the middle of a command', async () => {
    const proxy = await startCuttingProxy({ host: '127.0.0.1', port: gateway.port });
    proxy.cut({ afterBytes: 20_000, how: 'close' });
    const session = await connected({ port: proxy.port });
    const ran = await session.run(['cat'], { input: Buffer.alloc(100_000) });
    expect(ran).toMatchObject({ ok: false, failure: { code: 'ssh.cut' } });
    proxy.cut({ afterBytes: 20_000, how: 'stall' });
    const other = await connected({ port: proxy.port, keepAlive: 100 });
    const stalled = await other.run(['cat'], { input: Buffer.alloc(100_000) });
    expect(stalled).toMatchObject({ ok: false, failure: { code: 'ssh.timeout' } });
    await proxy.stop();
  });

  it('reaches another host through a gateway, and checks that host too', async () => {
    const behind = await startGateway();
    const counts = { connections: 0, channels: 0 };
    const first = await connected({ counts });
    const second = await connectSsh({ ...target(), ...behind, host: '127.0.0.1', via: first, counts });
    if (!second.ok) throw new Error(second.failure.code);
    behind.shell('echo behind >/etc/edge-test/name');
    expect(await second.value.run(['cat', '/etc/edge-test/name'])).toMatchObject({
      ok: true,
      value: { stdout: 'behind\n' },
    });
    expect(counts).toEqual({ connections: 2, channels: 2 });
    await second.value.close();
    expect(await codeOf({ port: behind.port, via: first })).toEqual(['ssh.host-key-changed', 'trust']);
    expect(await codeOf({ port: await freePort(), via: first })).toEqual(['ssh.forward-refused', 'operation']);
    await first.close();
    await behind.stop();
  });

  it('writes a file atomically, in one round trip', async () => {
    const counts = { connections: 0, channels: 0 };
    const session = await connected({ counts });
    const path = "/etc/edge-test/it's a file";
    expect(await putFile(session, { path, mode: 0o640, content: 'é\0\n' })).toEqual({ ok: true, value: undefined });
    expect(gateway.shell(`stat -c '%a %s' "${path}"; ls /etc/edge-test | grep -c new || true`)).toBe('640 4\n0\n');
    expect(await putFile(session, { path: '/proc/x', mode: 0o600, content: '' })).toMatchObject({
      ok: false,
      failure: { code: 'ssh.not-written' },
    });
    expect(counts).toEqual({ connections: 1, channels: 2 });
    await session.close();
  });
});

describe('the bootstrap key', () => {
  it('is readable for ssh-keygen, with the same public key', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-key-'));
    try {
      for (const comment of ['edge-installer-acme-paris', 'x', '']) {
        const pair = generateSshKeyPair(comment);
        writeFileSync(join(folder, 'key'), pair.privateKey, { mode: 0o600 });
        writeFileSync(join(folder, 'key.pub'), `${pair.publicKey}\n`);
        const derived = execFileSync('ssh-keygen', ['-y', '-f', join(folder, 'key')], { encoding: 'utf8' });
        expect(derived.trim()).toBe(pair.publicKey);
        const shown = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')], { encoding: 'utf8' });
        expect(shown).toMatch(/^256 SHA256:\S{43} .*\(ED25519\)/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
