/**
 * One of several processes that want the same lock (see lock-race.test.ts). In each round it takes the lock, does
 * exclusive work, and releases the lock, or leaves it like a killed process.
 */
import { unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { tryLock } from '../../../main/system/files/lock.ts';

const [path = '', rounds = '0', dead = '0'] = process.argv.slice(2);

const until = performance.now() + 60_000;
for (let round = 0; round < Number(rounds);) {
  const attempt = await tryLock(path);
  if (!attempt.taken) {
    if (performance.now() > until) throw new Error(`the lock is stuck: ${JSON.stringify(attempt.holder)}`);
    continue;
  }
  // Fails if another process works at the same time.
  await writeFile(`${path}-alone`, '', { flag: 'wx' });
  await unlink(`${path}-alone`);
  if (!(await attempt.lock.isHeld())) throw new Error('the lock was taken away');
  if (round % 3 === 0) await attempt.lock.release();
  else
    await writeFile(
      path,
      JSON.stringify({ pid: Number(dead), host: hostname(), uptime: 0, key: `${process.pid}x${round}` }),
    );
  round += 1;
}
