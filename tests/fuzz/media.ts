/**
 * Fuzzes the media parsers, guided by V8's block coverage: `node tests/fuzz/media.ts [--seconds N] [--seed N] [target...]`.
 * N seconds per target, 10 by default. Ends with 1 at the first crash, run over 2 s, or memory over 256 MB, and writes
 * the input beside itself as `find-<target>-<hash>`, to become a test.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { watchCoverage } from './coverage.ts';
import { targets } from './media-targets.ts';
import type { Target } from './media-targets.ts';
import { mutate, seededRandom } from './mutate.ts';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const slowMs = 2000;
const mostGrowth = 256 * 1024 * 1024;
const largest = 1024 * 1024;

/** Runs one target for a while; returns what it found, or undefined. */
async function fuzz(name: string, target: Target, seconds: number): Promise<string | undefined> {
  const random = seededRandom(seed);
  const coverage = watchCoverage(/\/(?:core|adapters)\/media\//);
  const corpus = [...target.seeds];
  const memory = process.memoryUsage();
  const base = memory.heapUsed + memory.external;
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  let accepted = 0;
  let find: string | undefined;
  for (const start of corpus) await target.run(Buffer.from(start));
  coverage.fresh();
  while (find === undefined && performance.now() < end) {
    const pick = corpus[random(corpus.length)] ?? Buffer.alloc(0);
    const other = corpus[random(corpus.length)] ?? pick;
    const input = mutate(pick, other, target.words, random).subarray(0, largest);
    const began = process.cpuUsage();
    try {
      if (await target.run(input)) accepted += 1;
    } catch (error) {
      find = `crash: ${error instanceof Error ? error.stack : String(error)}`;
    }
    runs += 1;
    // Of the processor, not of the clock: a busy machine is not a slow parser.
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    if (took > slowMs) find ??= `slow: ${Math.round(took)} ms`;
    if (runs % 256 === 0) {
      const now = process.memoryUsage();
      if (now.heapUsed + now.external - base > mostGrowth) find ??= `memory: ${Math.round(now.heapUsed / 1e6)} MB`;
    }
    if (find === undefined && coverage.fresh() > 0) corpus.push(Buffer.from(input));
    if (find !== undefined) report(name, input, find);
  }
  coverage.stop();
  console.log(
    `${name.padEnd(12)} ${String(runs).padStart(8)} runs, ${String(accepted).padStart(7)} accepted, corpus ${corpus.length}, blocks ${coverage.total()}: ${find ?? 'nothing found'}`,
  );
  return find;
}

function report(name: string, input: Buffer, find: string): void {
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = path.join(path.dirname(fileURLToPath(import.meta.url)), `find-${name}-${digest}`);
  writeFileSync(file, input);
  console.error(`${name}: ${find}\nseed ${seed}, input in ${file}`);
}

const chosen = positionals.length > 0 ? positionals : Object.keys(targets);
let finds = 0;
console.log(`seed ${seed}`);
for (const name of chosen) {
  const target = targets[name];
  if (target === undefined) throw new Error(`no target ${name}; there are ${Object.keys(targets).join(', ')}`);
  if ((await fuzz(name, target, Number(values.seconds))) !== undefined) finds += 1;
}
process.exitCode = finds > 0 ? 1 : 0;
