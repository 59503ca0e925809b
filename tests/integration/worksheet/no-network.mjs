// Loaded into a process before anything else: reports every network access on stderr, and refuses it.
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';

const refuse = (what) =>
  function refused(...args) {
    process.stderr.write(`NETWORK ${what} ${JSON.stringify(args[0] ?? '')}\n`);
    throw new Error(`network: ${what}`);
  };

net.Socket.prototype.connect = refuse('connect');
dgram.Socket.prototype.send = refuse('send');
dns.lookup = refuse('lookup');
dns.promises.lookup = refuse('lookup');
dns.resolve = refuse('resolve');
syncBuiltinESMExports();
