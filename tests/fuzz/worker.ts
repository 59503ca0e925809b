/** One target of the fuzzer, on its own thread, so that the main thread detects a hang and its input. */
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { watchCoverage } from './coverage.ts';
import { targets } from './media-targets.ts';
import { mutate, seededRandom } from './mutate.ts';

export interface FuzzTask {
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  /** The input that is being run: its length as a 32-bit number, then its bytes. */
  readonly current: SharedArrayBuffer;
}

export interface FuzzReport {
  readonly runs: number;
  readonly accepted: number;
  readonly corpus: number;
  readonly blocks: number;
  readonly find?: string;
}

/** Most bytes of an input. */
export const largestInput = 1024 * 1024;
/** Longest run, in milliseconds of the processor: a busy machine is not a slow parser. */
const slowMs = 2000;
/** Most memory of the parser, in bytes. */
export const mostMemory = 256 * 1024 * 1024;

/** Memory in use on this thread, without the corpus that the fuzzer itself keeps. */
const inUse = (): number => {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
};

/** Inputs between two reads of the coverage. */
const batchSize = 64;

/** Adds `ids` to `seen`; whether one of them is new. */
function addNew(seen: Set<string>, ids: readonly string[]): boolean {
  const before = seen.size;
  for (const id of ids) seen.add(id);
  return seen.size > before;
}

async function fuzz({ name, seed, seconds, current }: FuzzTask): Promise<FuzzReport> {
  const target = targets[name];
  if (target === undefined) throw new Error(`no target ${name}`);
  const random = seededRandom(seed);
  const coverage = watchCoverage(/\/(?:core|adapters)\/media\//);
  const corpus = [...target.seeds];
  /** Coverage of a batch, which decides about a closer look, and coverage of one input. */
  const seen = { batch: new Set<string>(), input: new Set<string>() };
  const length = new Int32Array(current, 0, 1);
  const shown = new Uint8Array(current, 4);
  let kept = 0;
  let runs = 0;
  let accepted = 0;
  let find: string | undefined;

  const run = async (input: Buffer): Promise<void> => {
    shown.set(input);
    length[0] = input.length;
    const began = process.cpuUsage();
    try {
      if (await target.run(Buffer.from(input))) accepted += 1;
    } catch (error) {
      find = `crash: ${error instanceof Error ? error.stack : String(error)}`;
    }
    runs += 1;
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    if (took > slowMs) find ??= `slow: ${Math.round(took)} ms`;
  };
  const mutated = (): Buffer => {
    const pick = corpus[random(corpus.length)] ?? Buffer.alloc(0);
    const other = corpus[random(corpus.length)] ?? pick;
    return mutate(pick, other, target.words, random).subarray(0, largestInput);
  };

  for (const start of target.seeds) {
    await run(start);
    addNew(seen.input, coverage.take());
  }
  const base = inUse();
  const end = performance.now() + seconds * 1000;
  while (find === undefined && performance.now() < end) {
    const batch = Array.from({ length: batchSize }, mutated);
    for (const input of batch) {
      await run(input);
      if (find !== undefined) break;
    }
    const memory = inUse() - base - kept;
    if (memory > mostMemory) find ??= `memory: ${Math.round(memory / 1e6)} MB`;
    if (find !== undefined || !addNew(seen.batch, coverage.take())) continue;
    for (const input of batch) {
      await run(input);
      if (!addNew(seen.input, coverage.take())) continue;
      corpus.push(Buffer.from(input));
      kept += input.length;
    }
  }
  coverage.stop();
  const counts = { runs, accepted, corpus: corpus.length, blocks: seen.input.size };
  return find === undefined ? counts : { ...counts, find };
}

const port = parentPort;
if (port !== null) port.postMessage(await fuzz(workerData as FuzzTask));
