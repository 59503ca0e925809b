/**
 * Fuzzes the media parsers, guided by V8's block coverage: `npm run fuzz -- [--seconds N] [--seed N] [target...]`.
 * N seconds per target, 10 by default, 3600 for the long run. Exit code 1 if an input crashed, ran for over 2 s, hung,
 * or took over 256 MB, and writes the input into the fuzzer's folder as `find-<target>-<hash>`, to become a test.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { targets } from './media-targets.ts';
import { largestInput, mostMemory, type FuzzReport, type FuzzTask } from './worker.ts';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const seconds = Number(values.seconds);
/** Time limit in ms for the last run of a target. */
const patience = 30_000;
const nothing: FuzzReport = { runs: 0, accepted: 0, corpus: 0, blocks: 0 };

/** Runs one target on a thread, and ends it if it hangs or its heap is full. */
async function fuzz(name: string): Promise<{ readonly report: FuzzReport; readonly input: Buffer }> {
  const current = new SharedArrayBuffer(4 + largestInput);
  const workerData: FuzzTask = { name, seed, seconds, current };
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData,
    // Heap limit for parser and fuzzer together.
    resourceLimits: { maxOldGenerationSizeMb: (2 * mostMemory) / 1024 / 1024 },
  });
  const report = await new Promise<FuzzReport>((resolve) => {
    const hang = setTimeout(() => resolve({ ...nothing, find: 'hang' }), seconds * 1000 + patience);
    const end = (found: FuzzReport): void => {
      clearTimeout(hang);
      resolve(found);
    };
    worker.once('message', end);
    worker.once('error', (error) => end({ ...nothing, find: `crash: ${String(error)}` }));
  });
  await worker.terminate();
  const length = new Int32Array(current, 0, 1)[0] ?? 0;
  return { report, input: Buffer.from(new Uint8Array(current, 4, length)) };
}

const chosen = positionals.length > 0 ? positionals : Object.keys(targets);
const unknown = chosen.find((name) => targets[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no target "${unknown}". There are: ${Object.keys(targets).join(', ')}.`);
  process.exit(2);
}
console.log(`seed ${seed}`);
for (const name of chosen) {
  const { report, input } = await fuzz(name);
  const { runs, accepted, corpus, blocks, find } = report;
  console.log(
    `${name.padEnd(12)} ${String(runs).padStart(8)} runs, ${String(accepted).padStart(7)} accepted, corpus ${corpus}, blocks ${blocks}: ${find ?? 'nothing found'}`,
  );
  if (find === undefined) continue;
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = path.join(path.dirname(fileURLToPath(import.meta.url)), `find-${name}-${digest}`);
  writeFileSync(file, input);
  console.error(`${name}: ${find}\nseed ${seed}, input in ${file}`);
  process.exitCode = 1;
}
