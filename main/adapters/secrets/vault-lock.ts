/** One writer at a time. */
import { setTimeout as pause } from 'node:timers/promises';
import { FailureSignal, failure } from '../../../core/base/errors.ts';

/** A held lock; `tryLock` of the files adapter gives it. */
interface Lock {
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** Takes the lock file at `path`, unless a running process holds it. */
export type TryLock = (
  path: string,
  options: { readonly shared: true },
) => Promise<{ readonly taken: true; readonly lock: Lock } | { readonly taken: false }>;

/** Pause in ms between two attempts. */
const interval = 50;

const busy = (lock: string): FailureSignal => new FailureSignal(failure('operation', 'secrets.vault-busy', { lock }));

/** Signals `secrets.vault-busy` when the lock was lost: to be called right before the write that it guards. */
export type ConfirmLock = () => Promise<void>;

async function takeLock(path: string, timeLimit: number, tryLock: TryLock): Promise<Lock> {
  const begin = performance.now();
  for (;;) {
    const attempt = await tryLock(path, { shared: true });
    if (attempt.taken) return attempt.lock;
    if (performance.now() - begin >= timeLimit) throw busy(path);
    await pause(interval);
  }
}

/**
 * Runs `work` while holding `<vault>.lock`; waits up to `timeLimit` ms for another holder, then signals
 * `secrets.vault-busy`. Throws errors of the file system unchanged.
 */
export async function withLock<T>(
  vault: string,
  { timeLimit, tryLock }: { readonly timeLimit: number; readonly tryLock: TryLock },
  work: (confirm: ConfirmLock) => Promise<T>,
): Promise<T> {
  const path = `${vault}.lock`;
  const lock = await takeLock(path, timeLimit, tryLock);
  try {
    return await work(async () => {
      if (!(await lock.isHeld())) throw busy(path);
    });
  } finally {
    await lock.release();
  }
}
