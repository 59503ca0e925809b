/** `--log FILE`: what was done, as JSON lines. Secrets are not redacted here: they never come here. */
import { fchmodSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../core/base/errors.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { fileFailure } from './files/file-failure.ts';

export interface Log {
  /** The command by its name: options and arguments stay out. */
  command(name: string, version: string): void;
  /** Everything of a run but progress. */
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
  // Written at once: a process that is ended leaves everything that it said.
  const destination = pino.destination({ fd, sync: true });
  // A full disk takes the log, not the work.
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
