import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Hasher } from '../../../../core/media/ova/ova.ts';
import type { DigestAlgorithm } from '../../../../core/media/ova/manifest.ts';

/**
 * Digests of a file and of its parts, on worker threads for large files: this thread reads and parses meanwhile.
 * Buffers are shared memory and are not copied, so a buffer may be filled again only after {@link HashCrew.settled}.
 */
export interface HashCrew {
  /** The digest over the whole file. */
  readonly whole: Hasher;
  /** A further digest, for a member. */
  readonly open: (algorithm: DigestAlgorithm) => Hasher;
  /** Settles when the bytes given since the last call are hashed. */
  readonly settled: () => Promise<void>;
  /** Ends the threads, also in the middle of a digest. */
  readonly close: () => Promise<void>;
}

/** Below this size in bytes a thread takes longer to start than to hash. */
const worthAThread = 16 * 1024 * 1024;

/**
 * The program of a thread, as text: the same source works from TypeScript, from a bundle and inside an
 * Electron archive.
 */
const program = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const lanes = new Map();
parentPort.on('message', ({ lane, algorithm, bytes }) => {
  if (algorithm !== undefined) lanes.set(lane, createHash(algorithm));
  else if (bytes !== undefined) {
    lanes.get(lane).update(bytes);
    parentPort.postMessage('');
  } else {
    parentPort.postMessage(lanes.get(lane).digest('hex'));
    lanes.delete(lane);
  }
});
`;

/**
 * Starts digests for a file of `size` bytes on up to `threads` threads: with two, the whole file and its members are
 * hashed at the same time. Without threads, or for a small file, this thread hashes.
 */
export function hashCrew(size: number, threads: 0 | 1 | 2): HashCrew {
  const first = size < worthAThread || threads === 0 ? undefined : startThread();
  if (first === undefined) return localCrew();
  const second = threads === 2 ? (startThread() ?? first) : first;
  let waiting: Promise<unknown>[] = [];
  const track = (promise: Promise<unknown>): void => {
    waiting.push(promise);
    promise.catch(() => undefined);
  };
  return {
    whole: first.open('sha256', track),
    open: (algorithm) => second.open(algorithm, track),
    settled: async () => {
      const all = waiting;
      waiting = [];
      await Promise.all(all);
    },
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

function localCrew(): HashCrew {
  const open = (algorithm: DigestAlgorithm): Hasher => {
    const hash = createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), hex: () => Promise.resolve(hash.digest('hex')) };
  };
  const nothing = (): Promise<void> => Promise.resolve();
  return { whole: open('sha256'), open, settled: nothing, close: nothing };
}

interface HashThread {
  readonly open: (algorithm: DigestAlgorithm, track: (promise: Promise<unknown>) => void) => Hasher;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly lane: number;
  readonly algorithm?: DigestAlgorithm;
  readonly bytes?: Uint8Array;
}

/** A thread that answers requests in order; undefined if none can be started. */
function startThread(): HashThread | undefined {
  const worker = startWorker();
  if (worker === undefined) return undefined;
  const waiting: Waiting[] = [];
  let ended: Error | undefined;
  let lanes = 0;
  const end = (error: Error): void => {
    ended ??= error;
    for (const one of waiting.splice(0)) one.reject(error);
  };
  worker.on('message', (answer: string) => waiting.shift()?.resolve(answer));
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the hash thread has ended')));
  const send = (message: Message): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage(message);
  };
  const ask = (message: Message): Promise<string> => {
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      send(message);
    });
  };
  return {
    open: (algorithm, track) => {
      const lane = lanes++;
      if (ended === undefined) send({ lane, algorithm });
      return { update: (bytes) => track(ask({ lane, bytes })), hex: () => ask({ lane }) };
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Heap limit of a thread in MB: it holds only hash states. */
const threadLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } as const;

function startWorker(): Worker | undefined {
  try {
    return new Worker(program, { eval: true, execArgv: [], env: {}, resourceLimits: threadLimits });
  } catch {
    return undefined;
  }
}
