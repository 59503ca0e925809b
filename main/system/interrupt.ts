/** Stops the command line on Ctrl-C, on a closed terminal, and when the reader of its output has ended. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { exitCodes, failure, type Failure } from '../../core/base/errors.ts';
import { errnoOf } from './files/file-failure.ts';

/**
 * Write errors after the reader has ended: EPIPE for a closed pipe, EIO for a terminal that was closed, ENXIO and
 * ECONNRESET for a terminal or connection that is gone.
 */
const readerGone: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'EBADF']);

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/** Whether the stream is a terminal or a pipe, not a file or `/dev/null`. */
function hasReader(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return isatty(fd) || stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The failure of an answer that could not be written to standard output, such as a full disk behind `> file`. */
  lostOutput(this: void): Failure | undefined;
}

/**
 * Listens from now on. A second Ctrl-C or SIGTERM ends the process at once, with the exit code of a cancelled command.
 * SIGHUP never does: a shell may send it besides the system.
 */
export function listenForInterrupt(): Interrupt {
  const abort = new AbortController();
  let lost: Failure | undefined;
  let asked = 0;
  const stop = (): void => {
    asked += 1;
    if (asked > 1) process.exit(exitCodes.cancelled);
    abort.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  // Node resets the SIGHUP that `nohup` ignores. If both streams are files, the work goes on.
  const watched = hasReader(1) || hasReader(2);
  process.on('SIGHUP', () => {
    if (watched) abort.abort();
  });
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error) => {
      const code = errnoOf(error);
      // On a file EIO is a fault of its disk.
      if (readerGone.has(code) && !isFile(stream.fd)) abort.abort();
      // A full disk loses messages and the work goes on. An incomplete answer is a failure.
      else if (stream === process.stdout) lost ??= failure('operation', 'cli.output-lost', { reason: code ?? '' });
    });
  }
  return { signal: abort.signal, lostOutput: () => lost };
}
