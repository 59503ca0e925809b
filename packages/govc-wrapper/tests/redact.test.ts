import { describe, expect, it } from 'vitest';
import { createRedactor } from '../src/redact.ts';

describe('a secret', () => {
  const secret = 'p&w<"ö\' x';
  const redact = createRedactor([secret]);

  it.each([
    ['plain', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', encodeURIComponent(secret).replace(/%20/g, '+')],
    ['in JSON', JSON.stringify(secret)],
    ["in Go's JSON", 'p\\u0026w\\u003c\\"ö\' x'],
    ['in XML', 'p&amp;w&lt;&#34;ö&#39; x'],
  ])('is replaced %s', (_, text) => {
    const result = redact(`before ${text} after`);
    expect(result).toContain('[redacted]');
    expect(result).not.toContain('w<');
    expect(result).not.toMatch(/%C3%B6|ö/);
  });

  it('is replaced everywhere, the longer one first', () => {
    expect(createRedactor(['ab', 'abc'])('abc ab abc')).toBe('[redacted] [redacted] [redacted]');
  });

  it('is ignored if it is empty', () => {
    expect(createRedactor([''])('text')).toBe('text');
  });
});
