/** One command over one channel of a connection. */
import { Readable } from 'node:stream';
import type { NodeSSH } from 'node-ssh';
import { type Failure, type Result, cancelled, fail, failure, ok } from '../../../core/base/errors.ts';
import { type Address, connectionFailure } from './failure.ts';
import { quoteForShell } from './quote.ts';

export interface RunOptions {
  /** Standard input, sent unchanged; default: empty. */
  readonly input?: string | Uint8Array;
  /** Time limit in ms. Default 60,000. */
  readonly timeLimit?: number;
  /** Limit in bytes for standard output and for standard error, each. Default 1 MiB. */
  readonly outputLimit?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RunOutput {
  /** Undefined if a signal ended the command. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The connection of a command. */
export interface Connection {
  readonly ssh: NodeSSH;
  readonly address: Address;
  /** The error that ended the connection, if it has ended. */
  readonly lastError: () => Error | undefined;
}

const defaults = { timeLimit: 60_000, outputLimit: 1024 * 1024 } as const;

/** Collects the output up to a limit; `add` returns false above the limit. */
function collector(limit: number) {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    add: (chunk: Buffer): boolean => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      return length <= limit;
    },
    text: (): string => Buffer.concat(chunks).toString('utf8'),
  };
}

/**
 * Runs `argv` on the host, quoted for its shell. A command that ends with another code than 0 is no failure. Fails with
 * `ssh.cut` or `ssh.timeout` (the connection went away), `ssh.slow`, `ssh.output-long` and `cancelled`; the channel is
 * closed then, and the command may continue on the host.
 */
export function runCommand(
  { ssh, address, lastError }: Connection,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Result<RunOutput>> {
  const { input, signal } = options;
  const timeLimit = options.timeLimit ?? defaults.timeLimit;
  const outputLimit = options.outputLimit ?? defaults.outputLimit;
  const command = quoteForShell(argv);
  if (signal?.aborted === true) return Promise.resolve(fail(cancelled));
  const [stdout, stderr] = [collector(outputLimit), collector(outputLimit)];
  return new Promise((resolve) => {
    let close = (): void => undefined;
    const end = (result: Result<RunOutput>): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve(result);
    };
    const give = (reason: Failure): void => {
      end(fail(reason));
      close();
    };
    const stop = (): void => give(cancelled);
    const timer = setTimeout(
      () => give(failure('operation', 'ssh.slow', { host: address.host, seconds: Math.ceil(timeLimit / 1000) })),
      timeLimit,
    );
    signal?.addEventListener('abort', stop, { once: true });
    const take = (into: typeof stdout) => (chunk: Buffer) => {
      if (!into.add(chunk)) give(failure('operation', 'ssh.output-long', { host: address.host, most: outputLimit }));
    };
    const lost = (): void => give(connectionFailure(address, lastError()));
    ssh
      .execCommand(command, {
        ...(input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }),
        noTrim: true,
        encoding: 'latin1',
        onStdout: take(stdout),
        onStderr: take(stderr),
        onChannel: (channel) => {
          // The command may end without reading its input: the write error is ignored.
          channel.on('error', () => undefined);
          close = () => channel.close();
        },
      })
      .then(({ code, signal: ended }) => {
        // Neither code nor signal: the connection ended before the command.
        if (code === null && !ended) return lost();
        return end(ok({ code: code ?? undefined, stdout: stdout.text(), stderr: stderr.text() }));
      })
      .catch(lost);
  });
}
