/**
 * The cutting proxy as a process in the installer's namespace: cutting-proxy-process.ts HOST PORT. Prints its port,
 * then reads a {@link Cut} or null as one JSON line, and "count"; answers each with one JSON line.
 */
import { createInterface } from 'node:readline';
import { type Cut, startCuttingProxy } from './cutting-proxy.ts';
import { proxySourcePorts } from './intercept.ts';

const [host = '', port = ''] = process.argv.slice(2);

const answer = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const proxy = await startCuttingProxy({
  host,
  port: Number(port),
  listenOn: '0.0.0.0',
  sourcePorts: proxySourcePorts,
});
answer({ port: proxy.port });

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== 'count') proxy.cut((JSON.parse(line) as Cut | null) ?? undefined);
    answer(proxy.count());
  })
  .on('close', () => process.exit(0));
