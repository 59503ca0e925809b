import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../../core/base/decode-text.ts';

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('text as Windows writes it', () => {
  it.each([
    ['UTF-8', Buffer.from('Grüße\n')],
    ['UTF-8 with a mark', Buffer.from('\ufeffGrüße\n')],
    ['UTF-16 of PowerShell 5', utf16('Grüße\n')],
    ['UTF-16 with the other byte order', utf16('Grüße\n').swap16()],
  ])('is read from %s', (_, bytes) => {
    expect(decodeText(bytes)).toBe('Grüße\n');
  });

  it('loses one mark and no more', () => {
    expect(decodeText(Buffer.from('\ufeff\ufeffx'))).toBe('\ufeffx');
  });

  it.each([
    ['code page 1252', Buffer.from('Grüße', 'latin1')],
    ['UTF-16 without a mark', Buffer.from('Grüße', 'utf16le')],
    ['half a character', Buffer.from('ü').subarray(0, 1)],
    ['half of UTF-16', utf16('x').subarray(0, 3)],
    ['binary data', Buffer.from([1, 0, 2])],
  ])('is refused as %s', (_, bytes) => {
    expect(decodeText(bytes)).toBeUndefined();
  });
});
