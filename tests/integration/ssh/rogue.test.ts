/** Servers in the gateway's place: none of them may learn a user name, a key or a signature. */
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import ssh2, { type ParsedKey } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { connectSsh } from '../../../main/adapters/ssh/connect.ts';
import { hostKeyFingerprint } from '../../../main/adapters/ssh/host-key.ts';
import { generateSshKeyPair } from '../../../main/adapters/ssh/key-pair.ts';

const { Server, utils } = ssh2;

const parsed = (text: string): ParsedKey => {
  const key = utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
};

const genuine = parsed(utils.generateKeyPairSync('ed25519').private);
const known = [hostKeyFingerprint(genuine.getPublicSSH())];

/** Shows the genuine public key and signs with another key. */
const impostor = (): ParsedKey => {
  const own = parsed(utils.generateKeyPairSync('ed25519').private);
  return Object.create(own, { getPublicSSH: { value: () => genuine.getPublicSSH() } }) as ParsedKey;
};

const rsa = utils.generateKeyPairSync('rsa', { bits: 2048 }).private;
const rogueKeys: readonly (readonly [kind: string, key: () => ParsedKey])[] = [
  ['ed25519', () => parsed(utils.generateKeyPairSync('ed25519').private)],
  ['ecdsa', () => parsed(utils.generateKeyPairSync('ecdsa', { bits: 256 }).private)],
  ['rsa', () => parsed(rsa)],
  ['the genuine public key without its private half', impostor],
];

/** Data that the server received: each authentication request, accepted or not. */
async function listen(hostKey: ParsedKey) {
  const learned: string[] = [];
  const server = new Server({ hostKeys: [{ key: hostKey }] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      learned.push(`${context.method} ${context.username} ${context.key?.algo ?? ''}`);
      context.accept();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { port, learned, stop: () => new Promise<void>((done) => server.close(() => done())) };
}

/** Relays to `port` and counts the bytes that the client sent before the server had shown its key, and after it. */
async function tap(port: number) {
  const sent: Buffer[] = [];
  const sockets: Socket[] = [];
  const relay = createServer((near) => {
    const far = connectSocket(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (chunk: Buffer) => sent.push(chunk));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
  return {
    port: (relay.address() as AddressInfo).port,
    sent: () => Buffer.concat(sent),
    stop: () =>
      new Promise<void>((done) => {
        for (const socket of sockets) socket.destroy();
        relay.close(() => done());
      }),
  };
}

/** Numbers of the unencrypted SSH packets in what the client sent, up to the first unreadable one. */
function packetNumbers(sent: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = sent.indexOf('\n') + 1; at + 6 <= sent.length; at += 4 + sent.readUInt32BE(at)) {
    numbers.push(sent.readUInt8(at + 5));
  }
  return numbers;
}

const credentials = generateSshKeyPair('bootstrap');
const attempt = (port: number, hostKeys: readonly string[] = known) =>
  connectSsh({ host: '127.0.0.1', port, username: 'root', privateKey: credentials.privateKey, hostKeys });

const [disconnect, kexInit, newKeys, kexStart] = [1, 20, 21, 30];

describe('a server in place of a gateway', () => {
  it('receives no byte of a credential, in 100 attempts', async () => {
    const codes = new Map<string, number>();
    for (let number = 0; number < 100; number += 1) {
      const [kind, key] = rogueKeys[number % rogueKeys.length] ?? ['', impostor];
      const rogue = await listen(key());
      const line = await tap(rogue.port);
      const result = await attempt(line.port);
      expect(result.ok, kind).toBe(false);
      if (result.ok) return;
      expect(result.failure.kind, kind).toBe('trust');
      codes.set(result.failure.code, (codes.get(result.failure.code) ?? 0) + 1);
      expect(rogue.learned, kind).toEqual([]);
      // Only the greeting and the key exchange: credentials follow after the new keys, encrypted.
      const numbers = packetNumbers(line.sent());
      expect(numbers.slice(0, 2), kind).toEqual([kexInit, kexStart]);
      const afterwards = numbers.slice(2).filter((one) => one !== disconnect);
      // The genuine public key passes the comparison; its missing signature ends the connection before or after
      // NEWKEYS.
      expect(kind.startsWith('the genuine') ? [[], [newKeys]] : [[]], kind).toContainEqual(afterwards.slice(0, 1));
      await Promise.all([rogue.stop(), line.stop()]);
    }
    expect(Object.fromEntries(codes)).toEqual({ 'ssh.host-key-changed': 75, 'ssh.host-key-unproven': 25 });
  });

  it('differs from the genuine server, which receives the login', async () => {
    const server = await listen(genuine);
    const result = await attempt(server.port);
    expect(result.ok).toBe(true);
    // The query for the key, and its signature.
    const login = ['publickey root ssh-ed25519', 'publickey root ssh-ed25519'];
    expect(server.learned).toEqual(login);
    if (result.ok) await result.value.close();
    const nothingKnown = await attempt(server.port, []);
    expect(nothingKnown).toMatchObject({
      ok: false,
      failure: { code: 'ssh.host-key-unknown', params: { fingerprint: known[0] } },
    });
    expect(server.learned).toEqual(login);
    await server.stop();
  });
});
