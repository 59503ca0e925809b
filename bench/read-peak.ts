/**
 * Reads OVAs in turn and prints the peak memory, in MB, of a process that only reads:
 * `node bench/read-peak.ts [--threads=0|1|2] FILE...`.
 */
import { parseArgs } from 'node:util';
import { unwrap } from '../core/base/errors.ts';
import { readOva } from '../main/adapters/media/image/ova-reader.ts';

const { values, positionals } = parseArgs({
  options: { threads: { type: 'string', default: '2' } },
  allowPositionals: true,
});
const threads = ([0, 1, 2] as const).find((one) => String(one) === values.threads);
if (threads === undefined) throw new Error('--threads is 0, 1 or 2');
let peak = 0;
const onProgress = (): void => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
for (const file of positionals) unwrap(await readOva(file, { onProgress, threads }));
console.log(Math.round(peak / 1e6));
