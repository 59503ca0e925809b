import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../../core/base/errors.ts';
import { readOva } from '../../../main/adapters/media/image/ova-reader.ts';
import { writeLargeOva } from '../../../bench/large-ova.ts';

/** An image larger than all buffers. */

let folder = '';
let file = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'edge-large-'));
  file = path.join(folder, 'large.ova');
  await writeLargeOva(file, 300e6);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a large image', () => {
  it('has the same hash with no, one and two threads, and by sha256sum', { timeout: 120_000 }, async () => {
    const digest = execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
    const reports = [];
    for (const threads of [0, 1, 2] as const) reports.push(unwrap(await readOva(file, { threads })));
    expect(reports.map(({ sha256 }) => sha256)).toEqual([digest, digest, digest]);
    expect(reports[1]?.members).toEqual(reports[0]?.members);
    expect(reports[2]?.members).toEqual(reports[0]?.members);
  });

  it('is read within 150 MB of memory, including the runtime', { timeout: 120_000 }, () => {
    expect(statSync(file).size).toBeGreaterThan(300e6);
    const peak = execFileSync(process.execPath, ['bench/read-peak.ts', file], { encoding: 'utf8' });
    expect(Number(peak)).toBeGreaterThan(20);
    expect(Number(peak)).toBeLessThan(150);
  });

  it('is released at once on cancellation, including threads', { timeout: 120_000 }, async () => {
    const stop = new AbortController();
    let after = 0;
    const read = readOva(file, {
      signal: stop.signal,
      onProgress: () => {
        if (stop.signal.aborted) after += 1;
        stop.abort();
      },
    });
    expect(await read).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    expect(after).toBe(0);
  });
});
