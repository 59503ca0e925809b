import { describe, expect, it } from 'vitest';
import { diskPace } from '../../../../../../main/adapters/media/medium/disk-pace.ts';
import { inTurns } from '../../../../../../main/adapters/media/medium/in-turns.ts';

/** Reads of `readMs` each, one every `everyMs`, for two seconds. */
async function saysToSpare(readMs: number, everyMs: number): Promise<boolean> {
  let now = 0;
  let said = false;
  const pace = diskPace(() => now);
  void pace.toSpare.then(() => (said = true));
  for (now = readMs; now < 2000; now += everyMs) pace.onRead(readMs);
  await Promise.resolve();
  return said;
}

describe('the pace of a disk', () => {
  it('is idle when chunks wait for their hashes', async () => expect(await saysToSpare(2, 10)).toBe(true));
  it('is busy when a read is always in progress', async () => expect(await saysToSpare(20, 20)).toBe(false));
  it('counts as busy while it is unknown', async () => expect(await saysToSpare(1, 3000)).toBe(false));
});

describe('work in turns', () => {
  const items = [1, 2, 3, 4, 5, 6];
  const run = async (width: number, room?: Promise<void>): Promise<number> => {
    let most = 0;
    let running = 0;
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return item * 10;
    };
    expect(await inTurns(items, width, undefined, work, room)).toEqual(items.map((item) => item * 10));
    return most;
  };
  it('runs in parallel, up to the given width', async () => {
    expect(await run(3)).toBe(3);
    expect(await run(1)).toBe(1);
    expect(await run(20)).toBe(6);
  });
  it('runs one by one until `room` settles', async () => {
    expect(await run(3, new Promise(() => undefined))).toBe(1);
    expect(await run(3, new Promise((resolve) => setTimeout(resolve, 12)))).toBe(3);
  });
  it('stops at the first failure, including items that wait for `room`', async () => {
    const work = (item: number): Promise<never> => Promise.reject(new Error(`item ${item}`));
    await expect(inTurns(items, 3, undefined, work, new Promise(() => undefined))).rejects.toThrow('item 1');
  });
});
