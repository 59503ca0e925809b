/** The SSH server of one simulated guest, on the loopback interface. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import ssh2, { type AuthContext, type ServerChannel, type ServerConnection } from 'ssh2';
import { authorizedKeysPath } from '../../../core/gateway/access.ts';
import { authorizedKeyOf } from '../../../core/network/authorized-key.ts';
import { hostKeyFingerprint } from '../../adapters/ssh/host-key.ts';
import { applyProgram, runTimers } from './apply.ts';
import { answerCommand, readsInput } from './commands.ts';
import { type Guest, type GuestNetwork, textOf, unitOf } from './guest.ts';
import { shellCommands } from './shell-words.ts';

export interface GuestServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const { Server, utils } = ssh2;

function parsedKey(text: string): Exclude<ReturnType<typeof utils.parseKey>, Error> {
  const key = utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

/** The fingerprint that the guest publishes. */
export const fingerprintOf = ({ disk }: Guest): string => hostKeyFingerprint(parsedKey(disk.hostKey).getPublicSSH());

/** Whether the client proved a key of the account. The file is read at each login, as sshd does. */
function mayLogIn({ disk }: Guest, context: AuthContext): boolean {
  const { method, username, key, blob, signature, hashAlgo } = context;
  if (method !== 'publickey' || key === undefined || !/^[a-z_][a-z0-9_-]*$/.test(username)) return false;
  const offered = `${key.algo} ${key.data.toString('base64')}`;
  const line = textOf(disk, authorizedKeysPath(username))
    .split('\n')
    .map((one) => authorizedKeyOf(one.trim()))
    .find((one) => one?.isAuthority === false && one.key === offered);
  if (line === undefined) return false;
  if (blob === undefined || signature === undefined) return true;
  return parsedKey(line.key).verify(blob, signature, hashAlgo);
}

async function inputOf(channel: ServerChannel): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of channel) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Runs one command line and ends its channel. */
async function execute(guest: Guest, network: GuestNetwork, command: string, channel: ServerChannel): Promise<void> {
  const [argv = [], ...more] = shellCommands(command) ?? [];
  const program = more.length === 0 ? applyProgram(argv) : undefined;
  const input = program !== undefined || readsInput(argv) ? await inputOf(channel) : Buffer.alloc(0);
  const before = JSON.stringify(guest.disk);
  const now = Date.now();
  const scene = { guest, network, now, input: input.toString('utf8') };
  const { code, stdout } =
    program === undefined
      ? await answerCommand(more.length === 0 ? argv : [], scene)
      : { code: 0, stdout: program(guest, input, now) };
  if (JSON.stringify(guest.disk) !== before) await guest.save();
  if (code === 127) channel.stderr.write('a simulated guest does not know this command\n');
  channel.write(stdout);
  channel.exit(code);
  channel.end();
}

/** ms between two looks at what a timer waits for. */
const watchEvery = 500;

/** Listens on a free port. `portOf`: where another guest, or this one, listens. */
export async function startGuestServer(
  guest: Guest,
  network: GuestNetwork,
  portOf: (address: string) => number | undefined,
): Promise<GuestServer> {
  const open = new Set<ServerConnection>();
  const server = new Server({ hostKeys: [{ key: parsedKey(guest.disk.hostKey) }] }, (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
    // A client that goes away in the middle is no fault of the demo.
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      if (mayLogIn(guest, context)) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptCommand, _reject, { command }) => {
        const channel = acceptCommand();
        channel.on('error', () => undefined);
        execute(guest, network, command, channel).catch(() => channel.close());
      });
    });
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const isOwn = destIP === '127.0.0.1' || destIP === guest.facts.lan.address;
      const target = destPort === 22 ? (isOwn ? port : portOf(destIP)) : undefined;
      if (target === undefined || !unitOf(guest.disk, 'ssh').active) return reject();
      const socket = connect(target, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        const channel = accept();
        for (const one of [socket, channel]) one.on('error', () => socket.destroy());
        socket.pipe(channel).pipe(socket);
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  // A bug: the server listens on TCP.
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  const { port } = address;
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      if (runTimers(guest, Date.now())) await guest.save();
      await pause(watchEvery, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    port,
    stop: async () => {
      ending.abort();
      await watching;
      for (const connection of open) connection.end();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
