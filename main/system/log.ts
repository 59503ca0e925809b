/** `--log FILE`: the steps of the command as JSON lines. No secret is ever passed to the log. */
import { fchmodSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../core/base/errors.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { fileFailure } from './files/file-failure.ts';

export interface Log {
  /** The command by its name: options and arguments stay out. */
  command(name: string, version: string): void;
  /** Every event of a run but progress. */
  event(this: void, event: RunEvent): void;
  failure(reason: Failure): void;
  end(command: string, exitCode: number): void;
}

/** Appends to `path`, which only its owner may read. Fails with `files.*` of kind `input`. */
export async function openLog(path: string): Promise<Result<Log>> {
  let fd: number;
  try {
    fd = openSync(resolve(path), 'a', 0o600);
    if (process.platform !== 'win32') fchmodSync(fd, 0o600);
  } catch (error) {
    return fail({ ...fileFailure(path, error), kind: 'input' });
  }
  const { default: pino } = await import('pino');
  // Written synchronously: a killed process has its last line in the file.
  const destination = pino.destination({ fd, sync: true });
  // A full disk ends the log, and the work goes on.
  destination.on('error', () => undefined);
  const log = pino(
    {
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  return ok({
    command: (name, version) => log.info({ command: name, version }, 'started'),
    event: (event) => {
      if (event.kind === 'stage-progress' || event.kind === 'operation-progress') return;
      const level = 'failure' in event && event.failure !== undefined ? 'error' : 'info';
      log[level]({ event }, event.kind);
    },
    failure: (reason) => log.error({ failure: reason }, reason.code),
    end: (name, exitCode) => log.info({ command: name, exitCode }, 'ended'),
  });
}
