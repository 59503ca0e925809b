/**
 * One login for all commands of a client: a govc that keeps the session, and logs out when this process ends or lets it
 * go.
 */
import { GovcError } from './errors.ts';
import { runProcess, type RunRequest } from './process.ts';

/** What our govc says when a command would have to log in although the session is shared. */
export const isSessionEnd = (error: unknown): boolean =>
  error instanceof GovcError &&
  (error.fault === 'NotAuthenticated' || error.message.includes('shared session has ended'));

export interface SharedSession {
  /** Resolves when there is a session: the first call logs in. Rejects as a login does. */
  ready(start: () => Promise<KeeperStart>): Promise<number>;
  /** The session that `generation` named has ended: the next call logs in again. */
  lost(generation: number): void;
  /** Logs out, if there is a session. */
  end(): Promise<void>;
}

export type KeeperStart = Pick<RunRequest, 'binary' | 'cwd' | 'env' | 'limitMs' | 'graceMs' | 'redact'> & {
  readonly failure: (result: { readonly exitCode: number | null; readonly stderr: string }) => GovcError;
};

/** The longest timer: the keeper itself has no time limit once it is ready. */
const noLimit = 2 ** 31 - 1;

interface Keeper {
  readonly generation: number;
  readonly ready: Promise<void>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export function createSharedSession(): SharedSession {
  let keeper: Keeper | undefined;
  let generations = 0;
  const ending = new Set<Promise<void>>();

  function startKeeper(start: () => Promise<KeeperStart>): Keeper {
    const stop = new AbortController();
    generations += 1;
    const generation = generations;
    let isReady = (): void => undefined;
    const said = new Promise<void>((resolve) => (isReady = resolve));
    const run = async (): Promise<void> => {
      // One that was let go logs out before the next one logs in.
      await Promise.all(ending);
      const { failure, ...how } = await start();
      const result = await runProcess({
        ...how,
        args: ['session.keep'],
        signal: stop.signal,
        maxOutput: 4_096,
        watch: (text) => {
          if (!text.includes('ready')) return undefined;
          isReady();
          return noLimit;
        },
      });
      throw failure(result);
    };
    const running = run();
    const ended = running.then(
      () => undefined,
      () => {
        if (keeper?.generation === generation) keeper = undefined;
      },
    );
    return { generation, stop, ended, ready: Promise.race([said, running]) };
  }

  const letGo = (one: Keeper): void => {
    one.stop.abort();
    const gone = one.ended.then(() => void ending.delete(gone));
    ending.add(gone);
  };

  return {
    async ready(start) {
      keeper ??= startKeeper(start);
      const { ready, generation } = keeper;
      await ready;
      return generation;
    },
    lost(generation) {
      if (keeper?.generation !== generation) return;
      letGo(keeper);
      keeper = undefined;
    },
    async end() {
      if (keeper !== undefined) letGo(keeper);
      keeper = undefined;
      await Promise.all(ending);
    },
  };
}
