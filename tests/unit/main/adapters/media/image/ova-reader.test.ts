import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureSignal } from '../../../../../../core/base/errors.ts';
import { hashCrew } from '../../../../../../main/adapters/media/image/hashing.ts';
import { readOva } from '../../../../../../main/adapters/media/image/ova-reader.ts';
import { readChunks } from '../../../../../../main/adapters/media/image/read-chunks.ts';
import { soundOva } from './ova-kit.ts';

let folder = '';
const at = (name: string): string => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an unreadable path', () => {
  it('is named: a missing file, a folder, a pipe', { timeout: 5000 }, async () => {
    expect(await readOva(at('none.ova'))).toMatchObject({
      failure: { code: 'media.file-missing', params: { file: 'none.ova' } },
    });
    mkdirSync(at('folder.ova'));
    expect(await readOva(at('folder.ova'))).toMatchObject({ failure: { code: 'media.file-kind' } });
    execFileSync('mkfifo', [at('pipe.ova')]);
    expect(await readOva(at('pipe.ova'))).toMatchObject({ failure: { code: 'media.file-kind' } });
  });

  it('is an operation failure if the disk has an error', async () => {
    // A disk error cannot be produced: only the error is made up, in Node's form.
    const broken = { read: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })) };
    const chunks = readChunks(broken as unknown as FileHandle, 4096, hashCrew(4096, 0));
    const error: unknown = await chunks.next().catch((reason: unknown) => reason);
    expect(error instanceof FailureSignal && error.failure).toMatchObject({
      kind: 'operation',
      code: 'media.file-unreadable',
      params: { reason: 'EIO' },
    });
  });
});

describe('a file that changes while it is read', () => {
  it('is refused if it was written', async () => {
    writeFileSync(at('a.ova'), soundOva());
    const read = await readOva(at('a.ova'), { onChunk: () => writeFileSync(at('a.ova'), soundOva()) });
    expect(read).toMatchObject({ failure: { kind: 'trust', code: 'media.file-changed' } });
  });

  it('is refused if it shrinks', async () => {
    writeFileSync(at('b.ova'), Buffer.alloc(16 * 1024 * 1024));
    const handle = await open(at('b.ova'), 'r');
    const { size } = await handle.stat();
    let chunks = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of readChunks(handle, size, hashCrew(size, 0))) {
        chunks += chunk.length > 0 ? 1 : 0;
        truncateSync(at('b.ova'), 1000);
      }
    };
    const error: unknown = await read().catch((reason: unknown) => reason);
    await handle.close();
    expect(error instanceof FailureSignal && error.failure).toMatchObject({ kind: 'trust', code: 'media.file-shrunk' });
    expect(chunks).toBeLessThanOrEqual(2);
  });
});
