import { createHash, randomInt } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/**
 * A few blocks of a file at random offsets that only this laptop knows, taken during verification: a cheap second check
 * that does not rely on the file's metadata alone.
 */
export interface SampledBlocks {
  /** Ascending, in bytes. */
  readonly offsets: readonly number[];
  /** Bytes per block. */
  readonly blockBytes: number;
  /** SHA-256 over the blocks in order. */
  readonly sha256: string;
}

const blockBytes = 4096;
const randomBlocks = 62;

/** Offsets for a file of `size` bytes: its first and last block, and random ones between. */
export function chooseOffsets(size: number): readonly number[] {
  const most = Math.max(0, size - blockBytes);
  const offsets = new Set([0, most]);
  const blocks = Math.floor(most / blockBytes);
  const random = blocks > 0 ? randomBlocks : 0;
  for (let index = 0; index < random; index++) offsets.add(randomInt(blocks) * blockBytes);
  const sorted = [...offsets].toSorted((left, right) => left - right);
  // Leaves out a block that overlaps the next one, so that no block has to be kept.
  return sorted.filter((offset, index) => {
    const next = sorted[index + 1];
    return next === undefined || offset + blockBytes <= next;
  });
}

/** Collects the blocks while the file is read. */
export function blockSampler(offsets: readonly number[]): {
  readonly push: (chunk: Uint8Array) => void;
  readonly result: () => SampledBlocks;
} {
  const hash = createHash('sha256');
  let position = 0;
  let next = 0;
  return {
    push: (chunk) => {
      const end = position + chunk.length;
      for (; next < offsets.length; next++) {
        const offset = offsets[next] ?? 0;
        if (offset >= end) break;
        const from = Math.max(offset, position);
        hash.update(chunk.subarray(from - position, Math.min(offset + blockBytes, end) - position));
        if (offset + blockBytes > end) break;
      }
      position = end;
    },
    result: () => ({ offsets, blockBytes, sha256: hash.digest('hex') }),
  };
}

/** Whether the blocks of the open file are still the same. */
export async function blocksUnchanged(handle: FileHandle, samples: SampledBlocks): Promise<boolean> {
  const hash = createHash('sha256');
  const block = Buffer.alloc(samples.blockBytes);
  for (const offset of samples.offsets) {
    const { bytesRead } = await handle.read(block, 0, block.length, offset);
    hash.update(block.subarray(0, bytesRead));
  }
  return hash.digest('hex') === samples.sha256;
}
