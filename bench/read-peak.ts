/** Prints the most memory, in MB, of a process that reads one OVA and does nothing else: `node bench/read-peak.ts FILE`. */
import { unwrap } from '../core/errors.ts';
import { readOva } from '../main/adapters/media/ova-reader.ts';

let peak = 0;
const onProgress = (): void => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
unwrap(await readOva(process.argv[2] ?? '', { onProgress }));
console.log(Math.round(peak / 1e6));
