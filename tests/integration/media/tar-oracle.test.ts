import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, openSync, ftruncateSync, writeSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOva } from '../../../main/adapters/media/image/ova-reader.ts';
import { parseTarHeader } from '../../../core/media/ustar.ts';
import { tarHeader } from '../../../main/demo/medium/tar-writer.ts';
import {
  diskName,
  disk,
  soundOva,
  soundParts,
  tarEnd,
  tarEntry,
  tarOf,
} from '../../unit/main/adapters/media/image/ova-kit.ts';

/** Every archive that our reader accepts is read the same way by Go's archive/tar: govc is written in Go. */

const go = ['go', '/usr/local/go/bin/go'].find((program) => {
  try {
    execFileSync(program, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (go === undefined) console.warn('skipped: Go is not installed, so there is no archive/tar to compare with');

interface Answer {
  readonly members: ReadonlyArray<{ readonly name: string; readonly sizeBytes: number; readonly sha256: string }>;
  readonly error?: string;
}

describe.skipIf(go === undefined)("our reading and Go's", () => {
  let folder = '';
  let oracle: ChildProcessWithoutNullStreams;
  const waiting: ((answer: Answer) => void)[] = [];

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'edge-oracle-'));
    const binary = path.join(folder, 'tar-oracle');
    execFileSync(go ?? 'go', ['build', '-o', binary, '.'], { cwd: path.resolve('tools', 'tar-oracle') });
    oracle = spawn(binary);
    createInterface({ input: oracle.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  }, 120_000);
  afterAll(() => {
    oracle.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (file: string): Promise<Answer> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      oracle.stdin.write(`${file}\n`);
    });
  const compare = async (bytes: Buffer): Promise<boolean> => {
    const file = path.join(folder, 'case.ova');
    writeFileSync(file, bytes);
    const read = await readOva(file, { threads: 0 });
    if (!read.ok) return false;
    const answer = await ask(file);
    expect(answer.error).toBeUndefined();
    expect(answer.members.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }))).toEqual(
      read.value.members,
    );
    return true;
  };

  const { ovf, mf, disk: file } = soundParts();

  it('agree on valid archives', async () => {
    expect(await compare(soundOva())).toBe(true);
    expect(await compare(tarOf([ovf, file]))).toBe(true);
    const big = {
      ...file,
      header: (header: Buffer) => {
        header.fill(0, 124, 136);
        header[124] = 0x80;
        header.writeBigUInt64BE(BigInt(disk.length), 128);
      },
    };
    expect(await compare(tarOf([ovf, mf, big]))).toBe(true);
  });

  it('agree on every randomly changed header that is still accepted', { timeout: 120_000 }, async () => {
    let accepted = 0;
    const change = fc.record({
      at: fc.nat(511),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x20, 0x30, 0x31, 0x37, 0x80, 0xff)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 1, 2),
        async (changes, which) => {
          const entries = [ovf, mf, file].map((entry, index) =>
            index === which
              ? {
                  ...entry,
                  header: (header: Buffer) => {
                    for (const { at, byte } of changes) header[at] = byte;
                  },
                }
              : entry,
          );
          if (await compare(tarOf(entries))) accepted += 1;
        },
      ),
      { numRuns: 400, seed: 20_261_122 },
    );
    expect(accepted).toBeGreaterThan(5);
  });

  it('agree on random archives', { timeout: 120_000 }, async () => {
    const blocks = [
      tarEntry(ovf),
      tarEntry(mf),
      tarEntry(file),
      Buffer.alloc(512),
      tarEnd,
      tarEntry({ name: 'more.txt', bytes: Buffer.from('x') }),
    ];
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(blocks.length - 1), { minLength: 1, maxLength: 6 }), async (order) => {
        if (await compare(Buffer.concat(order.map((index) => blocks[index] ?? tarEnd)))) accepted += 1;
      }),
      { numRuns: 300, seed: 7, examples: [[[0, 1, 2, 4]], [[0, 2, 3, 3]], [[0, 2, 4, 4]]] },
    );
    expect(accepted).toBeGreaterThanOrEqual(3);
  });

  it('agree with GNU tar on the size of a disk of 200 GB', () => {
    // Go reads skipped bytes; GNU tar seeks over the hole in the file.
    const size = 200 * 2 ** 30;
    const header = tarHeader(diskName, size, 0);
    const sparse = path.join(folder, 'large.tar');
    const handle = openSync(sparse, 'w');
    writeSync(handle, header);
    ftruncateSync(handle, 512 + size + 1024);
    closeSync(handle);
    const listed = execFileSync('tar', ['--list', '--verbose', '--file', sparse], { encoding: 'utf8' });
    expect(listed.trim().split(/\s+/).slice(2, 3)).toEqual([String(size)]);
    expect(parseTarHeader(header, 0)).toEqual({ name: diskName, size });
  });
});
