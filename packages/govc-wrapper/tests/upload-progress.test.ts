import { describe, expect, it } from 'vitest';
import { createUploadParser, parseUploadLine } from '../src/upload-progress.ts';

const clear = '\r\u001b[K';

describe('a line of progress', () => {
  it.each([
    [
      '[22-11-26 09:30:22] Uploading a.vmdk... (51%, 4.1MiB/s)',
      { kind: 'progress', file: 'a.vmdk', percent: 51, rate: 4299162 },
    ],
    [
      '\u001b[K[22-11-26 09:30:22] Uploading a.vmdk... (0%, 0B/s)',
      { kind: 'progress', file: 'a.vmdk', percent: 0, rate: 0 },
    ],
    [
      'Uploading my disk... 2.vmdk... (100%, 1.5GiB/s)',
      { kind: 'progress', file: 'my disk... 2.vmdk', percent: 100, rate: 1610612736 },
    ],
    ['Uploading a.vmdk... (7%)', { kind: 'progress', file: 'a.vmdk', percent: 7, rate: 0 }],
    ['[22-11-26 09:30:22] Uploading a.vmdk...', { kind: 'started', file: 'a.vmdk' }],
    ['[22-11-26 09:30:22] Uploading a.vmdk... OK', { kind: 'done', file: 'a.vmdk' }],
    ['Uploading a.vmdk... Error: broken pipe', { kind: 'failed', file: 'a.vmdk', reason: 'broken pipe' }],
    ['Warning: No manifest', { kind: 'warning', text: 'Warning: No manifest' }],
    ['[22-11-26 09:30:22] Injecting OVF environment...', { kind: 'step', text: 'Injecting OVF environment...' }],
  ])('%j', (line, event) => {
    expect(parseUploadLine(line)).toEqual(event);
  });

  it('is ignored when it is empty', () => {
    expect(parseUploadLine(' \u001b[K')).toBeUndefined();
  });
});

describe('a stream of progress', () => {
  it('gives the same reports however it is split', () => {
    const stream = [0, 40, 100].map((n) => `${clear}[22-11-26 09:30:22] Uploading a.vmdk... (${String(n)}%, 1.0KiB/s)`);
    const text = `${stream.join('')}${clear}[22-11-26 09:30:22] Uploading a.vmdk... OK\n`;
    const whole = createUploadParser()(text);
    expect(whole.map((event) => event.kind)).toEqual(['progress', 'progress', 'progress', 'done']);
    for (const size of [1, 2, 3, 7, 50]) {
      const parser = createUploadParser();
      const pieces = text.match(new RegExp(`[^]{1,${String(size)}}`, 'g')) ?? [];
      expect(pieces.flatMap((piece) => parser(piece))).toEqual(whole);
    }
  });

  it('keeps a bounded part of a line without end', () => {
    const parser = createUploadParser();
    for (let i = 0; i < 100; i += 1) expect(parser('x'.repeat(100_000))).toEqual([]);
    expect(parser('\n')).toEqual([{ kind: 'step', text: 'x'.repeat(4096) }]);
  });
});
