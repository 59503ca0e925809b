/**
 * The only module of the product that starts programs: with an argument list, never a shell. (govc-wrapper has its
 * own.)
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface StartOptions {
  /** Added to our own environment. Passwords go here, never into `args`. */
  readonly env: Readonly<Record<string, string>>;
  /** `terminal`: it shares ours. `piped`: its three streams are ours. */
  readonly streams: 'terminal' | 'piped';
  /** Its own process group, so that Ctrl-C in the terminal reaches only us. */
  readonly ownGroup?: boolean;
}

/** Starts `program`. A failed start is the `error` event. */
export const startProgram = (
  program: string,
  args: readonly string[],
  { env, streams, ownGroup = false }: StartOptions,
): ChildProcess =>
  spawn(program, args, {
    stdio: streams === 'terminal' ? 'inherit' : 'pipe',
    detached: ownGroup && process.platform !== 'win32',
    windowsHide: true,
    env: { ...process.env, ...env },
  });
