/** Identifies processes and computers in file names. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { errnoOf } from './file-failure.ts';

/** Whether a process of this computer has the number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** This computer in a file name: eight hex digits. */
export const hostTag = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
