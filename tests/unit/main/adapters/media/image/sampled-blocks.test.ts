import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blockSampler,
  blocksUnchanged,
  chooseOffsets,
} from '../../../../../../main/adapters/media/image/sampled-blocks.ts';
import type { SampledBlocks } from '../../../../../../main/adapters/media/image/sampled-blocks.ts';

let folder = '';
let file = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-samples-'));
  file = path.join(folder, 'file');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function unchanged(bytes: Uint8Array, samples: SampledBlocks): Promise<boolean> {
  writeFileSync(file, bytes);
  const handle = await open(file, 'r');
  try {
    return await blocksUnchanged(handle, samples);
  } finally {
    await handle.close();
  }
}

describe('sampled blocks', () => {
  it('from the stream equal those of the file, for every chunk size', async () => {
    const size = fc.integer({ min: 1, max: 60_000 });
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 1, max: 9000 }), fc.nat(255), async (length, piece, byte) => {
        const bytes = Buffer.alloc(length, byte);
        for (let at = 0; at < length; at += 97) bytes[at] = at & 0xff;
        const sampler = blockSampler(chooseOffsets(length));
        for (let at = 0; at < length; at += piece) sampler.push(bytes.subarray(at, at + piece));
        const samples = sampler.result();
        expect(await unchanged(bytes, samples)).toBe(true);
        const [place = 0] = samples.offsets;
        bytes[place] = (bytes[place] ?? 0) ^ 1;
        expect(await unchanged(bytes, samples)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('include the first and the last block, do not overlap, and differ each time', () => {
    const size = 8e9;
    const offsets = chooseOffsets(size);
    expect(offsets[0]).toBe(0);
    expect(offsets[offsets.length - 1]).toBe(size - 4096);
    expect(offsets.length).toBeGreaterThan(50);
    expect(offsets.every((offset, index) => index === 0 || offset >= (offsets[index - 1] ?? 0) + 4096)).toBe(true);
    expect(chooseOffsets(size)).not.toEqual(offsets);
  });
});
