import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Hasher } from '../../../core/media/ova.ts';
import type { DigestAlgorithm } from '../../../core/media/manifest.ts';

/** Digests: on this thread, or on a second one that works while this thread parses and hashes the members. */

/** A digest on this thread. */
export function nodeHasher(algorithm: DigestAlgorithm): Hasher {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest('hex'),
  };
}

/** A digest that may lag behind: a buffer given to it belongs to it until the promise settles. */
export interface FileDigest {
  readonly update: (bytes: Uint8Array) => Promise<void>;
  readonly hex: () => Promise<string>;
  /** Ends the second thread, whatever it is doing. */
  readonly close: () => Promise<void>;
}

/**
 * The second thread's program. It is text and not a file: one source works from TypeScript, from a bundle and inside
 * an Electron archive. Buffers are shared memory, so nothing is copied.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const hash = require('node:crypto').createHash(workerData);
parentPort.on('message', (bytes) => {
  if (bytes === null) parentPort.postMessage(hash.digest('hex'));
  else { hash.update(bytes); parentPort.postMessage(null); }
});
`;

/** Starts a digest over a whole file; `parallel` puts it on a second thread, where there is one. */
export function fileDigest(algorithm: DigestAlgorithm, parallel: boolean): FileDigest {
  return (parallel ? threadDigest(algorithm) : undefined) ?? localDigest(algorithm);
}

function localDigest(algorithm: DigestAlgorithm): FileDigest {
  const hasher = nodeHasher(algorithm);
  return {
    update: (bytes) => {
      hasher.update(bytes);
      return Promise.resolve();
    },
    hex: () => Promise.resolve(hasher.hex()),
    close: () => Promise.resolve(),
  };
}

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

function threadDigest(algorithm: DigestAlgorithm): FileDigest | undefined {
  const worker = startWorker(algorithm);
  if (worker === undefined) return undefined;
  const waiting: Waiting[] = [];
  let broken: Error | undefined;
  worker.on('message', (hex: string | null) => waiting.shift()?.resolve(hex ?? ''));
  worker.on('error', (error) => {
    broken = error;
    for (const one of waiting.splice(0)) one.reject(error);
  });
  const ask = (message: Uint8Array | null): Promise<string> => {
    if (broken !== undefined) return Promise.reject(broken);
    return new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
  };
  return {
    update: async (bytes) => {
      await ask(bytes);
    },
    hex: () => ask(null),
    close: async () => {
      await worker.terminate();
      for (const one of waiting.splice(0)) one.resolve('');
    },
  };
}

function startWorker(algorithm: DigestAlgorithm): Worker | undefined {
  try {
    return new Worker(program, { eval: true, workerData: algorithm, execArgv: [] });
  } catch {
    return undefined;
  }
}
