import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FileReading,
  openRegular,
  type ReadOptions,
  readFileWithin,
} from '../../../../../main/system/files/read-file.ts';

let folder: string;
let pipe: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-file-'));
  pipe = join(folder, 'pipe');
  if (process.platform !== 'win32') execFileSync('mkfifo', [pipe]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text, or the reason of the failure: the system's error code if there is one. */
async function outcome(path: string, options: Partial<ReadOptions> = {}): Promise<string> {
  const reading: FileReading = await readFileWithin(path, { most: 100, ...options });
  if (reading.ok) return reading.bytes.toString('utf8');
  return reading.refusal === 'system' ? String((reading.error as NodeJS.ErrnoException).code) : reading.refusal;
}

describe('a regular file', () => {
  it('is read up to its limit and not a byte beyond', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x'.repeat(100));
    symlinkSync(file, join(folder, 'link'));
    expect(await outcome(file)).toHaveLength(100);
    expect(await outcome(join(folder, 'link'), { pipe: true })).toHaveLength(100);
    expect(await outcome(file, { most: 99 })).toBe('too-large');
    expect(await outcome(file, { signal: AbortSignal.abort() })).toBe('cancelled');
  });
});

describe.skipIf(process.platform === 'win32')('a path that is no regular file', () => {
  it.each([false, true])('is refused at once, with and without permission for pipes (%s)', async (mayBePipe) => {
    symlinkSync('/dev/zero', join(folder, `zero${String(mayBePipe)}`));
    symlinkSync(join(folder, 'self'), join(folder, `self${String(mayBePipe)}`));
    const options = { pipe: mayBePipe };
    expect(await outcome('/dev/zero', options)).toBe('not-a-file');
    expect(await outcome(join(folder, `zero${String(mayBePipe)}`), options)).toBe('not-a-file');
    expect(await outcome('/dev/null', options)).toBe('not-a-file');
    expect(await outcome(folder, options)).toBe('EISDIR');
    expect(await outcome('', options)).toBe('path');
    expect(await outcome('a\0b', options)).toBe('path');
    expect(await outcome(join(folder, 'x'.repeat(300)), options)).toBe('ENAMETOOLONG');
    expect(await outcome(join(folder, 'missing'), options)).toBe('ENOENT');
    expect(await outcome(join(folder, 'file', 'below'), options)).toBe('ENOTDIR');
  });

  it('is refused if it is a pipe without permission, and does not block', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => outcome(pipe)));
    expect(new Set(answers)).toEqual(new Set(['not-a-file']));
    expect(await openRegular(pipe)).toBe('not-a-file');
  });

  it.runIf(process.platform === 'linux').each(['/proc/self/environ', '/proc/1/status', '/sys/kernel/uevent_seqnum'])(
    'is refused if it is a file of the kernel: %s',
    async (path) => {
      const link = join(folder, path.replaceAll('/', '-'));
      symlinkSync(path, link);
      for (const name of [path, link]) {
        expect(await outcome(name, { most: 1_000_000 })).toBe('system-file');
        expect(await outcome(name, { most: 1_000_000, pipe: true })).toBe('system-file');
      }
    },
  );
});

describe.skipIf(process.platform === 'win32')('a pipe as a command line argument', () => {
  it('is read to its end, even if the reader starts before the writer', async () => {
    const read = outcome(pipe, { pipe: true });
    execFileSync('sh', ['-c', 'printf secret > "$0"', pipe]);
    expect(await read).toBe('secret');
  });

  it('is read up to its limit, until the time limit, or until Ctrl-C', async () => {
    const endless = spawn('sh', ['-c', 'exec cat /dev/zero > "$0"', pipe], { stdio: 'ignore' });
    expect(await outcome(pipe, { pipe: true })).toBe('too-large');
    if (endless.exitCode === null && endless.signalCode === null) {
      endless.kill();
      await new Promise((resolve) => endless.once('exit', resolve));
    }
    expect(await outcome(pipe, { pipe: true, timeLimit: 50 })).toBe('slow');
    expect(await outcome(pipe, { pipe: true, signal: AbortSignal.timeout(50) })).toBe('cancelled');
    expect(await outcome(pipe, { pipe: true, signal: AbortSignal.abort() })).toBe('cancelled');
  });
});
