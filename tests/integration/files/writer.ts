/** Writes at full speed until it is killed (see crash.test.ts); prints each line's number once it is on disk. */
import module from 'node:module';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../main/system/files/atomic.ts';
import { appendLine } from '../../../main/system/files/lines.ts';

// Node keeps its compiled modules at an orderly end, which this process never has.
module.flushCompileCache();

const [folder = ''] = process.argv.slice(2);

for (let round = 1; ; round += 1) {
  const state = await writeFileAtomic(join(folder, 'state'), `${round}\n`.repeat(20_000));
  const line = await appendLine(join(folder, 'journal'), `line ${round}`, { fsync: true });
  if (!state.ok || !line.ok) throw new Error('could not write');
  process.stdout.write(`${round}\n`);
}
