import { describe, expect, it } from 'vitest';
import { printable, printableAscii } from '../../../../core/base/printable.ts';

describe('a printable text', () => {
  it.each([
    ['plain', 'plain'],
    ['/home/M\u00fcller/a b', '/home/M\u00fcller/a b'],
    ['a\u001b[31mb', 'a\\x1b[31mb'],
    ['two\nlines\r\n', 'two\\x0alines'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['zero\u200bwidth\u00a0space', 'zero\\u{200b}width\\xa0space'],
    ['lone \ud800 half', 'lone \\u{d800} half'],
    ['\u{e0041}tag', '\\u{e0041}tag'],
    ['nul\0', 'nul\\x00'],
  ])('of %j is %j', (text, shown) => expect(printable(text)).toBe(shown));

  it('is cut to its length, escapes included', () => {
    expect(printable('x'.repeat(200))).toBe('x'.repeat(200));
    expect(printable('x'.repeat(201))).toBe(`${'x'.repeat(197)}...`);
    expect(printable('\0'.repeat(5000), { most: 80 })).toHaveLength(80);
  });

  it('has no letter beyond ASCII where it comes from a file or another computer', () => {
    expect(printableAscii('web-d\u0456sk\u00e4\u{1f600}')).toBe('web-d\\u{456}sk\\xe4\\u{1f600}');
    expect(printableAscii('\u00e4'.repeat(500), 80)).toMatch(/^[ -~]{80}$/);
  });
});
