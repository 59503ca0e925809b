/**
 * Requests of the user of `serve` for a new address: Enter in the terminal, a line on stdin with `--json`, or SIGUSR2.
 */
import { readFileSync } from 'node:fs';

const lineFeed = 10;

/** How the user of this process can request an address; `none` on Windows without a terminal. */
export type AddressRequest = 'enter' | 'signal' | 'none';

export const addressRequest = (): AddressRequest => {
  if (process.stdin.isTTY) return 'enter';
  return process.platform === 'win32' ? 'none' : 'signal';
};

/**
 * Whether this process may read the terminal: the system stops a background process (`serve &`) that reads it. Only
 * Linux tells. Source of the fields: proc_pid_stat(5), pgrp and tpgid.
 */
function isInForeground(): boolean {
  if (process.platform !== 'linux') return true;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminalGroup === '-1' || terminalGroup === group;
}

/** Calls `tell` at each request, until `signal` aborts. Without `lines`, stdin is read only if it is a terminal. */
export function onAddressRequest(tell: () => void, { lines, signal }: { lines: boolean; signal: AbortSignal }): void {
  const { stdin } = process;
  if (signal.aborted) return;
  const reads = lines || stdin.isTTY;

  const read = (chunk: Buffer | string): void => {
    // A passphrase prompt is open, without echo: its Enter is an answer.
    if (stdin.isRaw) return;
    for (const byte of Buffer.from(chunk)) if (byte === lineFeed) tell();
  };
  const follow = (): void => {
    if (signal.aborted) return;
    if (!stdin.isTTY || isInForeground()) stdin.resume();
    else stdin.pause();
  };
  // A prompt pauses stdin when it ends.
  const paused = (): void => void setImmediate(follow);

  process.on('SIGUSR2', tell);
  if (reads) {
    process.on('SIGCONT', follow);
    stdin.on('error', () => undefined);
    follow();
    stdin.on('data', read);
    stdin.on('pause', paused);
  }
  signal.addEventListener(
    'abort',
    () => {
      process.off('SIGUSR2', tell);
      if (!reads) return;
      process.off('SIGCONT', follow);
      stdin.off('data', read);
      stdin.pause();
    },
    { once: true },
  );
}
