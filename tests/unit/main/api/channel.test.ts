import { describe, expect, it } from 'vitest';
import { createChannel } from '../../../../main/api/channel.ts';

const collect = async <T>(channel: AsyncGenerator<T, void>): Promise<T[]> => {
  const values: T[] = [];
  for await (const value of channel) values.push(value);
  return values;
};
const many = Array.from({ length: 1000 }, (_, index) => index);

describe('a channel', () => {
  it('yields every value in order, also values told before the first read', async () => {
    const values = await collect(
      createChannel<number>(async (tell) => {
        many.slice(0, 500).forEach(tell);
        await new Promise((resolve) => setTimeout(resolve, 5));
        many.slice(500).forEach(tell);
      }),
    );
    expect(values).toEqual(many);
  });

  it('buffers values for a slow reader', async () => {
    const values: number[] = [];
    for await (const value of createChannel<number>(async (tell) => [3, 2, 1].forEach(tell))) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      values.push(value);
    }
    expect(values).toEqual([3, 2, 1]);
  });

  it('ends without a value if none is told', async () => {
    expect(await collect(createChannel<number>(async () => undefined))).toEqual([]);
  });

  it('rejects like the work, after the values told before', async () => {
    const values: number[] = [];
    const read = async (): Promise<void> => {
      const channel = createChannel<number>(async (tell) => {
        tell(1);
        await Promise.resolve();
        throw new Error('broken');
      });
      for await (const value of channel) values.push(value);
    };
    await expect(read()).rejects.toThrow('broken');
    expect(values).toEqual([1]);
  });
});
